package fakeidp

import (
	"net/http"
	"strings"
)

// strictRenderings write what the RFCs say and nothing more.
func strictRenderings() renderings {
	return renderings{
		doorShut: func(r *renderer) response {
			return r.with.refused(r, refused{at: tokenEndpoint, code: "invalid_client", description: "The certificate is missing or not acceptable."})
		},
		wrongMethod: func(_ *renderer, o wrongMethod) response {
			return response{status: http.StatusMethodNotAllowed, headers: [][2]string{{"Allow", strings.Join(o.allowed, ", ")}}}
		},
		refused: strictRefused, issued: strictIssued,
		metadata: func(_ *renderer, o metadata) response { return plainJSON(http.StatusOK, o.document) },
		keySet: func(r *renderer) response {
			return plainJSON(http.StatusOK, object{{"keys", r.keys.public()}})
		},
		introspected: strictIntrospected,
		json: func(_ *renderer, status int, v any, secret bool) response {
			if secret {
				return secretJSON(status, v)
			}
			return plainJSON(status, v)
		},
		challenge:   strictChallenge,
		frames:      renderFrames,
		accessToken: strictAccessToken,
		logoutToken: renderLogoutToken,
		last:        func(_ *renderer, _ outcome, p response) response { return p },
	}
}

// plainJSON is a JSON answer with no more escapes than JSON asks for.
func plainJSON(status int, v any) response {
	return response{status: status, headers: [][2]string{{"Content-Type", "application/json"}}, body: appendJSON(nil, v, relaxed)}
}

// secretJSON is a JSON answer that no cache may keep (RFC 6749 §5.1).
func secretJSON(status int, v any) response {
	p := plainJSON(status, v)
	p.headers = append(p.headers, [2]string{"Cache-Control", "no-store"}, [2]string{"Pragma", "no-cache"})
	return p
}

// strictRefused: invalid_client is always 401, and a 401 always names a challenge that the endpoint accepts (RFC 6749
// §5.2, RFC 9110 §15.5.2).
func strictRefused(r *renderer, o refused) response {
	body := object{{"error", o.code}}
	if r.profile.describesErrors && o.description != "" {
		body = body.with("error_description", o.description)
	}
	if o.code != "invalid_client" {
		return secretJSON(http.StatusBadRequest, body)
	}
	p := secretJSON(http.StatusUnauthorized, body)
	p.headers = append(p.headers, [2]string{"WWW-Authenticate", `Basic realm="` + string(o.at) + `"`})
	return p
}

func strictIssued(r *renderer, o issued) response {
	access := o.handle
	if access == "" {
		access = r.with.accessToken(r, o.access)
	}
	body := object{{"access_token", access}, {"token_type", tokenType(o.access)}, {"expires_in", o.access.expires - o.access.issuedAt},
		{"scope", strings.Join(o.scopes, " ")}}
	if o.refresh != "" {
		body = body.with("refresh_token", o.refresh)
	}
	if o.identity != nil {
		body = body.with("id_token", r.identityToken(o.identity, access))
	}
	return secretJSON(http.StatusOK, append(body, o.extra...))
}

// strictClaims are the claims of RFC 9068 §2.2; without a user the client is the subject.
func strictClaims(t *accessToken, scopes []string) object {
	subject := t.subject
	if subject == "" {
		subject = t.clientID
	}
	o := object{{"iss", t.issuer}, {"sub", subject}, {"aud", oneOrMore(t.audiences)}, {"client_id", t.clientID},
		{"scope", strings.Join(scopes, " ")}, {"iat", t.issuedAt}, {"exp", t.expires}, {"jti", t.id}}
	if t.confirmation != nil {
		o = o.with("cnf", t.confirmation)
	}
	if t.authTime != 0 {
		o = o.with("auth_time", t.authTime)
	}
	if len(t.methods) > 0 {
		o = o.with("amr", t.methods)
	}
	if t.actor != nil {
		o = o.with("act", t.actor)
	}
	return o
}

// strictChallenge is RFC 6750 §3: who sent no token is told no error.
func strictChallenge(o challenge) response {
	text := "Bearer"
	if o.code != "" {
		text += ` error="` + o.code + `", error_description="` + o.description + `"`
	}
	p := response{status: o.status, headers: [][2]string{{"WWW-Authenticate", text}}}
	if o.code != "" {
		p = secretJSON(o.status, object{{"error", o.code}, {"error_description", o.description}})
		p.headers = append(p.headers, [2]string{"WWW-Authenticate", text})
	}
	return p
}

func strictAccessToken(r *renderer, t *accessToken) string {
	return r.keys.sign(r.jwtHeader("at+jwt"), strictClaims(t, t.scopes), r.profile.jwtStyle)
}

// strictIntrospected is RFC 7662 §2.2, with cnf as RFC 8705 §3.2 adds it, signed where RFC 9701 §5 asks for it. Of a token that is
// not active nothing else is said.
func strictIntrospected(r *renderer, o introspected) response {
	body := object{{"active", false}}
	if o.token != nil {
		body = append(object{{"active", true}, {"token_type", tokenType(o.token)}}, strictClaims(o.token, o.scopes)...)
	}
	if o.signedFor == "" {
		return secretJSON(http.StatusOK, body)
	}
	claims := object{{"iss", o.issuer}, {"aud", o.signedFor}, {"iat", o.asked}, {"token_introspection", body}}
	p := secretJSON(http.StatusOK, nil)
	p.setHeader("Content-Type", introspectionJWT)
	p.body = []byte(r.keys.sign(r.jwtHeader("token-introspection+jwt"), claims, r.profile.jwtStyle))
	return p
}
