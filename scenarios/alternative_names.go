package scenarios

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// AlternativeNames is about clients that are known by a subject alternative name of a certificate which a trusted CA issued
// (RFC 8705 §2.1.2).
func AlternativeNames(w *World) harness.Chapter {
	r := alternativeNameRequirements()
	const dns, uri, ip, ipv6, email = harness.Role("san:dns"), harness.Role("san:uri"), harness.Role("san:ip"), harness.Role("san:ipv6"), harness.Role("san:email")
	return harness.Chapter{Title: "a client known by an alternative name", Slug: "alternative-names", Requirements: r.all(), Specs: func() {

		DescribeTable("is served", func(ctx SpecContext, role harness.Role) {
			Expect(w.Token(ctx, w.Client(role))).To(beServed())
		},
			Entry("with the DNS name that is registered", keeps(r["28"], "served"), dns),
			Entry("with the URI that is registered", keeps(r["39"], "served"), uri),
			Entry("with the IPv4 address that is registered", keeps(r["42"], "served"), ip),
			Entry("with the IPv6 address that is registered", keeps(r["43"], "served"), ipv6),
			Entry("with the mail address that is registered", keeps(r["48"], "served"), email),
		)

		It("is served with an IPv6 address that is registered in another spelling", keeps(r["43"], "other-spelling"), func(ctx SpecContext) {
			assume(w.Token(ctx, w.Client(ipv6))).To(beServed())
			Expect(w.Token(ctx, w.Client("san:ipv6-in-full"))).To(beServed())
		})

		It("is served with an international DNS name that is registered in its xn-- form", keeps(r["35"]), func(ctx SpecContext) {
			assume(w.Token(ctx, w.Client(dns))).To(beServed())
			Expect(w.Token(ctx, w.twin(w.Client("san:international"), "C-DNSIDN"))).To(beServed())
		})

		DescribeTable("is still served with", func(ctx SpecContext, role harness.Role, flaw string) {
			client := w.Client(role)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beServed())
		},
			Entry("its DNS name in capital letters", keeps(r["29"]), dns, "C-DNSCASE"),
			Entry("its DNS name as the last of ten", keeps(r["37"]), dns, "C-MULTISAN"),
			Entry("scheme and host of its URI in capital letters", keeps(r["40"], "case"), uri, "C-URINORM"),
			Entry("the host of its mail address in capital letters", keeps(r["49"], "host"), email, "C-MAILHOST"),
		)

		// Each of these certificates is rightly issued by the trusted CA: only the comparison of names can keep it out.
		DescribeTable("is not the holder of a certificate with", func(ctx SpecContext, role harness.Role, flaw string) {
			client := w.Client(role)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beRefused())
		},
			Entry("a wildcard that the DNS name fits", keeps(r["30"]), dns, "C-DNSWILD"),
			Entry("the DNS name as common name", keeps(r["32"]), dns, "C-DNSCN"),
			Entry("a DNS name below the registered one", keeps(r["33"], "below"), dns, "C-DNSSUB"),
			Entry("the DNS name above the registered one", keeps(r["33"], "above"), dns, "C-DNSPAR"),
			Entry("the DNS name and a dot", keeps(r["34"]), dns, "C-DNSDOT"),
			Entry("the DNS name before a NUL", keeps(r["36"]), dns, "C-NULDNS"),
			Entry("the DNS name in names of other kinds", keeps(r["38"]), dns, "C-SANTYPE"),
			Entry("a URI that leads to the registered one when its dots are resolved", keeps(r["40"], "dots"), uri, "C-URIDOT"),
			Entry("a URI below the registered one", keeps(r["41"], "below"), uri, "C-URIPFX"),
			Entry("the path of the URI in capital letters", keeps(r["41"], "path-case"), uri, "C-URICASE"),
			Entry("a longer host in the URI", keeps(r["41"], "longer-host"), uri, "C-URIHOST"),
			Entry("the registered host as user of another in the URI", keeps(r["41"], "user"), uri, "C-URIUSER"),
			Entry("the IPv4 address mapped into an IPv6 address", keeps(r["44"]), ip, "C-IP4MAP"),
			Entry("the IP address as DNS name", keeps(r["45"]), ip, "C-IPDNS"),
			Entry("the mail address with another local part, in capital letters", keeps(r["49"], "local-part"), email, "C-MAILLOCAL"),
			Entry("the mail address as name of a user", keeps(r["51"]), email, "C-OTHER"),
			Entry("no alternative name at all", keeps(r["53"], "no-names"), dns, "C-DNONLY"),
		)

		It("is not the holder of a certificate with the IPv4 address and a mask", keeps(r["46"]), func(ctx SpecContext) {
			client := w.Client(ip)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, "C-IP8"))).To(beKeptOut())
		})

		DescribeTable("is not the holder of a certificate with other names:", func(ctx SpecContext, role harness.Role) {
			client := w.Client(role)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.Shows(client, w.Mint().Client("somebody with other names", othersNames()...)))).To(beRefused())
		},
			Entry("another DNS name", keeps(r["28"], "other"), dns),
			Entry("another URI", keeps(r["39"], "other"), uri),
			Entry("another IPv4 address", keeps(r["42"], "other"), ip),
			Entry("another IPv6 address", keeps(r["43"], "other"), ipv6),
			Entry("another mail address of the same host", keeps(r["48"], "other"), email),
		)

		It("is not the holder of a certificate with its mail address in the subject alone", keeps(r["50"]), func(ctx SpecContext) {
			client := w.Client(email)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.Shows(client, w.Mint().Client("somebody with the mail address in the subject", withMail(w.mail(email)))))).To(beRefused())
		})

		It("is not another client that shows its own certificate", keeps(r["53"], "another-client"), func(ctx SpecContext) {
			client, other := w.Client(dns), w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			assume(w.Token(ctx, other)).To(beServed())
			Expect(w.Token(ctx, client.Showing(other.Certificate))).To(beRefused())
		})

		It("is not everybody whose DNS name fits a wildcard that is registered", keeps(r["31"]), func(ctx SpecContext) {
			assume(w.Token(ctx, w.Client(dns))).To(beServed())
			Expect(w.Token(ctx, w.onTrust("san:wildcard"))).To(beRefused())
		})
	}}
}

// othersNames are a name of each kind that nobody registered. The mail address has the host of the one in the certificate san.
func othersNames() []pki.Trait {
	return []pki.Trait{trait.Subject("CN=somebody,O=mtlscheck"), trait.DNS("other.example"), trait.URI("spiffe://other.example/workload"),
		trait.IP("192.0.2.77", "2001:db8::77"), trait.Email("somebody@client1.example")}
}

// withMail is a subject with a mail address, and no alternative name.
func withMail(address string) pki.Trait {
	return func(d *trait.Draft) {
		cn, err := dn.Of("CN", dn.UTF8, "somebody")
		d.Fail(err)
		mail, err := dn.Of("emailAddress", dn.IA5, address)
		d.Fail(err)
		name, err := dn.New(dn.RDN{cn}, dn.RDN{mail})
		d.Fail(err)
		trait.SubjectName(name)(d)
	}
}

// mail is the mail address by which a role is registered.
func (w *World) mail(role harness.Role) string {
	address, err := alternativeName(ByEmail, w.Identity(role))
	if err != nil {
		w.NotApplicable(err.Error())
	}
	return address
}
