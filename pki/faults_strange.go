package pki

import (
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// strangeFaults are about keys, names and policies that a careless parser or verifier falls over.
func strangeFaults() []Fault {
	key := []trait.Part{trait.PartKey, trait.PartExtensions}
	chain := []trait.Part{trait.PartIssuer, trait.PartExtensions}
	return []Fault{
		{
			Name: "curveball", Code: "C-CURVEBALL", Doc: "The root above is sent as a twin whose explicit curve parameters make its own public key the generator, and which therefore anybody can sign for.",
			Expect: Expect{Refuse, GoDoesNotParse, 7}, Refs: []string{"CVE-2020-0601", "RFC 5480 §2.1.1"}, make: curveball,
		},
		{
			Name: "rsa16384", Code: "C-RSAHUGE", Doc: "An RSA key of 16384 bits, which costs a server that verifies with it.", Differs: key,
			Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"CVE-2023-29409"},
			make: func(a *Authority, like *Identity) *Identity {
				huge, err := a.lab().keyOnce("key/rsa16384", a.lab().hugeRSA)
				if err != nil {
					return failed(a.lab(), "rsa16384", err)
				}
				return like.With(trait.WithKey(huge))
			},
		},
		{
			Name: "rsa-huge-exponent", Code: "C-RSAEXP", Doc: "The exponent of an RSA key is 2⁶⁴+1. Nobody holds the private key.", Differs: key,
			Expect: Expect{Refuse, GoDoesNotParse, 0}, Refs: []string{"RFC 8017 §3.1"},
			make: rewritten(func(_, e *big.Int) { e.Lsh(big.NewInt(1), 64).SetBit(e, 0, 1) }),
		},
		{
			Name: "rsa-even-modulus", Code: "C-RSAEVEN", Doc: "The modulus of an RSA key is even, which no product of odd primes is. Nobody holds the private key.", Differs: key,
			Expect: Expect{Refuse, GoAccepts, 0}, Refs: []string{"RFC 8017 §3.1", "CVE-2022-0778"},
			make: rewritten(func(n, _ *big.Int) { n.SetBit(n, 0, 0) }),
		},
		{
			Name: "odd-names", Code: "C-ODD", Doc: "The intermediate authority may only issue below good.example, and the certificate has an empty DNS name, one of a dot, and the e-mail address @.", Differs: chain,
			Expect: Expect{Refuse, GoNameConstraint, 47}, Refs: []string{"RFC 5280 §4.2.1.10", "CVE-2026-27138"},
			make: func(a *Authority, like *Identity) *Identity {
				below := constraints([]trait.GeneralName{{Tag: dnsName, Bytes: []byte("good.example")}, {Tag: emailName, Bytes: []byte("good.example")}}, nil)
				return like.With(trait.SignedBy(a.variant(below)), trait.RawName(dnsName, nil), trait.RawName(dnsName, []byte(".")), trait.RawName(emailName, []byte("@")))
			},
		},
		{
			Name: "policy-mappings", Code: "C-POLICYMAP", Doc: "Twenty intermediate authorities, each with two policies that it maps to both of the next: a tree of them has a million leaves.", Differs: chain,
			Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 5280 §6.1", "CVE-2023-0464", "CVE-2026-32281"}, make: mapped20,
		},
	}
}

// rewritten gives the RSA key that all fixtures share, with another modulus or exponent written into the certificate.
func rewritten(edit func(n, e *big.Int)) func(*Authority, *Identity) *Identity {
	return func(a *Authority, like *Identity) *Identity {
		key, err := a.lab().keyNamed(trait.RSA2048, "fixture")
		if err != nil {
			return failed(a.lab(), like.Name(), err)
		}
		return like.With(trait.WithKey(key), rewrittenRSA(edit))
	}
}

// mapped20 stacks authorities with policies that branch at each.
func mapped20(a *Authority, like *Identity) *Identity {
	p, q := asn1.ObjectIdentifier(privateOID(11)), asn1.ObjectIdentifier(privateOID(12))
	type mapping struct{ Issuer, Subject asn1.ObjectIdentifier }
	type information struct{ Policy asn1.ObjectIdentifier }
	policies, err := asn1.Marshal([]information{{p}, {q}})
	mappings, also := asn1.Marshal([]mapping{{p, p}, {p, q}, {q, p}, {q, q}})
	branching := func(d *trait.Draft) {
		d.Fail(err)
		d.Fail(also)
		trait.PathLen(-1)(d)
		trait.Extension(trait.OID(2, 5, 29, 32), false, policies)(d)
		trait.Extension(trait.OID(2, 5, 29, 33), true, mappings)(d)
	}
	issuer := a.variant(branching)
	for n := range 19 {
		issuer = issuer.Sub(fmt.Sprint("mapped-", n), trait.Subject(fmt.Sprintf("CN=mtlscheck Mapping CA %d,O=mtlscheck", n+1)), branching)
	}
	return like.With(trait.SignedBy(issuer), trait.Extension(trait.OID(2, 5, 29, 32), false, policies))
}
