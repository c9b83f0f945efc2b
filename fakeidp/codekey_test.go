package fakeidp_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// TestBindsCodesToKeys: dpop_jkt and a DPoP proof beside a pushed request bind a code to a key (RFC 9449 §10), each since the version
// that has it.
func TestBindsCodesToKeys(t *testing.T) {
	t.Parallel()
	const (
		noKey    = "DPoP must be used on the token endpoint when a DPoP key thumbprint is used on the authorize endpoint."
		otherKey = "The DPoP proof token used on the token endpoint does not match the original used on the authorize endpoint."
	)
	for _, c := range []struct {
		version                       string
		reads, readsProofs, dies, has bool // dpop_jkt; the header at PAR; a code after a wrong key; PAR at all
		code                          string
	}{
		{"5.2", false, false, false, false, ""},
		{"6.3", true, false, false, false, "invalid_dpop_proof"},
		{"7.2", true, false, false, true, "invalid_dpop_proof"},
		{"7.3", true, true, false, true, "invalid_dpop_proof"},
		{"8", true, true, false, true, "invalid_dpop_proof"},
		{"rfc8705", true, true, true, true, "invalid_grant"},
	} {
		t.Run(c.version, func(t *testing.T) {
			t.Parallel()
			idp := fakeidp.Start(t, fakeidp.Version(c.version), fakeidp.Pages(fakeidp.ApproveAtOnce), fakeidp.Users(fakeidp.User{Subject: "1"}), fakeidp.Clients(fakeidp.Client{
				ID: "app", Secrets: []fakeidp.Secret{fakeidp.Shared("s3cret")}, Grants: []string{fakeidp.AuthorizationCode}, Scopes: []string{"openid", "api1"}, OfflineAccess: true,
				RedirectURIs: []string{backAt}}))
			at := idp.URL + "/connect"
			if c.version == "rfc8705" {
				at = idp.URL
			}
			k, other := newProofKey(t), newProofKey(t)
			redeems := func(s sight, by *proofKey) reply {
				q := question{to: at + "/token", form: form("authorization_code", "app", "client_secret", "s3cret", "code", s.at.Query().Get("code"), "redirect_uri", backAt, "code_verifier", verifier)}
				if by != nil {
					q.dpop = by.proves("POST", q.to)
				}
				return put(t, idp, q)
			}
			authorizes := func(more ...string) sight { return newBrowser(t, idp).opens(authorizeURL(at+"/authorize", more...)) }
			pushes := func(proof string, more ...string) reply {
				u, err := url.Parse(authorizeURL(at, append(more, "client_secret", "s3cret")...))
				if err != nil {
					t.Fatal(err)
				}
				return put(t, idp, question{to: at + "/par", dpop: proof, form: u.Query()})
			}
			says := func(name string, r reply, code, description string) {
				t.Helper()
				if told, _ := r.body["error_description"].(string); r.oauthError() != code || description != "" && c.version != "rfc8705" && told != description {
					t.Errorf("%s: %d %s, want %q %q", name, r.status, r.text, code, description)
				}
			}

			if !c.reads {
				says("a version without DPoP", redeems(authorizes("dpop_jkt", k.thumbprint()), nil), "", "")
				return
			}
			bound := authorizes("dpop_jkt", k.thumbprint())
			says("no key", redeems(bound, nil), c.code, noKey)
			renews := func() {
				if c.dies {
					says("its key, too late", redeems(bound, k), c.code, "")
					bound = authorizes("dpop_jkt", k.thumbprint())
				}
			}
			renews()
			says("another key", redeems(bound, other), c.code, otherKey)
			renews()
			r := redeems(bound, k)
			says("its key", r, "", "")
			if r.body["token_type"] != "DPoP" {
				t.Errorf("its key: %s", r.text)
			}
			says("no key was named", redeems(authorizes(), other), "", "")
			if s := authorizes("dpop_jkt", strings.Repeat("x", 101)); s.at.Query().Get("error") != "invalid_request" && !strings.Contains(s.text, "Invalid dpop_jkt") {
				t.Errorf("a key with too long a name: %s %s", s.at, s.text)
			}
			if !c.has {
				return
			}
			byURI := func(pushed reply) sight {
				uri, _ := pushed.body["request_uri"].(string)
				return newBrowser(t, idp).opens(at + "/authorize?" + url.Values{"client_id": {"app"}, "request_uri": {uri}}.Encode())
			}
			says("pushed by name, another key", redeems(byURI(pushes("", "dpop_jkt", k.thumbprint())), other), c.code, otherKey)
			says("pushed by name, its key", redeems(byURI(pushes("", "dpop_jkt", k.thumbprint())), k), "", "")
			proof := func(by *proofKey) string { return by.proves("POST", at+"/par") }
			if !c.readsProofs {
				says("a header that is not read", redeems(byURI(pushes(proof(k))), other), "", "")
				return
			}
			says("pushed with a proof, another key", redeems(byURI(pushes(proof(k))), other), c.code, otherKey)
			says("pushed with a proof, its key", redeems(byURI(pushes(proof(k))), k), "", "")
			says("pushed with both", redeems(byURI(pushes(proof(k), "dpop_jkt", k.thumbprint())), k), "", "")
			says("pushed with two keys", pushes(proof(k), "dpop_jkt", other.thumbprint()), "invalid_request", "Mismatch between thumbprint of JWK in DPoP HTTP header and dpop_jkt parameter")
			says("a proof for another endpoint", pushes(k.proves("POST", at+"/token")), "invalid_dpop_proof", "Invalid 'htu' value.")
			says("no proof at all", pushes("garbage"), "invalid_dpop_proof", "Malformed DPoP token.")
			says("too long a proof", pushes(strings.Repeat("x", 4001)), "invalid_dpop_proof", "DPoP proof token is too long")
		})
	}
}

func codeKeysAtWork() []atWork {
	refused := func(r reply) string {
		if r.oauthError() != "" {
			return "refused"
		}
		return said(r)
	}
	redeems := func(w *workshop, code url.Values, by *proofKey) string {
		return refused(put(w, w.idp, question{to: w.at("token"), shows: w.app.TLS(), dpop: by.proves("POST", w.at("token")), form: code}))
	}
	pushes := func(w *workshop, by *proofKey, more ...string) reply {
		u, err := url.Parse(authorizeURL(w.plain("authorize"), more...))
		if err != nil {
			w.Fatal(err)
		}
		return put(w, w.idp, question{to: w.at("par"), shows: w.app.TLS(), dpop: by.proves("POST", w.at("par")), form: u.Query()})
	}
	return []atWork{
		{"redeems-codes-for-any-key", "refused", "200", func(w *workshop) string {
			return redeems(w, w.signsIn("app", "dpop_jkt", newProofKey(w).thumbprint()), newProofKey(w))
		}, nil},
		{"overlooks-pushed-proofs", "refused", "200", func(w *workshop) string {
			uri := text(w.must(pushes(w, newProofKey(w))), "request_uri")
			return redeems(w, w.signsIn("app", "request_uri", uri), newProofKey(w))
		}, nil},
		{"pushes-for-two-keys", "refused", "201", func(w *workshop) string {
			return refused(pushes(w, newProofKey(w), "dpop_jkt", newProofKey(w).thumbprint()))
		}, nil},
	}
}
