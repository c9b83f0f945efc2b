package scenarios

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// Confirmation is about what stands in IdentityServer's access tokens.
func Confirmation(w *World) harness.Chapter {
	r := confirmationRequirements()
	return harness.Chapter{Title: "an access token of IdentityServer", Slug: "ids-tokens", Requirements: r.all(), Specs: func() {

		DescribeTable("is bound to the certificate", func(ctx SpecContext, role harness.Role) {
			client := w.Client(role)
			Expect(w.Inspect(ctx, client, given(w.Token(ctx, client)))).To(beBoundTo(client))
		},
			Entry("of a client known by its name", keeps(r["01"]), harness.Role("name")),
			Entry("of a client known by its thumbprint", keeps(r["02"]), harness.Role("thumbprint")),
		)

		It("is not bound where a shared secret authenticates beside a certificate", keeps(r["03"]), func(ctx SpecContext) {
			client := w.Client("secret").Showing(w.Client("name").Certificate)
			w.assumeSecret(ctx, client)
			Expect(w.reveal(ctx, client, w.Token(ctx, client, w.secret(client)))).To(beServedUnbound(client))
		})

		It("is not bound where no certificate was shown", keeps(r["06"]), func(ctx SpecContext) {
			client := w.Client("secret")
			Expect(w.reveal(ctx, client, given(w.Token(ctx, client, w.secret(client), at(w.plainTokenURL()))))).To(beServedUnbound(client))
		})

		DescribeTable("has", func(ctx SpecContext, judged types.GomegaMatcher) {
			Expect(w.inJWT(w.Token(ctx, w.Client("name")))).To(judged)
		},
			Entry("the claims of client_credentials", keeps(r["08"]), haveClaims(w)),
			Entry("a list of scopes", keeps(r["09"]), listScopes()),
			Entry("its claims in IdentityServer's order", keeps(r["13"]), haveClaimsInOrder()),
		)

		It("names its type, its algorithm and a key of the key set", keeps(r["07"]), func(ctx SpecContext) {
			keys := w.keySet(ctx)
			Expect(w.inJWT(w.Token(ctx, w.Client("name")))).To(nameKeyOf(keys))
		})

		It("verifies with the key set", keeps(r["18"]), func(ctx SpecContext) {
			keys := w.keySet(ctx)
			Expect(w.inJWT(w.Token(ctx, w.Client("name")))).To(verifyWith(keys))
		})

		It("is a handle where the client is registered for reference tokens", keeps(r["14"]), func(ctx SpecContext) {
			Expect(given(w.Token(ctx, w.Client("reference")))).To(beHandle())
		})
	}}
}

// keySet fetches the target's keys (RFC 7517); the case is inconclusive if there are none to be had.
func (w *World) keySet(ctx context.Context) jose.JSONWebKeySet {
	var keys jose.JSONWebKeySet
	a := w.Get(ctx, nobody(), w.keysURL())
	if a.Status != 200 || a.JSON(&keys) != nil || len(keys.Keys) == 0 {
		w.Inconclusive("the key set cannot be read: " + a.String())
	}
	return keys
}

// inJWT is the answer if it serves somebody, with a token that says itself what it carries. Where clients get reference tokens
// the scenario does not apply.
func (w *World) inJWT(a suite.Answer) suite.Answer {
	GinkgoHelper()
	if !strings.Contains(given(a).AccessToken(), ".") {
		w.NotApplicable("the client gets reference tokens, which carry nothing that can be read")
	}
	return a
}

