package scenarios

import (
	"encoding/json"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// IdentityServerDiscovery is about what IdentityServer's discovery document says of mutual TLS.
func IdentityServerDiscovery(w *World) harness.Chapter {
	r := discoveryRequirements()
	return harness.Chapter{Title: "IdentityServer's discovery document", Slug: "ids-discovery", Requirements: r.all(), Specs: func() {

		DescribeTable("has", func(ctx SpecContext, judged types.GomegaMatcher) {
			Expect(w.Discovery(ctx)).To(And(haveStatus(200), judged))
		},
			Entry("aliases below /connect/mtls in path mode", keeps(r["01"]), aliasAll(w, func(plain *url.URL) string {
				return plain.Scheme + "://" + plain.Host + strings.Replace(plain.Path, "/connect/", "/connect/mtls/", 1)
			})),
			Entry("aliases on the sub-domain in sub-domain mode", keeps(r["02"]), aliasHost(w, func(plain, alias *url.URL) bool {
				name, found := strings.CutSuffix(alias.Host, "."+plain.Host)
				return found && name != "" && !strings.Contains(name, ".") && alias.Path == plain.Path
			}, "the endpoint's own URL on a sub-domain of its host")),
			Entry("aliases on the other domain in domain mode", keeps(r["03"]), aliasHost(w, func(plain, alias *url.URL) bool {
				return alias.Host != plain.Host && strings.HasSuffix(plain.Path, alias.Path) && alias.Scheme == "https"
			}, "the endpoint's path on one other https host")),
			Entry("the methods of mutual TLS at the end of its list", keeps(r["05"]), endWithMutualTLS("token_endpoint_auth_methods_supported")),
			Entry("the promise of bound tokens as a boolean", keeps(r["06"]), sayTrue("tls_client_certificate_bound_access_tokens")),
			Entry("the same methods for revocation and introspection as for tokens", keeps(r["08"]), agreeOnMethods()),
			Entry("no alias without an endpoint of the same name", keeps(r["09"]), aliasOnlyWhatIsThere()),
			Entry("no alias for what browsers and users call", keeps(r["11"]), aliasNothingElse()),
			Entry("its members in IdentityServer's order", keeps(r["13"]), beInOrder()),
			Entry("https endpoints alone", keeps(r["15"]), nameHTTPSOnly()),
			Entry("the content type of JSON in UTF-8", keeps(r["20"]), haveContentType("application/json; charset=UTF-8")),
		)

		It("is had with GET alone", keeps(r["12"]), func(ctx SpecContext) {
			assume(w.Discovery(ctx)).To(haveStatus(200))
			Expect(w.Discovery(ctx, by("POST"))).To(haveStatus(405))
		})

		It("names aliases that resolve, show a valid certificate, and ask for one", keeps(r["14"]), func(ctx SpecContext) {
			document := w.Discovery(ctx)
			Expect(document).To(haveStatus(200))
			w.meetAliases(ctx, document, func(m meeting) types.GomegaMatcher { return And(showTrusted(m), askForCertificate(m)) })
		})

		It("is the parent domain's on the sub-domain for certificates", keeps(r["16"]), func(ctx SpecContext) {
			client := w.AnyClient(mutual()...)
			Expect(w.Get(ctx, client, w.onAliasHost("/.well-known/openid-configuration"))).To(And(haveStatus(200), sayIssuer(w)))
		})

		It("names one issuer on both hosts in domain mode", keeps(r["17"]), func(ctx SpecContext) {
			client := w.AnyClient(mutual()...)
			Expect(w.Get(ctx, client, w.onAliasHost("/.well-known/openid-configuration"))).To(And(haveStatus(200), sayIssuer(w)))
		})
	}}
}

// onAliasHost is a path on the host of the token endpoint's alias, below the path base that the alias has.
func (w *World) onAliasHost(path string) string {
	u, err := url.Parse(w.Target.Metadata.Alias("token_endpoint"))
	if err != nil || u.Host == "" {
		w.NotApplicable("the discovery document names no alias of the token endpoint")
	}
	base, _, _ := strings.Cut(u.EscapedPath(), "/connect/token")
	return "https://" + u.Host + base + path
}

// usualAliases are the endpoints that IdentityServer aliases; the last from 7.3 on.
func usualAliases() []string {
	return []string{"token_endpoint", "revocation_endpoint", "introspection_endpoint", "device_authorization_endpoint", "pushed_authorization_request_endpoint"}
}

// aliasAll: every usual endpoint that the document names has its alias at the place that alias computes. The pushed
// authorization request endpoint has one from 7.3 on.
func aliasAll(w *World, alias func(plain *url.URL) string) types.GomegaMatcher {
	return suite.Check("an alias below /connect/mtls for each endpoint that clients call", func(a suite.Answer) suite.Finding {
		table := aliasTable(a)
		for _, name := range usualAliases() {
			plain, err := url.Parse(a.Member(name))
			if a.Member(name) == "" || err != nil {
				continue
			}
			late := name == "pushed_authorization_request_endpoint" && !harness.Between(w.Target.ProductVersion, "7.3", "")
			unknown := name == "pushed_authorization_request_endpoint" && w.Target.ProductVersion == "" && table[name] == ""
			if late || unknown {
				continue
			}
			if want := alias(plain); table[name] != want {
				return suite.Broken("the alias of %s is %q, not %q", name, table[name], want)
			}
		}
		return suite.Holds()
	})
}

func aliasHost(_ *World, right func(plain, alias *url.URL) bool, expected string) types.GomegaMatcher {
	return suite.Check("aliases that are "+expected, func(a suite.Answer) suite.Finding {
		table := aliasTable(a)
		if len(table) == 0 {
			return suite.Broken("no aliases")
		}
		for name, text := range table {
			alias, err1 := url.Parse(text)
			plain, err2 := url.Parse(a.Member(name))
			if err1 != nil || err2 != nil || !right(plain, alias) {
				return suite.Broken("the alias of %s (%s) is %s", name, a.Member(name), text)
			}
		}
		return suite.Holds()
	})
}

func endWithMutualTLS(member string) types.GomegaMatcher {
	pair := []string{"tls_client_auth", "self_signed_tls_client_auth"}
	return suite.Check(member+" that ends with "+strings.Join(pair, ", "), func(a suite.Answer) suite.Finding {
		var doc map[string]json.RawMessage
		var methods []string
		if a.JSON(&doc) == nil && doc[member] == nil {
			return suite.Tolerated("the document has no " + member + ", as with options.Discovery.ShowTokenEndpointAuthenticationMethods = false")
		}
		if json.Unmarshal(doc[member], &methods) != nil || len(methods) < 2 || !slices.Equal(methods[len(methods)-2:], pair) {
			return suite.Broken("%s: %s", member, doc[member])
		}
		return suite.Holds()
	})
}

func sayTrue(member string) types.GomegaMatcher {
	return suite.Check(member+": true", func(a suite.Answer) suite.Finding {
		var doc map[string]json.RawMessage
		if a.JSON(&doc) != nil || string(doc[member]) != "true" {
			return suite.Broken("%s: %s", member, doc[member])
		}
		return suite.Holds()
	})
}

// agreeOnMethods: the lists are equal. Versions up to 7.3 have the first alone.
func agreeOnMethods() types.GomegaMatcher {
	return suite.Check("equal lists of methods for tokens, revocation and introspection", func(a suite.Answer) suite.Finding {
		first := member(a, "token_endpoint_auth_methods_supported")
		older := false
		for _, name := range []string{"revocation_endpoint", "introspection_endpoint"} {
			list := name + "_auth_methods_supported"
			raw := member(a, list)
			switch {
			case a.Member(name) == "" || compact(raw) == compact(first):
			case raw == nil && a.Target.ProductVersion == "":
				older = true
			default:
				return suite.Broken("%s: %s, but token_endpoint_auth_methods_supported: %s", list, orNothing(raw), orNothing(first))
			}
		}
		if older {
			return suite.HoldsAs("methods for tokens alone, as up to 7.3")
		}
		return suite.Holds()
	})
}

func aliasOnlyWhatIsThere() types.GomegaMatcher {
	return suite.Check("aliases of endpoints that the document names", func(a suite.Answer) suite.Finding {
		for name := range aliasTable(a) {
			if a.Member(name) == "" {
				return suite.Broken("an alias of %s, which the document does not name", name)
			}
		}
		return suite.Holds()
	})
}

func aliasNothingElse() types.GomegaMatcher {
	return suite.Check("aliases of "+strings.Join(usualAliases(), ", ")+" at the most", func(a suite.Answer) suite.Finding {
		for name := range aliasTable(a) {
			if !slices.Contains(usualAliases(), name) {
				return suite.Broken("an alias of %s", name)
			}
		}
		return suite.Holds()
	})
}

// beInOrder: the members that IdentityServer writes stand in its order; others may stand anywhere.
func beInOrder() types.GomegaMatcher {
	order := strings.Fields(`issuer jwks_uri authorization_endpoint token_endpoint userinfo_endpoint end_session_endpoint check_session_iframe
		revocation_endpoint introspection_endpoint device_authorization_endpoint backchannel_authentication_endpoint
		pushed_authorization_request_endpoint require_pushed_authorization_requests mtls_endpoint_aliases frontchannel_logout_supported
		frontchannel_logout_session_supported backchannel_logout_supported backchannel_logout_session_supported scopes_supported
		claims_supported grant_types_supported response_types_supported response_modes_supported token_endpoint_auth_methods_supported
		token_endpoint_auth_signing_alg_values_supported revocation_endpoint_auth_methods_supported
		introspection_endpoint_auth_methods_supported id_token_signing_alg_values_supported subject_types_supported
		code_challenge_methods_supported request_parameter_supported tls_client_certificate_bound_access_tokens`)
	return suite.Check("its members in the order in which IdentityServer writes them", func(a suite.Answer) suite.Finding {
		names := memberNames(a.Body)
		known := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(order, n) })
		there := slices.DeleteFunc(slices.Clone(order), func(n string) bool { return !slices.Contains(names, n) })
		for i := range known {
			if known[i] != there[i] {
				return suite.Broken("%s where %s belongs", known[i], there[i])
			}
		}
		return suite.Holds()
	})
}

