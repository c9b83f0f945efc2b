package scenarios

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// ClientCredentials is about IdentityServer's answers to client_credentials.
func ClientCredentials(w *World) harness.Chapter {
	r := clientCredentialsRequirements()
	return harness.Chapter{Title: "IdentityServer's token endpoint", Slug: "ids-client-credentials", Requirements: r.all(), Specs: func() {

		DescribeTable("answers with", func(ctx SpecContext, judged types.GomegaMatcher) {
			Expect(given(w.Token(ctx, w.Client("name")))).To(judged)
		},
			Entry("the members of a token answer, in order", keeps(r["01"]), haveMembers("access_token", "expires_in", "token_type", "scope")),
			Entry("a token that nobody may cache", keeps(r["21"]), forbidCaching()),
			Entry("an access token alone", keeps(r["24"]), lackMembers("refresh_token", "id_token")),
			Entry("the token's lifetime in seconds", keeps(r["25"]), sayLifetime()),
		)

		DescribeTable("serves", func(ctx SpecContext, changes ...change) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, changes...)).To(beServed())
		},
			Entry("a form with a charset", keeps(r["18"], "charset"), header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")),
			Entry("a form whose content type is in capitals", keeps(r["18"], "capitals"), header("Content-Type", "APPLICATION/X-WWW-FORM-URLENCODED")),
			Entry("a form with a parameter that it does not know", keeps(r["23"]), form("mtlscheck", "unknown")),
		)

		DescribeTable("refuses", func(ctx SpecContext, code string, changes ...change) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, changes...)).To(sayWhy(code))
		},
			Entry("a form without a grant type", keeps(r["12"], "missing"), "unsupported_grant_type", form("grant_type")),
			Entry("a blank grant type", keeps(r["12"], "blank"), "unsupported_grant_type", form("grant_type", " ")),
			Entry("an unknown grant type", keeps(r["13"], "unknown"), "unsupported_grant_type", form("grant_type", "mtlscheck")),
			Entry("a grant type of 101 characters", keeps(r["13"], "long"), "unsupported_grant_type", form("grant_type", strings.Repeat("x", 101))),
			Entry("a grant type in capitals", keeps(r["13"], "capitals"), "unsupported_grant_type", form("grant_type", "CLIENT_CREDENTIALS")),
			Entry("two grant types", keeps(r["17"]), "unsupported_grant_type", form("grant_type", "client_credentials", "client_credentials")),
			Entry("a body of JSON", keeps(r["15"], "json"), "invalid_request", saying("application/json", `{"grant_type":"client_credentials"}`)),
			Entry("a body of several parts", keeps(r["15"], "multipart"), "invalid_request", saying("multipart/form-data; boundary=x", "--x--\r\n")),
			Entry("a body without a content type", keeps(r["15"], "none"), "invalid_request", saying("", "grant_type=client_credentials")),
			Entry("GET", keeps(r["16"], "get"), "invalid_request", by("GET"), saying("", "")),
			Entry("PUT", keeps(r["16"], "put"), "invalid_request", by("PUT")),
			Entry("a scope with a NUL", keeps(r["19"]), "invalid_request", form("scope", "\x00")),
			Entry("a resource that it does not know", keeps(r["22"]), "invalid_target", form("resource", "urn:mtlscheck:unknown")),
			Entry("a scope that it does not know", keeps(r["05"]), "invalid_scope", form("scope", "mtlscheck.unknown")),
			Entry("offline_access", keeps(r["08"]), "invalid_scope", form("scope", "offline_access")),
			Entry("a scope parameter of 301 characters", keeps(r["10"]), "invalid_scope", form("scope", strings.Repeat("x", 301))),
		)

		It("refuses HEAD with 400", keeps(r["16"], "head"), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, by("HEAD"), saying("", ""))).To(haveStatus(400))
		})

		It("forbids to cache its errors", keeps(r["20"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, form("grant_type", "mtlscheck"))).To(And(sayWhy("unsupported_grant_type"), forbidCaching()))
		})

		It("refuses a grant that the client may not use", keeps(r["14"]), func(ctx SpecContext) {
			assume(w.Token(ctx, w.Client("name"))).To(beServed())
			Expect(w.Token(ctx, w.Client("code-only"))).To(sayWhy("unauthorized_client"))
		})

		DescribeTable("refuses, of the configured scope,", func(ctx SpecContext, written func(scope string) string) {
			client, scope := w.Client("name"), w.scope()
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, form("scope", written(scope)))).To(sayWhy("invalid_scope"))
		},
			Entry("one that it knows beside one that it does not", keeps(r["06"]), func(s string) string { return s + " mtlscheck.unknown" }),
			Entry("the same in other letters", keeps(r["09"]), swapCase),
		)

		It("counts a repeated scope once", keeps(r["04"]), func(ctx SpecContext) {
			scope := w.scope()
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, form("scope", scope+" "+scope))).To(And(beServed(), grant(scope)))
		})

		It("grants all API scopes of the client where none is asked for", keeps(r["02"]), func(ctx SpecContext) {
			client := w.Client("many-scopes")
			assume(w.Token(ctx, client, form("scope", "mtlscheck.a"))).To(beServed())
			Expect(w.Token(ctx, client, form("scope"))).To(And(beServed(), grant("mtlscheck.a", "mtlscheck.b")))
		})

		It("sorts the scopes that it grants", keeps(r["03"]), func(ctx SpecContext) {
			client := w.Client("many-scopes")
			assume(w.Token(ctx, client, form("scope", "mtlscheck.a"))).To(beServed())
			Expect(w.Token(ctx, client, form("scope", "mtlscheck.b mtlscheck.a"))).To(And(beServed(), grantInOrder("mtlscheck.a mtlscheck.b")))
		})

		It("refuses an identity scope", keeps(r["07"]), func(ctx SpecContext) {
			client := w.Client("many-scopes")
			assume(w.Token(ctx, client, form("scope"))).To(beServed())
			Expect(w.Token(ctx, client, form("scope", "openid"))).To(sayWhy("invalid_scope"))
		})

		It("refuses a client without API scopes that asks for none", keeps(r["11"]), func(ctx SpecContext) {
			assume(w.Token(ctx, w.Client("name"))).To(beServed())
			Expect(w.Token(ctx, w.Client("no-scopes"), form("scope"))).To(sayWhy("invalid_scope"))
		})
	}}
}

