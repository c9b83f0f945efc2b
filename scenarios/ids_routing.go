package scenarios

import (
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// Routing is about which requests IdentityServer takes for requests with certificates: by path, by sub-domain, or by a
// domain of their own.
func Routing(w *World) harness.Chapter {
	r := routingRequirements()
	client := func() harness.Person { return w.AnyClient(mutual()...) }
	stranger := func() harness.Person { return client().Showing(nil) }
	return harness.Chapter{Title: "IdentityServer's routing", Slug: "ids-routing", Requirements: r.all(), Specs: func() {

		DescribeTable("shuts the door for certificates to who shows none", func(ctx SpecContext, changed func() []change) {
			assume(w.Token(ctx, client())).To(beServed())
			Expect(w.Token(ctx, stranger(), changed()...)).To(beTurnedAwayAtTheDoor())
		},
			Entry("at the token endpoint", keeps(r["01"]), func() []change { return nil }),
			Entry("at a path that is not there", keeps(r["05"], "without"), func() []change { return []change{at(w.besideToken("/nope"))} }),
			Entry("whatever the method", keeps(r["08"]), func() []change { return []change{by("GET"), saying("", "")} }),
			Entry("on every path of the sub-domain", keeps(r["10"]), func() []change {
				return []change{at(w.onAliasHost("/.well-known/openid-configuration")), by("GET"), saying("", "")}
			}),
		)

		It("says at the door why, and lets nobody cache by accident what it says", keeps(r["20"]), func(ctx SpecContext) {
			assume(w.Token(ctx, client())).To(beServed())
			Expect(w.Token(ctx, stranger())).To(sayAtTheDoor())
		})

		DescribeTable("leads a certificate", func(ctx SpecContext, changed func() []change) {
			assume(w.Token(ctx, client())).To(beServed())
			Expect(w.Token(ctx, client(), changed()...)).To(beServed())
		},
			Entry("to the token endpoint whatever the case of the path", keeps(r["02"]), func() []change {
				return []change{at(strings.Replace(w.tokenURL(), "/connect/mtls/", "/connect/mTLS/", 1))}
			}),
			Entry("to the token endpoint of the sub-domain", keeps(r["11"]), func() []change { return nil }),
			Entry("to the sub-domain whatever the case of the host", keeps(r["12"]), func() []change {
				return []change{hosted(upperHost(w.tokenURL()))}
			}),
		)

		DescribeTable("finds nothing", func(ctx SpecContext, who func() harness.Person, path func() string) {
			assume(w.Token(ctx, client())).To(beServed())
			Expect(w.Token(ctx, who(), at(path()))).To(haveStatus(404))
		},
			Entry("behind a slash after the endpoint", keeps(r["03"]), client, func() string { return w.tokenURL() + "/" }),
			Entry("at the prefix itself", keeps(r["04"]), client, func() string { return strings.TrimSuffix(w.tokenURL(), "/token") }),
			Entry("at a path that is not there", keeps(r["05"], "with"), client, func() string { return w.besideToken("/nope") }),
			Entry("at a path that only begins like the prefix", keeps(r["06"]), stranger, func() string {
				return strings.Replace(w.tokenURL(), "/connect/mtls/", "/connect/mtlsx/", 1)
			}),
			Entry("below /connect/mtls where a domain name is set", keeps(r["09"]), client, func() string {
				return strings.Replace(w.tokenURL(), "/connect/", "/connect/mtls/", 1)
			}),
		)

		It("leads GET with a certificate to the token endpoint's own refusal", keeps(r["07"]), func(ctx SpecContext) {
			assume(w.Token(ctx, client())).To(beServed())
			Expect(w.Token(ctx, client(), by("GET"), saying("", ""))).To(sayWhy("invalid_request"))
		})

		It("serves clients with secrets on the main host without a certificate", keeps(r["13"]), func(ctx SpecContext) {
			holder := w.Client("secret")
			Expect(w.Token(ctx, holder, w.secret(holder), at(w.plainTokenURL()))).To(beServed())
		})

		It("takes the other domain under another port for the plain server", keeps(r["14"]), func(ctx SpecContext) {
			assume(w.Token(ctx, client())).To(beServed())
			u, _ := url.Parse(w.tokenURL())
			discovery := "https://" + u.Host + "/.well-known/openid-configuration"
			document := w.Get(ctx, nobody(), discovery, hosted(u.Hostname()+":1"))
			if document.Closed || refusing(document.TLS.Alert) {
				w.NotApplicable("who shows no certificate is turned away before the Host header is read: " + document.String())
			}
			Expect(document).To(haveStatus(200))
		})

		It("offers no CORS at the door for certificates", keeps(r["18"]), func(ctx SpecContext) {
			assume(w.Token(ctx, client())).To(beServed())
			Expect(w.Token(ctx, client(), by("OPTIONS"), saying("", ""), header("Origin", "https://app.example"), header("Access-Control-Request-Method", "POST"))).To(lackCORS())
		})
	}}
}

// besideToken is another path beside the token endpoint's.
func (w *World) besideToken(path string) string {
	return strings.TrimSuffix(w.tokenURL(), "/token") + path
}

func upperHost(u string) string {
	parsed, err := url.Parse(u)
	if err != nil {
		return ""
	}
	return strings.ToUpper(parsed.Host)
}

// beTurnedAwayAtTheDoor: what the middleware in front of the mTLS endpoints answers: 403 without a body up to 7.2, 400
// with invalid_client from 7.3 on. A server whose TLS layer refuses is as good.
func beTurnedAwayAtTheDoor() types.GomegaMatcher {
	return suite.Check("400 with invalid_client (403 without a body up to 7.2), or a refusal by TLS", func(a suite.Answer) suite.Finding {
		early, late := harness.Between(a.Target.ProductVersion, "", "7.2"), harness.Between(a.Target.ProductVersion, "7.3", "")
		switch {
		case a.TLS.Alert != "" && !refusing(a.TLS.Alert):
			return suite.Unclear("the TLS alert \"" + a.TLS.Alert + "\" does not say that the certificate was refused")
		case a.TLS.Alert != "":
			return suite.HoldsAs("refused by TLS: " + a.TLS.Alert)
		case a.Closed:
			return suite.HoldsAs("closed without an alert, as Kestrel does; the control was served before and after")
		case a.Status == 403 && len(a.Body) == 0 && early:
			return suite.HoldsAs("403 without a body, as up to 7.2")
		case a.Status == 400 && a.Error() == "invalid_client" && late:
			return suite.HoldsAs("400 invalid_client, as from 7.3 on")
		case a.Status == 403 && len(a.Body) == 0:
			return suite.Tolerated("403 without a body, the form of versions up to 7.2, where the configuration says " + a.Target.ProductVersion)
		case terminator(a):
			return suite.Tolerated("the page of a TLS terminator, not the server's own answer")
		}
		return suite.Broken("%s", a)
	})
}

// sayAtTheDoor: 400 with invalid_client in JSON, without cache headers. What a TLS layer or a proxy in front answers in the
// server's place says nothing about it.
func sayAtTheDoor() types.GomegaMatcher {
	return suite.Check("400 with invalid_client in JSON, and neither Cache-Control nor Pragma", func(a suite.Answer) suite.Finding {
		control, pragma, media := a.Header.Get("Cache-Control"), a.Header.Get("Pragma"), a.Header.Get("Content-Type")
		switch {
		case a.TLS.Alert != "" && refusing(a.TLS.Alert) || a.Closed:
			return suite.HoldsAs("refused before the door: " + a.String())
		case a.Error() == "" && terminator(a):
			return suite.Tolerated("the page of a TLS terminator, not the server's own answer")
		case a.Status != 400 || a.Error() != "invalid_client":
			return suite.Broken("%s", a)
		case !sameMediaType(media, "application/json; charset=UTF-8"):
			return suite.Broken("Content-Type: %s", media)
		case control+pragma != "":
			return suite.Broken("Cache-Control %q, Pragma %q", control, pragma)
		}
		return suite.Holds()
	})
}

func lackCORS() types.GomegaMatcher {
	return suite.Check("no Access-Control headers", func(a suite.Answer) suite.Finding {
		for name := range a.Header {
			if strings.HasPrefix(strings.ToLower(name), "access-control-") {
				return suite.Broken("the header %s: %s", name, a.Header.Get(name))
			}
		}
		return suite.Holds()
	})
}
