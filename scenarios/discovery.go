package scenarios

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// Discovery is about what a server's metadata say of mutual TLS.
func Discovery(w *World) harness.Chapter {
	r := metadataRequirements()
	return harness.Chapter{Title: "the metadata", Slug: "discovery", Requirements: r.all(), Specs: func() {

		It("are JSON at a well-known path", keeps(r["01"]), func(ctx SpecContext) {
			Expect(w.Discovery(ctx)).To(beMetadata())
		})

		DescribeTable("have", func(ctx SpecContext, judged types.GomegaMatcher) {
			Expect(w.Discovery(ctx)).To(And(haveStatus(200), judged))
		},
			Entry("the issuer from which their address was built", keeps(r["02"]), sayIssuer(w)),
			Entry("the methods of mutual TLS by their registered names", keeps(r["03"], "spelling"), spellMethods()),
			Entry("a boolean for bound tokens, or nothing", keeps(r["05"]), sayBoolean("tls_client_certificate_bound_access_tokens")),
			Entry("aliases that are absolute https URLs, or none", keeps(r["08"]), aliasWithURLs()),
			Entry("aliases of endpoints that clients call directly", keeps(r["09"]), aliasDirectEndpoints()),
			Entry("aliases of endpoints that are named themselves", keeps(r["10"]), aliasOnlyWhatIsThere()),
			Entry("the methods of mutual TLS for revocation", keeps(r["12"]), listMutualTLS("revocation_endpoint")),
			Entry("the methods of mutual TLS for introspection", keeps(r["13"]), listMutualTLS("introspection_endpoint")),
			Entry("no members without elements", keeps(r["14"]), haveNoEmptyMembers()),
		)

		DescribeTable("name the method of", func(ctx SpecContext, role harness.Role, method string) {
			assume(w.Token(ctx, w.Client(role))).To(beServed())
			Expect(w.Discovery(ctx)).To(And(haveStatus(200), listMethod(method)))
		},
			Entry("clients that are known by their names", keeps(r["03"], "name", harness.Should), harness.Role("name"), "tls_client_auth"),
			Entry("clients that are known by their certificates", keeps(r["03"], "self-signed", harness.Should), harness.Role("thumbprint"), "self_signed_tls_client_auth"),
		)

		It("lead to a token endpoint that asks for a certificate", keeps(r["04"]), func(ctx SpecContext) {
			Expect(w.Get(ctx, nobody(), w.tokenURL())).To(askForCertificate(w.tokenURL()))
		})

		It("promise bound tokens, and a client gets one", keeps(r["06"]), func(ctx SpecContext) {
			client := w.AnyClient(mutual()...)
			Expect(w.Inspect(ctx, client, w.Token(ctx, client))).To(And(beServed(), beBoundTo(client)))
		})

		It("name aliases whose certificates verify", keeps(r["11"]), func(ctx SpecContext) {
			document := w.Discovery(ctx)
			Expect(document).To(And(haveStatus(200), w.leadToTrusted(ctx)))
		})

		It("are the same at both well-known paths, as far as mutual TLS goes", keeps(r["15"]), func(ctx SpecContext) {
			at := suite.WellKnown(w.Target.Issuer)
			one, two := w.Get(ctx, nobody(), at[0]), w.Get(ctx, nobody(), at[1])
			if one.Status != 200 || two.Status != 200 {
				w.NotApplicable("the server has one of the two documents")
			}
			Expect(two).To(agreeWith(one))
		})

		DescribeTable("are had without a certificate", func(ctx SpecContext, version uint16, where func() string) {
			Expect(w.Get(ctx, nobody(), where(), over(version))).To(beHad())
		},
			Entry("over TLS 1.2", keeps(r["17"], "tls12"), uint16(tls.VersionTLS12), w.whereMetadata),
			Entry("over TLS 1.3", keeps(r["17"], "tls13"), uint16(tls.VersionTLS13), w.whereMetadata),
			Entry("with the key set", keeps(r["17"], "keys"), uint16(0), func() string { return w.Target.Metadata.String("jwks_uri") }),
		)
	}}
}

// whereMetadata is the well-known path at which the metadata were found.
func (w *World) whereMetadata() string {
	if w.Target.Metadata != nil && w.Target.Metadata.At != "" {
		return w.Target.Metadata.At
	}
	return suite.WellKnown(w.Target.Issuer)[0]
}

// over asks with one TLS version; 0 offers TLS 1.2 and TLS 1.3. A server that does not speak it is not examined.
func over(version uint16) change {
	return func(q *wire.Question) { q.TLS.MinVersion, q.TLS.MaxVersion = version, version }
}

// beMetadata: 200, application/json, an object (RFC 8414 §3.2).
func beMetadata() types.GomegaMatcher {
	return suite.Check("200 with a JSON object", func(a suite.Answer) suite.Finding {
		var object map[string]json.RawMessage
		switch {
		case a.Status != 200:
			return suite.Broken("%s", a)
		case !a.IsJSON():
			return suite.Broken("200 with the content type %q", a.Header.Get("Content-Type"))
		case a.JSON(&object) != nil || object == nil:
			return suite.Broken("200 with a body that is no JSON object")
		}
		return suite.Holds()
	})
}

// beHad: 200. A server that does not speak the version of TLS that was offered has not refused for want of a certificate.
func beHad() types.GomegaMatcher {
	return suite.Check("200", func(a suite.Answer) suite.Finding {
		switch {
		case a.TLS.Alert == "protocol version not supported":
			return suite.HoldsAs("the server does not speak this version of TLS")
		case a.Status != 200:
			return suite.Broken("%s", a)
		}
		return suite.Holds()
	})
}

