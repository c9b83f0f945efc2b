package scenarios

import (
	"crypto/tls"
	"encoding/json"
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
			door := w.meet(ctx, w.tokenURL())
			Expect(door.answer).To(askForCertificate(door))
		})

		It("promise bound tokens, and a client gets one", keeps(r["06"]), func(ctx SpecContext) {
			client := w.AnyClient(mutual()...)
			Expect(w.Inspect(ctx, client, w.Token(ctx, client))).To(And(beServed(), beBoundTo(client)))
		})

		It("name aliases whose certificates verify", keeps(r["11"]), func(ctx SpecContext) {
			document := w.Discovery(ctx)
			Expect(document).To(haveStatus(200))
			w.meetAliases(ctx, document, showTrusted)
		})

		DescribeTable("name aliases that refuse what the server itself refuses", func(ctx SpecContext, version uint16) {
			document := w.Discovery(ctx)
			Expect(document).To(haveStatus(200))
			w.meetAliases(ctx, document, w.refuseOldTLS(ctx, version), over(version))
		},
			Entry("over TLS 1.1", keeps(r["11"], "tls11"), uint16(tls.VersionTLS11)),
			Entry("over TLS 1.0", keeps(r["11"], "tls10"), uint16(tls.VersionTLS10)),
		)

		It("are the same at both well-known paths, as far as mutual TLS goes", keeps(r["15"]), func(ctx SpecContext) {
			at := suite.WellKnown(w.Target.Issuer)
			one, two := w.Get(ctx, nobody(), at[0]), w.Get(ctx, nobody(), at[1])
			if !isMetadata(one) || !isMetadata(two) {
				w.NotApplicable("the server has one of the two documents")
			}
			Expect(two).To(agreeWith(one))
		})

		DescribeTable("are had without a certificate", func(ctx SpecContext, version uint16) {
			door := w.meet(ctx, w.whereMetadata(), over(version))
			if door.brokenOff() {
				w.NotApplicable("the server does not speak this version of TLS")
			}
			Expect(door.answer).To(beHad(door))
		},
			Entry("over TLS 1.2", keeps(r["17"], "tls12"), uint16(tls.VersionTLS12)),
			Entry("over TLS 1.3", keeps(r["17"], "tls13"), uint16(tls.VersionTLS13)),
		)

		It("are had without a certificate with the key set", keeps(r["17"], "keys"), func(ctx SpecContext) {
			door := w.meet(ctx, w.keysURL())
			Expect(door.answer).To(beHad(door))
		})
	}}
}

// whereMetadata is the well-known path at which the metadata were found.
func (w *World) whereMetadata() string {
	if w.Target.Metadata != nil && w.Target.Metadata.At != "" {
		return w.Target.Metadata.At
	}
	return suite.WellKnown(w.Target.Issuer)[0]
}

// keysURL is where the key set stands. A server whose tokens nobody verifies by a key may have none (RFC 8414 §2).
func (w *World) keysURL() string {
	if raw := string(w.Target.Metadata.Members["jwks_uri"]); raw == "" || raw == "null" {
		w.NotApplicable("the metadata name no jwks_uri")
	}
	return w.Target.Metadata.String("jwks_uri")
}

// over asks with one TLS version.
func over(version uint16) change {
	return func(q *wire.Question) { q.TLS.MinVersion, q.TLS.MaxVersion = version, version }
}

// beMetadata: 200, application/json, an object (RFC 8414 §3.2).
func beMetadata() types.GomegaMatcher {
	return suite.Check("200 with a JSON object", func(a suite.Answer) suite.Finding {
		switch {
		case a.Status != 200:
			return suite.Broken("%s", a)
		case !a.IsJSON():
			return suite.Broken("200 with the content type %q", a.Header.Get("Content-Type"))
		case !isObject(a):
			return suite.Broken("200 with a body that is no JSON object")
		}
		return suite.Holds()
	})
}

// beHad: 200 with a JSON object, on an empty hand.
func beHad(m meeting) types.GomegaMatcher {
	return suite.Check("200 with a JSON object", func(a suite.Answer) suite.Finding {
		refused := a.TLS.Asked && refusing(a.TLS.Alert)
		switch {
		case m.err != nil:
			return suite.Unclear(m.err.Error())
		case a.Status == 0 && !refused:
			return suite.Unclear(a.String() + ", which does not say that a certificate is wanted")
		case a.Busy():
			return suite.Unclear("nobody looked at the question: " + a.String())
		case a.Status == 200 && !isObject(a):
			return suite.Broken("200 with a body that is no JSON object")
		case a.Status != 200:
			return suite.Broken("%s", a)
		}
		return suite.Holds()
	})
}

func isObject(a suite.Answer) bool {
	var object map[string]json.RawMessage
	return a.JSON(&object) == nil && object != nil
}