// scope is the configured scope; the scenario does not apply without one.
func (w *World) scope() string {
	if w.Target.Scope == "" || strings.Contains(w.Target.Scope, " ") {
		w.NotApplicable("the configuration names no single scope")
	}
	return w.Target.Scope
}

func haveStatus(code int) types.GomegaMatcher {
	return suite.Check("the status "+itoa(code), func(a suite.Answer) suite.Finding {
		if a.Status != code {
			return suite.Broken("%s", a)
		}
		return suite.Holds()
	})
}

// haveMembers: a JSON object with exactly these members in this order.
func haveMembers(names ...string) types.GomegaMatcher {
	return suite.Check("the members "+strings.Join(names, ", "), func(a suite.Answer) suite.Finding {
		if got := memberNames(a.Body); !slices.Equal(got, names) {
			return suite.Broken("the members %s", strings.Join(got, ", "))
		}
		return suite.Holds()
	})
}

// memberNames are the names of a JSON object's members, in order.
func memberNames(doc []byte) []string {
	var out []string
	d := json.NewDecoder(bytes.NewReader(doc))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return out
		}
		text, _ := name.(string)
		out = append(out, text)
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return out
		}
	}
	return out
}

func lackMembers(names ...string) types.GomegaMatcher {
	return suite.Check("no "+strings.Join(names, " and no "), func(a suite.Answer) suite.Finding {
		for _, n := range memberNames(a.Body) {
			if slices.Contains(names, n) {
				return suite.Broken("the member %s", n)
			}
		}
		return suite.Holds()
	})
}

// forbidCaching: Cache-Control with no-store, and Pragma: no-cache (RFC 6749 §5.1).
func forbidCaching() types.GomegaMatcher {
	return suite.Check("Cache-Control: no-store and Pragma: no-cache", func(a suite.Answer) suite.Finding {
		control, pragma := strings.Join(a.Header.Values("Cache-Control"), ", "), a.Header.Get("Pragma")
		switch {
		case !strings.Contains(strings.ToLower(control), "no-store"):
			return suite.Broken("Cache-Control %q", control)
		case !strings.EqualFold(pragma, "no-cache"):
			return suite.Broken("Cache-Control %q, but Pragma %q", control, pragma)
		}
		return suite.Holds()
	})
}

// sayLifetime: expires_in is a JSON number, and where the token is a JWT it is exp − iat or exp − nbf.
func sayLifetime() types.GomegaMatcher {
	return suite.Check("expires_in as a number of seconds, equal to the token's own lifetime", func(a suite.Answer) suite.Finding {
		var members map[string]json.RawMessage
		var seconds int64
		if a.JSON(&members) != nil || json.Unmarshal(members["expires_in"], &seconds) != nil {
			return suite.Broken("expires_in %s", members["expires_in"])
		}
		exp, ok1 := number(a.Claims["exp"])
		nbf, ok2 := number(a.Claims["nbf"])
		if ok1 && ok2 && exp-nbf != seconds {
			return suite.Broken("expires_in %d, but the token lives %d seconds", seconds, exp-nbf)
		}
		return suite.Holds()
	})
}

func number(raw json.RawMessage) (int64, bool) {
	var n int64
	return n, len(raw) > 0 && json.Unmarshal(raw, &n) == nil
}

// grant: the answer's scope member holds these scopes and no others, in any order.
func grant(scopes ...string) types.GomegaMatcher {
	return suite.Check("the scope "+strings.Join(scopes, " "), func(a suite.Answer) suite.Finding {
		got := strings.Fields(a.Member("scope"))
		slices.Sort(got)
		if !slices.Equal(got, scopes) {
			return suite.Broken("the scope %q", a.Member("scope"))
		}
		return suite.Holds()
	})
}

func grantInOrder(scope string) types.GomegaMatcher {
	return suite.Check("the scope "+scope+", in this order", func(a suite.Answer) suite.Finding {
		if got := a.Member("scope"); got != scope {
			return suite.Broken("the scope %q", got)
		}
		return suite.Holds()
	})
}
