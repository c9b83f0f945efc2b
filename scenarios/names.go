package scenarios

import (
	"encoding/json"
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Names is about clients that are known by the subject name of a certificate which a trusted CA issued (RFC 8705 §2.1).
func Names(w *World) harness.Chapter {
	r := subjectRequirements()
	return harness.Chapter{Title: "a client known by its subject name", Slug: "names", Requirements: r.all(), Specs: func() {

		DescribeTable("is served", func(ctx SpecContext, role harness.Role) {
			Expect(w.Token(ctx, w.Client(role))).To(beServed())
		},
			Entry("with the name that is registered", keeps(r["01"]), harness.Role("name")),
			Entry("with two values in one part", keeps(r["08"], "set"), harness.Role("dn:ou-set")),
			Entry("with two values in one part that is registered in the other order", keeps(r["08"], "other-order"), harness.Role("spelling:set-in-other-order")),
			Entry("with every character that is escaped", keeps(r["12"], "escaped"), harness.Role("dn:escapes")),
			Entry("with characters that are escaped as hexadecimal pairs", keeps(r["12"], "hex-pairs"), harness.Role("spelling:hex-pairs")),
			Entry("with attributes that RFC 4514 knows by OID alone", keeps(r["14"], "known-attributes"), harness.Role("dn:organization-identifier")),
			Entry("with an attribute that nobody knows", keeps(r["14"], "unknown-attribute"), harness.Role("dn:unknown-oid")),
			Entry("with such attributes registered by their long names", keeps(r["14"], "long-labels", harness.May), harness.Role("spelling:long-labels")),
			Entry("with an e-mail attribute", keeps(r["15"]), harness.Role("dn:email")),
		)

		// Each twin is rightly issued by the trusted CA: only the comparison of names can keep it out.
		DescribeTable("is not the holder of a certificate with", func(ctx SpecContext, role harness.Role, flaw string) {
			client := w.Client(role)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beRefused())
		},
			Entry("another common name", keeps(r["02"], "cn"), harness.Role("name"), "C-DN-CN"),
			Entry("another organizational unit", keeps(r["02"], "ou"), harness.Role("name"), "C-DN-OU"),
			Entry("another organization", keeps(r["02"], "o"), harness.Role("name"), "C-DN-O"),
			Entry("another country", keeps(r["02"], "c"), harness.Role("name"), "C-DN-C"),
			Entry("one part more", keeps(r["03"]), harness.Role("name"), "C-DN-EXTRA"),
			Entry("one part less", keeps(r["04"]), harness.Role("name"), "C-DN-LESS"),
			Entry("the same parts in another order", keeps(r["05"]), harness.Role("name"), "C-REORD"),
			Entry("one of two organizational units twice, and the other not at all", keeps(r["07"]), harness.Role("dn:two-ous"), "C-DUPOU"),
			Entry("two values of one part as two parts", keeps(r["08"], "split"), harness.Role("dn:ou-set"), "C-SPLIT"),
			Entry("the whole registered name as the text of one value", keeps(r["13"]), harness.Role("name"), "C-CNINJ"),
			Entry("a common name that begins with the registered one", keeps(r["16"], "longer"), harness.Role("name"), "C-CNPRE"),
			Entry("a common name that ends with the registered one", keeps(r["16"], "prefixed"), harness.Role("name"), "C-CNSUF"),
			Entry("a common name that contains the registered one", keeps(r["16"], "around"), harness.Role("name"), "C-CNINF"),
			Entry("a common name that the registered one matches as a pattern", keeps(r["17"]), harness.Role("dn:pattern"), "C-RE"),
			Entry("the registered common name, and all else different", keeps(r["18"]), harness.Role("name"), "C-SAMECN"),
			Entry("the registered common name before a NUL", keeps(r["19"]), harness.Role("name"), "C-NULCN"),
			Entry("the registered common name before a line break", keeps(r["20"]), harness.Role("name"), "C-LFCN"),
			Entry("a common name that looks like the registered one", keeps(r["21"]), harness.Role("name"), "C-HOMO"),
			Entry("two common names, the registered one first", keeps(r["24"], "first"), harness.Role("name"), "C-TWOCN"),
			Entry("two common names, the registered one last", keeps(r["24"], "last"), harness.Role("name"), "C-TWOCN2"),
			Entry("another name, sent before the client's own certificate", keeps(r["25"]), harness.Role("name"), "C-CHAINV"),
		)

		It("is not the holder of a certificate with the registered common name before a U+0000 in BMPString", keeps(r["23"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.named(client, func(rdns []dn.RDN) ([]dn.RDN, error) { return rdns, recoded(rdns, "\x00.evil") }))).To(beRefused())
		})

		It("is not everybody whom the registered CA has issued a certificate to", keeps(r["26"]), func(ctx SpecContext) {
			client := w.onTrust("spelling:issuers-name")
			assume(w.Token(ctx, w.Client("name"))).To(beServed())
			Expect(w.Token(ctx, client)).To(beRefused())
		})

		It("is not somebody whose name is registered the other way round", keeps(r["06"]), func(ctx SpecContext) {
			client := w.onTrust("spelling:encoded-order")
			assume(w.Token(ctx, w.Client("name"))).To(beServed())
			Expect(w.Token(ctx, client)).To(beRefused())
		})

		DescribeTable("is still served with", func(ctx SpecContext, role harness.Role, flaw string) {
			client := w.Client(role)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beServed())
		},
			Entry("a common name in other case", keeps(r["09"]), harness.Role("name"), "C-CASE"),
			Entry("blanks around its common name", keeps(r["10"]), harness.Role("name"), "C-SPACE"),
			Entry("its name in PrintableString", keeps(r["11"], "printable"), harness.Role("name"), "C-PRN"),
			Entry("its name in UTF8String", keeps(r["11"], "utf8"), harness.Role("name"), "C-UTF8"),
			Entry("its name in BMPString", keeps(r["23"], "same-text", harness.May), harness.Role("name"), "C-BMP"),
			Entry("an accented letter in one character instead of two", keeps(r["22"], "composed"), harness.Role("dn:decomposed"), "C-NFC"),
			Entry("an accented letter in two characters instead of one", keeps(r["22"], "decomposed"), harness.Role("dn:accents"), "C-NFD"),
			Entry("a renewed certificate", keeps(r["27"]), harness.Role("name"), "C-OK1R"),
		)

		It("shares its name with another client, and not its tokens", keeps(r["52"]), func(ctx SpecContext) {
			one, two := w.Client("name"), w.Client("same-name")
			first, second := w.Inspect(ctx, one, w.Token(ctx, one)), w.Inspect(ctx, two, w.Token(ctx, two))
			assume(first).To(beServed())
			Expect(second).To(beServed())
			if holder(first) == "" || holder(second) == "" {
				w.NotApplicable("the access tokens do not say which client they were issued to")
			}
			Expect(first).To(belongTo(one))
			Expect(second).To(belongTo(two))
		})
	}}
}