// isMetadata reports whether an answer is a discovery document, and not what a host answers wherever nothing stands: the
// page of an application, an object of another kind.
func isMetadata(a suite.Answer) bool {
	return a.Status == 200 && a.IsJSON() && isObject(a) && (a.Member("issuer") != "" || a.Member("token_endpoint") != "")
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

// spellMethods: the methods are a list of strings, of which none looks like a method of mutual TLS and is none.
func spellMethods() types.GomegaMatcher {
	right := []string{"tls_client_auth", "self_signed_tls_client_auth"}
	return suite.Check("a list with "+strings.Join(right, " and ")+" where mutual TLS is meant", func(a suite.Answer) suite.Finding {
		var list []string
		if raw := member(a, "token_endpoint_auth_methods_supported"); raw != nil && json.Unmarshal(raw, &list) != nil {
			return suite.Broken("token_endpoint_auth_methods_supported: %s", raw)
		}
		for _, m := range list {
			if low := strings.ToLower(m); strings.Contains(low, "tls") && !slices.Contains(right, m) {
				return suite.Broken("the method %q", m)
			}
		}
		return suite.Holds()
	})
}

func listMethod(method string) types.GomegaMatcher {
	return suite.Check(method+" in token_endpoint_auth_methods_supported", func(a suite.Answer) suite.Finding {
		switch list := methodsOf(a, "token_endpoint"); {
		case len(list) == 0:
			return suite.Broken("no methods")
		case !slices.Contains(list, method):
			return suite.Broken("the methods %s", strings.Join(list, ", "))
		}
		return suite.Holds()
	})
}

// listMutualTLS: an endpoint that is there lists the methods of mutual TLS that the token endpoint lists.
func listMutualTLS(endpoint string) types.GomegaMatcher {
	return suite.Check("the methods of mutual TLS in "+endpoint+"_auth_methods_supported", func(a suite.Answer) suite.Finding {
		if a.Member(endpoint) == "" {
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

// haveNoEmptyMembers: claims without elements are left out (RFC 8414 §3.2). IdentityServer, of every version, writes
// claims_supported even where no scope has user claims, and no other member that could be empty.
func haveNoEmptyMembers() types.GomegaMatcher {
	return suite.Check("no member that is an empty list", func(a suite.Answer) suite.Finding {
		var empty []string
		for _, name := range memberNames(a.Body) {
			var list []json.RawMessage
			if json.Unmarshal(member(a, name), &list) == nil && list != nil && len(list) == 0 {
				empty = append(empty, name+": []")
			}
		}
		switch {
		case len(empty) == 0:
			return suite.Holds()
		case a.Target.Is("identityserver") && slices.Equal(empty, []string{"claims_supported: []"}):
			return suite.Tolerated("claims_supported: [], as IdentityServer writes it where no scope has user claims")
		}
		return suite.Broken("%s", strings.Join(empty, ", "))
	})
}

// agreeWith: what another document says of mutual TLS means the same, however it is written.
func agreeWith(other suite.Answer) types.GomegaMatcher {
	return suite.Check("the same members about mutual TLS in both documents", func(a suite.Answer) suite.Finding {
		for _, name := range []string{"issuer", "tls_client_certificate_bound_access_tokens", "mtls_endpoint_aliases",
			"token_endpoint_auth_methods_supported", "revocation_endpoint_auth_methods_supported", "introspection_endpoint_auth_methods_supported"} {
			one, two := member(other, name), member(a, name)
			endpoint, of := strings.CutSuffix(name, "_auth_methods_supported")
			switch {
			case of && (other.Member(endpoint) == "" || a.Member(endpoint) == ""): // one of the documents does not name the endpoint
			case meaning(name, one) == "" || meaning(name, two) == "": // one of the documents does not say, and nothing follows from that
			case meaning(name, one) != meaning(name, two):
				return suite.Broken("%s: %s in one, %s in the other", name, orNothing(one), orNothing(two))
			}
		}
		return suite.Holds()
	})
}

// meaning is what a member says: without blanks and escapes, methods in one order, and where it is absent the default
// (RFC 8414 §2, RFC 8705 §3.3); empty where there is none.
func meaning(name string, raw json.RawMessage) string {
	if raw == nil {
		return map[string]string{
			"tls_client_certificate_bound_access_tokens": "false",
			"mtls_endpoint_aliases":                      "{}",
			"token_endpoint_auth_methods_supported":      `["client_secret_basic"]`,
			"revocation_endpoint_auth_methods_supported": `["client_secret_basic"]`,
		}[name]
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil && list != nil {
		slices.Sort(list)
		raw, _ = json.Marshal(slices.Compact(list))
	}
	return compact(raw)
}

func orNothing(raw json.RawMessage) string {
	if raw == nil {
		return "nothing"
	}
	return compact(raw)
}