func nameHTTPSOnly() types.GomegaMatcher {
	return suite.Check("https in the issuer and in every endpoint", func(a suite.Answer) suite.Finding {
		for _, name := range memberNames(a.Body) {
			value := a.Member(name)
			if (name == "issuer" || name == "jwks_uri" || strings.HasSuffix(name, "_endpoint")) && value != "" && !strings.HasPrefix(value, "https://") {
				return suite.Broken("%s: %s", name, value)
			}
		}
		return suite.Holds()
	})
}

func haveContentType(want string) types.GomegaMatcher {
	return suite.Check("Content-Type: "+want, func(a suite.Answer) suite.Finding {
		if got := a.Header.Get("Content-Type"); !sameMediaType(got, want) {
			return suite.Broken("Content-Type: %s", got)
		}
		return suite.Holds()
	})
}

func sayIssuer(w *World) types.GomegaMatcher {
	want := w.Target.Issuer
	return suite.Check("the issuer "+want, func(a suite.Answer) suite.Finding {
		if got := a.Member("issuer"); got != want {
			return suite.Broken("the issuer %s", got)
		}
		return suite.Holds()
	})
}

// sameMediaType compares media types with their parameters, whatever the case and the blanks (RFC 9110 §8.3.1).
func sameMediaType(a, b string) bool {
	one, with, err := mime.ParseMediaType(a)
	two, also, err2 := mime.ParseMediaType(b)
	return err == nil && err2 == nil && one == two && maps.EqualFunc(with, also, strings.EqualFold)
}