// member is a top-level member of a JSON object, as it came; nil if it is not there.
func member(a suite.Answer, name string) json.RawMessage {
	var members map[string]json.RawMessage
	_ = a.JSON(&members)
	return members[name]
}

func methodsOf(a suite.Answer, endpoint string) []string {
	var list []string
	_ = json.Unmarshal(member(a, endpoint+"_auth_methods_supported"), &list)
	return list
}

// spellMethods: nothing in the list of methods looks like a method of mutual TLS and is none.
func spellMethods() types.GomegaMatcher {
	right := []string{"tls_client_auth", "self_signed_tls_client_auth"}
	return suite.Check(strings.Join(right, " and ")+" where mutual TLS is meant", func(a suite.Answer) suite.Finding {
		for _, m := range methodsOf(a, "token_endpoint") {
			if low := strings.ToLower(m); strings.Contains(low, "tls") && !slices.Contains(right, m) {
				return suite.Broken("the method %q", m)
			}
		}
		return suite.Holds()
	})
}

func listMethod(method string) types.GomegaMatcher {
	return suite.Check(method+" in token_endpoint_auth_methods_supported", func(a suite.Answer) suite.Finding {
		if list := methodsOf(a, "token_endpoint"); !slices.Contains(list, method) {
			return suite.Broken("the methods %s", strings.Join(list, ", "))
		}
		return suite.Holds()
	})
}

// listMutualTLS: an endpoint that is there lists the methods of mutual TLS that the token endpoint lists.
func listMutualTLS(endpoint string) types.GomegaMatcher {
	return suite.Check("the methods of mutual TLS in "+endpoint+"_auth_methods_supported", func(a suite.Answer) suite.Finding {
		if member(a, endpoint) == nil {
			return suite.HoldsAs("the metadata name no " + endpoint)
		}
		for _, m := range methodsOf(a, "token_endpoint") {
			if strings.Contains(m, "tls_client_auth") && !slices.Contains(methodsOf(a, endpoint), m) {
				return suite.Broken("the methods %s, without %s", strings.Join(methodsOf(a, endpoint), ", "), m)
			}
		}
		return suite.Holds()
	})
}

func sayBoolean(name string) types.GomegaMatcher {
	return suite.Check(name+": true or false, or nothing", func(a suite.Answer) suite.Finding {
		switch raw := string(member(a, name)); raw {
		case "true", "false":
			return suite.Holds()
		case "":
			return suite.HoldsAs("it is absent, which means false")
		default:
			return suite.Broken("%s: %s", name, raw)
		}
	})
}

func aliasWithURLs() types.GomegaMatcher {
	return suite.Check("mtls_endpoint_aliases as an object of absolute https URLs, or nothing", func(a suite.Answer) suite.Finding {
		raw := member(a, "mtls_endpoint_aliases")
		if raw == nil {
			return suite.HoldsAs("there are no aliases")
		}
		var table map[string]json.RawMessage
		if json.Unmarshal(raw, &table) != nil || table == nil {
			return suite.Broken("mtls_endpoint_aliases: %s", raw)
		}
		if len(table) == 0 {
			return suite.Tolerated("mtls_endpoint_aliases is an empty object")
		}
		for name, value := range table {
			var text string
			u, err := url.Parse("")
			if json.Unmarshal(value, &text) == nil {
				u, err = url.Parse(text)
			}
			if err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
				return suite.Broken("the alias of %s is %s", name, value)
			}
		}
		return suite.Holds()
	})
}

func aliasDirectEndpoints() types.GomegaMatcher {
	indirect := []string{"authorization_endpoint", "end_session_endpoint", "jwks_uri", "issuer", "check_session_iframe"}
	return suite.Check("aliases of endpoints that clients call directly", func(a suite.Answer) suite.Finding {
		for name := range aliasTable(a) {
			if slices.Contains(indirect, name) || !strings.HasSuffix(name, "_endpoint") {
				return suite.Broken("an alias of %s", name)
			}
		}
		return suite.Holds()
	})
}

// haveNoEmptyMembers: claims without elements are left out (RFC 8414 §3.2).
func haveNoEmptyMembers() types.GomegaMatcher {
	return suite.Check("no member that is an empty list", func(a suite.Answer) suite.Finding {
		for _, name := range memberNames(a.Body) {
			var list []json.RawMessage
			if json.Unmarshal(member(a, name), &list) == nil && list != nil && len(list) == 0 {
				return suite.Broken("%s: []", name)
			}
		}
		return suite.Holds()
	})
}

// leadToTrusted: the handshake with each alias verifies its certificate for its own name.
func (w *World) leadToTrusted(ctx context.Context) types.GomegaMatcher {
	return suite.Check("aliases that show a certificate valid for their own names", func(a suite.Answer) suite.Finding {
		for _, alias := range aliases(a) {
			if _, err := w.Asker.Client.Ask(ctx, wire.Question{Person: nobody(), URL: alias}); wire.Untrusted(err) {
				return suite.Broken("%s: %v", alias, err)
			}
		}
		return suite.Holds()
	})
}

// agreeWith: the members about mutual TLS are equal in another document.
func agreeWith(other suite.Answer) types.GomegaMatcher {
	return suite.Check("the same members about mutual TLS in both documents", func(a suite.Answer) suite.Finding {
		for _, name := range []string{"issuer", "token_endpoint_auth_methods_supported", "tls_client_certificate_bound_access_tokens", "mtls_endpoint_aliases"} {
			if one, two := string(member(other, name)), string(member(a, name)); one != two {
				return suite.Broken("%s: %s in one, %s in the other", name, one, two)
			}
		}
		return suite.Holds()
	})
}