// holder is the client to which a token says that it was issued (RFC 9068 §2.2, RFC 7662 §2.2), empty if it does not say.
func holder(a suite.Answer) string {
	for _, claim := range []string{"client_id", "azp"} {
		var id string
		if json.Unmarshal(a.Claims[claim], &id) == nil && id != "" {
			return id
		}
	}
	return ""
}

// belongTo: the token says that it was issued to this client.
func belongTo(p harness.Person) types.GomegaMatcher {
	return suite.Check("a token for the client "+p.ClientID, func(a suite.Answer) suite.Finding {
		if id := holder(a); id != p.ClientID {
			return suite.Broken("a token for the client %q", id)
		}
		return suite.Holds()
	})
}

// twin is Flawed for a fault that not every certificate can have: where the person's own lacks what the fault would change,
// the scenario does not apply.
func (w *World) twin(p harness.Person, flaw string) harness.Person {
	if err := w.mintFor(flaw).Fault(w.Identity(p.Role), flaw).Err(); err != nil {
		w.NotApplicable("the certificate of the role " + string(p.Role) + " cannot have this flaw: " + err.Error())
	}
	return w.Flawed(p, flaw)
}

// named is the person with a new certificate of the trusted CA whose subject is an edit of its own.
func (w *World) named(p harness.Person, edit func([]dn.RDN) ([]dn.RDN, error)) harness.Person {
	like := w.Identity(p.Role)
	rdns, err := edit(like.DN().RDNs())
	if err != nil {
		w.NotApplicable("the certificate of the role " + string(p.Role) + " cannot have this name: " + err.Error())
	}
	name, err := dn.New(rdns...)
	if err != nil {
		w.Inconclusive("a name could not be made: " + err.Error())
	}
	return w.Shows(p, w.Mint().Client(like.Name()+" under a similar name", trait.SubjectName(name)))
}

// recoded writes the common name as BMPString with something behind it.
func recoded(rdns []dn.RDN, behind string) error {
	for _, rdn := range rdns {
		for i, a := range rdn {
			if a.Type != "2.5.4.3" {
				continue
			}
			text, _ := a.Value.Text()
			value, err := dn.Text(dn.BMP, text+behind)
			if err != nil {
				return err
			}
			rdn[i].Value = value
			return nil
		}
	}
	return errors.New("it has no common name")
}
