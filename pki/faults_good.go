package pki

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// goodTwins differ in what must not matter to a server that knows the client by its subject.
func goodTwins() []Fault {
	return []Fault{
		{
			Name: "renewed", Code: "C-OK1R", Doc: "A renewal: same subject, new key.",
			Traits: []Trait{trait.NewKey}, Differs: []trait.Part{trait.PartKey, trait.PartExtensions},
			Expect: Expect{Accept, GoAccepts, 0}, Refs: []string{"RFC 8705 §2.1"},
		},
		{
			Name: "reissued", Code: "C-OK1S", Doc: "A re-issue: same subject and key, another serial number.",
			Traits: []Trait{trait.Salt("reissued")}, Expect: Expect{Accept, GoAccepts, 0}, Refs: []string{"RFC 8705 §2.1"},
		},
		{
			Name: "via-intermediate", Code: "C-A1", Doc: "Issued by an intermediate authority, which the client sends.",
			Differs: []trait.Part{trait.PartIssuer, trait.PartExtensions},
			Expect:  Expect{Accept, GoAccepts, 0}, Refs: []string{"RFC 8705 §2.1", "RFC 5280 §6"},
			make: below(),
		},
		{
			Name: "no-chain", Code: "C-NOCHAIN", Doc: "Issued by an intermediate authority, which the client does not send.",
			Differs: []trait.Part{trait.PartIssuer, trait.PartExtensions},
			Expect:  Expect{Either, GoUnknownAuthority, 20}, Refs: []string{"RFC 8446 §4.4.2"},
			make: func(a *Authority, like *Identity) *Identity { return below()(a, like).With(trait.NoChain) },
		},
		{
			Name: "many-plus", Code: "C-PLUS", Doc: "The base64 of the certificate has six or more + signs, which form encoding turns into blanks.",
			Expect: Expect{Accept, GoAccepts, 0}, make: manyPlus,
		},
		{
			Name: "big", Code: "C-BIG", Doc: "A certificate of 20 KB, by an extension that nobody knows and that is not critical.",
			Traits:  []Trait{padding(20 * 1024)},
			Differs: []trait.Part{trait.PartExtensions}, Expect: Expect{Accept, GoAccepts, 0},
		},
		{
			Name: "big-60k", Code: "C-BIG60", Doc: "A certificate of 60 KB, which not every TLS library takes.",
			Traits:  []Trait{padding(60 * 1024)},
			Differs: []trait.Part{trait.PartExtensions}, Expect: Expect{Either, GoAccepts, 0},
		},
		{
			Name: "big-105k", Code: "C-BIG105", Doc: "A certificate of 105 KB, which most TLS libraries refuse; they should do so cleanly.",
			Traits:  []Trait{padding(105 * 1024)},
			Differs: []trait.Part{trait.PartExtensions}, Expect: Expect{Either, GoAccepts, 0},
		},
		{
			Name: "key-rsa2048", Code: "C-RSA2048", Doc: "An RSA key of 2048 bits.",
			Traits: fixtureKey(trait.RSA2048), Differs: []trait.Part{trait.PartKey, trait.PartExtensions}, Expect: Expect{Accept, GoAccepts, 0},
		},
		{
			Name: "key-rsa-pss", Code: "C-RSAPSS", Doc: "An RSA key whose algorithm is written as id-RSASSA-PSS, which many libraries cannot use.",
			Traits: append(fixtureKey(trait.RSA2048), trait.PSSKey), Differs: []trait.Part{trait.PartKey, trait.PartExtensions}, Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 4055 §1.2"},
		},
		{
			Name: "key-p384", Code: "C-P384", Doc: "An elliptic-curve key on P-384.",
			Traits: fixtureKey(trait.P384), Differs: []trait.Part{trait.PartKey, trait.PartExtensions}, Expect: Expect{Accept, GoAccepts, 0},
		},
		{
			Name: "key-p521", Code: "C-P521", Doc: "An elliptic-curve key on P-521.",
			Traits: fixtureKey(trait.P521), Differs: []trait.Part{trait.PartKey, trait.PartExtensions}, Expect: Expect{Accept, GoAccepts, 0},
		},
		{
			Name: "key-ed25519", Code: "C-ED25519", Doc: "An Ed25519 key, which not every server knows.",
			Traits: fixtureKey(trait.Ed25519), Differs: []trait.Part{trait.PartKey, trait.PartExtensions}, Expect: Expect{Either, GoAccepts, 0},
		},
	}
}

// fixtureKey is the one key of a kind that all fixtures share: making an RSA key takes longer than all else.
func fixtureKey(kind trait.KeyKind) []Trait {
	return []Trait{trait.Key(kind), trait.KeyOf("fixture")}
}

// privateOID is an object identifier below 1.3.6.1.4.1.55555, which means nothing to anybody.
func privateOID(n int) []int { return []int{1, 3, 6, 1, 4, 1, 55555, n} }

// manyPlus tries serial numbers until the base64 has six plus signs.
func manyPlus(_ *Authority, like *Identity) *Identity {
	const tries = 2000
	for n := range tries {
		twin := like.With(trait.Salt(fmt.Sprint("plus/", n)))
		if strings.Count(base64.StdEncoding.EncodeToString(twin.DER()), "+") >= 6 || twin.Err() != nil {
			return twin
		}
	}
	return failed(like.recipe.lab, "many-plus", fmt.Errorf("none of %d certificates has six plus signs in its base64", tries))
}

// padding is an extension of zeros, which is only made when it is needed.
func padding(size int) Trait {
	return func(d *trait.Draft) { trait.Extension(privateOID(1), false, make([]byte, size))(d) }
}
