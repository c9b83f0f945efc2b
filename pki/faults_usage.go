package pki

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// timeFaults are about validity.
func timeFaults() []Fault {
	validity := []trait.Part{trait.PartValidity}
	return []Fault{
		{
			Name: "expired", Code: "C-EXP", Doc: "The certificate ended a day ago.", Differs: validity,
			Traits: []Trait{trait.Expired}, Expect: Expect{Refuse, GoExpired, 10}, Refs: []string{"RFC 5280 §6.1.3", "CVE-2020-35509"},
		},
		{
			Name: "not-yet-valid", Code: "C-NYV", Doc: "The certificate begins tomorrow.", Differs: validity,
			Traits: []Trait{trait.NotYetValid}, Expect: Expect{Refuse, GoExpired, 9}, Refs: []string{"RFC 5280 §6.1.3"},
		},
		{
			Name: "inverted-validity", Code: "C-INV", Doc: "The certificate ends before it begins; now lies between.", Differs: validity,
			Traits: []Trait{trait.Inverted}, Expect: Expect{Refuse, GoExpired, 9}, Refs: []string{"RFC 5280 §4.1.2.5"},
		},
		{
			Name: "short-lived", Code: "C-SHORT", Doc: "The certificate ends 60 seconds after it was made.", Differs: validity,
			Traits: []Trait{shortLived}, Expect: Expect{Accept, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.1.2.5"},
		},
		{
			Name: "fresh", Code: "C-FRESH", Doc: "The certificate began one second before it was made.", Differs: validity,
			Traits: []Trait{begins(-time.Second)}, Expect: Expect{Accept, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.1.2.5"},
		},
		{
			Name: "about-to-begin", Code: "C-FRESH2", Doc: "The certificate begins two seconds after it was made, as where two clocks differ.", Differs: validity,
			Traits: []Trait{begins(2 * time.Second)}, Expect: Expect{Either, GoExpired, 9}, Refs: []string{"RFC 5280 §4.1.2.5"},
		},
		{
			Name: "expired-chain", Code: "C-EXPCHAIN", Doc: "The intermediate authority ended a day ago.",
			Differs: []trait.Part{trait.PartIssuer, trait.PartExtensions},
			Expect:  Expect{Refuse, GoExpired, 10}, Refs: []string{"RFC 5280 §6.1.3"}, make: below(trait.Expired),
		},
	}
}

// shortLived and begins are measured from the moment at which the certificate is made.
func shortLived(d *trait.Draft) { d.NotAfter = d.Moment.Add(time.Minute) }

func begins(after time.Duration) Trait {
	return func(d *trait.Draft) { d.NotBefore = d.Moment.Add(after) }
}

// usageFaults are about what a certificate may be used for.
func usageFaults() []Fault {
	exts := []trait.Part{trait.PartExtensions}
	chain := []trait.Part{trait.PartIssuer, trait.PartExtensions}
	key := []trait.Part{trait.PartKey, trait.PartExtensions}
	return []Fault{
		{
			Name: "server-auth-only", Code: "C-EKUS", Doc: "The extended key usage is serverAuth alone.", Differs: exts,
			Traits: []Trait{trait.ServerAuthOnly}, Expect: Expect{Refuse, GoUsage, 26}, Refs: []string{"RFC 5280 §4.2.1.12", "CVE-2026-45389", "CVE-2022-21657"},
		},
		{
			Name: "no-eku", Code: "C-EKU0", Doc: "There is no extended key usage, which restricts nothing.", Differs: exts,
			Traits: []Trait{trait.NoExtKeyUsage}, Expect: Expect{Accept, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.2.1.12"},
		},
		{
			Name: "any-eku", Code: "C-EKUANY", Doc: "The extended key usage is anyExtendedKeyUsage alone.", Differs: exts,
			Traits: []Trait{trait.ExtKeyUsage("any")}, Expect: Expect{Either, GoAccepts, 26}, Refs: []string{"RFC 5280 §4.2.1.12"},
		},
		{
			Name: "other-eku", Code: "C-EKUX", Doc: "The extended key usage is emailProtection, codeSigning and OCSPSigning.", Differs: exts,
			Traits: []Trait{trait.ExtKeyUsage("emailProtection", "codeSigning", "OCSPSigning")}, Expect: Expect{Refuse, GoUsage, 26}, Refs: []string{"RFC 5280 §4.2.1.12"},
		},
		{
			Name: "chain-server-auth", Code: "C-EKUINT", Doc: "The intermediate authority's extended key usage is serverAuth alone.", Differs: chain,
			Expect: Expect{Refuse, GoUsage, 26}, make: below(trait.ServerAuthOnly),
		},
		{
			Name: "key-agreement-only", Code: "C-KU", Doc: "The key usage is keyAgreement alone.", Differs: exts,
			Traits: []Trait{trait.KeyUsage(x509.KeyUsageKeyAgreement)}, Expect: Expect{Refuse, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.2.1.3", "RFC 5246 §7.4.6"},
		},
		{
			Name: "cert-sign-only", Code: "C-KUCA", Doc: "The key usage is keyCertSign alone.", Differs: exts,
			Traits: []Trait{trait.KeyUsage(certSign)}, Expect: Expect{Refuse, GoAccepts, 26}, Refs: []string{"RFC 5280 §4.2.1.3"},
		},
		{
			Name: "no-key-usage", Code: "C-KU0", Doc: "There is no key usage, which restricts nothing.", Differs: exts,
			Traits: []Trait{trait.NoKeyUsage}, Expect: Expect{Accept, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.2.1.3"},
		},
		{
			Name: "ca-as-client", Code: "C-CA", Doc: "The certificate is an authority's (CA:TRUE).", Differs: exts,
			Traits: []Trait{trait.CA(true)}, Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.2.1.9"},
		},
		{
			Name: "path-length", Code: "C-PATHLEN", Doc: "An authority stands below one whose path length is 0.", Differs: chain,
			Expect: Expect{Refuse, GoTooManyAbove, 25}, Refs: []string{"RFC 5280 §6.1.4(l)"},
			make: func(a *Authority, like *Identity) *Identity {
				deeper := a.variant(trait.PathLen(0)).Sub("too-deep", trait.Subject("CN=mtlscheck Deeper CA,O=mtlscheck"))
				return like.With(trait.SignedBy(deeper))
			},
		},
		{
			Name: "chain-no-cert-sign", Code: "C-NOCERTSIGN", Doc: "The intermediate authority's key usage lacks keyCertSign.", Differs: chain,
			Expect: Expect{Refuse, GoUnknownAuthority, 79}, Refs: []string{"RFC 5280 §6.1.4(n)"}, make: below(trait.KeyUsage(digitalSignature | crlSign)),
		},
		{
			Name: "chain-not-ca", Code: "C-NOTCA", Doc: "The intermediate says CA:FALSE.", Differs: chain,
			Expect: Expect{Refuse, GoUnknownAuthority, 79}, Refs: []string{"RFC 5280 §6.1.4(k)"}, make: below(trait.CA(false)),
		},
		{
			Name: "chain-v1", Code: "C-V1CA", Doc: "The intermediate authority's certificate is X.509 version 1.", Differs: chain,
			Expect: Expect{Refuse, GoNotAuthority, 79}, Refs: []string{"RFC 5280 §6.1.4(k)"}, make: below(trait.V1),
		},
		{
			Name: "name-constraint-dn", Code: "C-NCDN", Doc: "The intermediate authority may only issue below O=other.", Differs: chain,
			Expect: Expect{Refuse, GoUnhandledCritical, 47}, Refs: []string{"RFC 5280 §4.2.1.10"},
			make: below(constraints([]trait.GeneralName{directory("O=other")}, nil)),
		},
		{
			Name: "name-constraint-dns", Code: "C-NCDNS", Doc: "The intermediate authority may only issue below good.example, and the certificate has client1.example.", Differs: chain,
			Expect: Expect{Refuse, GoNameConstraint, 47}, Refs: []string{"RFC 5280 §4.2.1.10"},
			make: constrained([]trait.GeneralName{{Tag: 2, Bytes: []byte("good.example")}}, nil, trait.DNS("client1.example")),
		},
		{
			Name: "name-constraint-case", Code: "C-NCCASE", Doc: "The intermediate authority may not issue for Client1.Example, and the certificate has client1.example.", Differs: chain,
			Expect: Expect{Refuse, GoNameConstraint, 48}, Refs: []string{"RFC 5280 §4.2.1.10", "GO-2026-4866"},
			make: constrained(nil, []trait.GeneralName{{Tag: 2, Bytes: []byte("Client1.Example")}}, trait.DNS("client1.example")),
		},
		{
			Name: "name-constraint-mail", Code: "C-NCMAIL", Doc: "The intermediate authority may issue for several mail domains, and the certificate has an address in none.", Differs: chain,
			Expect: Expect{Refuse, GoNameConstraint, 47}, Refs: []string{"RFC 5280 §4.2.1.10", "CVE-2026-27137"},
			make: constrained([]trait.GeneralName{{Tag: 1, Bytes: []byte("good.example")}, {Tag: 1, Bytes: []byte("fine.example")}}, nil, trait.Email("ops@client1.example")),
		},
		{
			Name: "critical-extension", Code: "C-CRITEXT", Doc: "An extension that nobody knows is critical.", Differs: exts,
			Traits: []Trait{trait.Extension(privateOID(2), true, []byte{0x05, 0x00})}, Expect: Expect{Refuse, GoUnhandledCritical, 34}, Refs: []string{"RFC 5280 §4.2"},
		},
		{
			Name: "sha1", Code: "C-SHA1", Doc: "The issuer signed with SHA-1.", Differs: []trait.Part{trait.PartSignature},
			Expect: Expect{Either, GoUnknownAuthority, 0},
			make: func(a *Authority, like *Identity) *Identity {
				algorithm := x509.ECDSAWithSHA1
				if _, rsaKey := a.Key().(*rsa.PrivateKey); rsaKey {
					algorithm = x509.SHA1WithRSA
				} else if _, ec := a.Key().(*ecdsa.PrivateKey); !ec {
					return overRSA(a, like, x509.SHA1WithRSA)
				}
				return like.With(trait.Signature(algorithm))
			},
		},
		{
			Name: "md5", Code: "C-MD5", Doc: "The issuer, an intermediate authority with an RSA key, signed with MD5.", Differs: []trait.Part{trait.PartSignature, trait.PartIssuer, trait.PartExtensions},
			Expect: Expect{Refuse, GoUnknownAuthority, 0},
			make:   func(a *Authority, like *Identity) *Identity { return overRSA(a, like, x509.MD5WithRSA) },
		},
		{
			Name: "rsa1024", Code: "C-RSA1024", Doc: "An RSA key of 1024 bits.", Differs: key,
			Traits: fixtureKey(trait.RSA1024), Expect: Expect{Either, GoAccepts, 0},
		},
		{
			Name: "v1", Code: "C-V1", Doc: "An X.509 version 1 certificate, without extensions.", Differs: []trait.Part{trait.PartVersion, trait.PartExtensions},
			Traits: []Trait{trait.V1}, Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 8446 §4.4.2.3", "RFC 5280 §4.1.2.1"},
		},
	}
}

// overRSA has an intermediate authority with an RSA key sign with an algorithm.
func overRSA(a *Authority, like *Identity, algorithm x509.SignatureAlgorithm) *Identity {
	return like.With(trait.SignedBy(a.variant(fixtureKey(trait.RSA2048)...)), trait.Signature(algorithm))
}

// constrained is below with name constraints, and gives the identity a name that breaks them.
func constrained(permitted, excluded []trait.GeneralName, name Trait) func(*Authority, *Identity) *Identity {
	return func(a *Authority, like *Identity) *Identity {
		return like.With(trait.SignedBy(a.variant(constraints(permitted, excluded))), name)
	}
}

func directory(rfc4514 string) trait.GeneralName {
	name, err := dn.Parse(rfc4514)
	if err != nil {
		return trait.GeneralName{Tag: 4}
	}
	return trait.GeneralName{Tag: 4, Bytes: name.DER()}
}

// constraints is the extension nameConstraints, critical (RFC 5280 §4.2.1.10).
func constraints(permitted, excluded []trait.GeneralName) Trait {
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for i, list := range [][]trait.GeneralName{permitted, excluded} {
			if len(list) == 0 {
				continue
			}
			b.AddASN1(cryptobyteasn1.Tag(i).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				for _, n := range list {
					subtree, err := trait.AltNames([]trait.GeneralName{n}) // a GeneralSubtree without minimum and maximum has the same form
					if err != nil {
						b.SetError(err)
						return
					}
					b.AddBytes(subtree)
				}
			})
		}
	})
	der, err := b.Bytes()
	return func(d *trait.Draft) {
		d.Fail(err)
		trait.Extension(trait.NameConstraints(), true, der)(d)
	}
}
