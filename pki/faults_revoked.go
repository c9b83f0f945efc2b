package pki

import (
	"errors"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// revocationFaults are right in all but one thing: their issuer took them back. A verifier that is not told where to ask
// cannot know, so servers are free (RFC 8705 §7.4 leaves it to them).
func revocationFaults() []Fault {
	return []Fault{
		{
			Name: "revoked", Code: "C-REV", Doc: "The issuer revoked the certificate: its list has it, and its OCSP answers say so.",
			Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 5280 §6.3", "RFC 6960"},
			make: func(_ *Authority, like *Identity) *Identity {
				twin := like.With(trait.Salt("revoked"))
				return revoke(twin, twin)
			},
		},
		{
			Name: "revoked-ocsp", Code: "C-REVO", Doc: "The issuer's OCSP answers say revoked, while its list does not have the certificate.",
			Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 6960 §2.2", "CVE-2024-2660", "CVE-2026-29145"}, make: answered(Revoked, "revoked by OCSP"),
		},
		{
			Name: "unknown-ocsp", Code: "C-REVO2", Doc: "The issuer's OCSP answers say that it does not know the certificate.",
			Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 6960 §2.2"}, make: answered(Unknown, "unknown to OCSP"),
		},
		{
			Name: "revoked-chain", Code: "C-REVCA", Doc: "The authority above revoked the intermediate authority.",
			Differs: []trait.Part{trait.PartIssuer, trait.PartExtensions},
			Expect:  Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 5280 §6.3"},
			make: func(a *Authority, like *Identity) *Identity {
				above := a.variant(trait.Salt("revoked"))
				return revoke(above.Identity, like.With(trait.SignedBy(above)))
			},
		},
	}
}

// answered makes a twin about which its issuer gives this OCSP answer.
func answered(status OCSPStatus, salt string) func(*Authority, *Identity) *Identity {
	return func(_ *Authority, like *Identity) *Identity {
		twin := like.With(trait.Salt(salt))
		return registered(twin, twin, func(r *Revocation) error { return r.Answer(OCSPOptions{Status: status}, twin) })
	}
}

// revoke lists an identity at its issuer, and returns the other.
func revoke(listed, result *Identity) *Identity {
	return registered(listed, result, func(r *Revocation) error { return r.Revoke(listed) })
}

func registered(listed, result *Identity, note func(*Revocation) error) *Identity {
	m, err := listed.made()
	if err == nil && m.issuer == nil {
		err = errors.New("a self-signed certificate cannot be revoked")
	}
	if err == nil {
		err = note(m.issuer.Revocation())
	}
	if err != nil {
		return failed(listed.recipe.lab, listed.Name(), err)
	}
	return result
}