// jwtHeader is the decoded header of an answer's access token, nil if it is no JWT.
func jwtHeader(a suite.Answer) map[string]any {
	head, _, _ := strings.Cut(a.AccessToken(), ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	var out map[string]any
	if err != nil || json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

const opaque = "the access token is no JWT: nothing can be read in it"

func nameKeyOf(keys jose.JSONWebKeySet) types.GomegaMatcher {
	return suite.Check("a header with typ at+jwt, an asymmetric alg, and the kid of a published key", func(a suite.Answer) suite.Finding {
		h := jwtHeader(a)
		if h == nil {
			return suite.Unclear(opaque)
		}
		kid, _ := h["kid"].(string)
		alg, _ := h["alg"].(string)
		switch {
		case h["typ"] != "at+jwt":
			return suite.Broken("typ %v", h["typ"])
		case !slices.Contains(asymmetric(), alg):
			return suite.Broken("alg %q", alg)
		case len(keys.Key(kid)) == 0:
			return suite.Broken("kid %q, which no published key has", kid)
		}
		return suite.Holds()
	})
}

func asymmetric() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
}

func verifyWith(keys jose.JSONWebKeySet) types.GomegaMatcher {
	return suite.Check("a signature that verifies with a published key", func(a suite.Answer) suite.Finding {
		if jwtHeader(a) == nil {
			return suite.Unclear(opaque)
		}
		algs := make([]jose.SignatureAlgorithm, 0, 9)
		for _, alg := range asymmetric() {
			algs = append(algs, jose.SignatureAlgorithm(alg))
		}
		signed, err := jose.ParseSignedCompact(a.AccessToken(), algs)
		if err != nil {
			return suite.Broken("a token that cannot be read: %v", err)
		}
		for _, k := range keys.Keys {
			if _, err := signed.Verify(k); err == nil {
				return suite.Holds()
			}
		}
		return suite.Broken("a signature that verifies with none of the %d published keys", len(keys.Keys))
	})
}

// haveClaims: iss of the metadata, nbf = iat where both are there, exp − nbf = expires_in, client_id, a jti of 32
// hexadecimal digits, no sub.
func haveClaims(w *World) types.GomegaMatcher {
	return suite.Check("iss, nbf, iat, exp, client_id and jti as IdentityServer writes them, and no sub", func(a suite.Answer) suite.Finding {
		if a.Claims == nil {
			return suite.Unclear(opaque)
		}
		text := func(name string) string {
			var s string
			_ = json.Unmarshal(a.Claims[name], &s)
			return s
		}
		nbf, okN := number(a.Claims["nbf"])
		iat, okI := number(a.Claims["iat"])
		exp, okE := number(a.Claims["exp"])
		_, sub := a.Claims["sub"]
		want := w.Client("name")
		switch {
		case w.Target.Offers(harness.DomainMode) && text("iss") == origin(w.tokenURL()):
			return suite.Tolerated("iss is the other domain, " + text("iss") + ", since options.IssuerUri is not set; see IDS-DISC-17")
		case text("iss") != w.Target.Metadata.String("issuer"):
			return suite.Broken("iss %q, but the metadata's issuer is %q", text("iss"), w.Target.Metadata.String("issuer"))
		case !okN || !okE || okI && nbf != iat:
			return suite.Broken("nbf %s, iat %s, exp %s", a.Claims["nbf"], a.Claims["iat"], a.Claims["exp"])
		case exp <= nbf:
			return suite.Broken("exp %d, not behind nbf %d", exp, nbf)
		case text("client_id") != want.ClientID:
			return suite.Broken("client_id %q", text("client_id"))
		case !hex32().MatchString(text("jti")):
			return suite.Broken("jti %q", text("jti"))
		case sub:
			return suite.Broken("a sub, although no user takes part")
		}
		return suite.Holds()
	})
}

// origin is scheme and host of a URL.
func origin(u string) string {
	parsed, err := url.Parse(u)
	if err != nil {
		return ""
	}
	return parsed.Scheme + "://" + parsed.Host
}

func hex32() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-F]{32}$`) }

func listScopes() types.GomegaMatcher {
	return suite.Check("scope as a list of strings", func(a suite.Answer) suite.Finding {
		var list []string
		var one string
		switch {
		case a.Claims == nil:
			return suite.Unclear(opaque)
		case json.Unmarshal(a.Claims["scope"], &list) == nil:
			return suite.Holds()
		case json.Unmarshal(a.Claims["scope"], &one) == nil:
			return suite.HoldsAs("scope is one string: options.EmitScopesAsSpaceDelimitedStringInJwt is on")
		}
		return suite.Broken("scope %s", a.Claims["scope"])
	})
}

// haveClaimsInOrder: Duende writes iss, nbf, iat, exp, aud, cnf, scope, client_id, jti; IdentityServer4 nbf, exp, iss,
// aud, client_id, jti, iat, scope, cnf. Further claims may stand between.
func haveClaimsInOrder() types.GomegaMatcher {
	orders := map[string][]string{
		"Duende's":          {"iss", "nbf", "iat", "exp", "aud", "cnf", "scope", "client_id", "jti"},
		"IdentityServer4's": {"nbf", "exp", "iss", "aud", "client_id", "jti", "iat", "scope", "cnf"},
	}
	return suite.Check("the claims in the order of Duende IdentityServer or of IdentityServer4", func(a suite.Answer) suite.Finding {
		_, payload, _ := strings.Cut(a.AccessToken(), ".")
		payload, _, _ = strings.Cut(payload, ".")
		raw, err := base64.RawURLEncoding.DecodeString(payload)
		if a.Claims == nil || err != nil {
			return suite.Unclear(opaque)
		}
		names := memberNames(raw)
		for whose, order := range orders {
			known := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(order, n) })
			there := slices.DeleteFunc(slices.Clone(order), func(n string) bool { return !slices.Contains(names, n) })
			if slices.Equal(known, there) {
				return suite.HoldsAs(whose + " order")
			}
		}
		return suite.Broken("the order %s", strings.Join(names, ", "))
	})
}

// beHandle: 64 upper-case hexadecimal digits; from 6.0 on "-1" behind them.
func beHandle() types.GomegaMatcher {
	shape := regexp.MustCompile(`^[0-9A-F]{64}(-1)?$`)
	return suite.Check("a handle of 64 hexadecimal digits", func(a suite.Answer) suite.Finding {
		if !shape.MatchString(a.AccessToken()) {
			return suite.Broken("an access token of %d characters in another form", len(a.AccessToken()))
		}
		return suite.Holds()
	})
}
