package pki

import (
	"errors"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// trustFaults carry the right subject and the wrong trust.
func trustFaults() []Fault {
	issuer := []trait.Part{trait.PartIssuer, trait.PartExtensions}
	return []Fault{
		{
			Name: "unknown-ca", Code: "C-U1", Doc: "The same subject from an authority that nobody trusts.", Differs: issuer,
			Expect: Expect{Refuse, GoUnknownAuthority, 20}, Refs: []string{"RFC 8705 §2.1", "RFC 8705 §7.4"},
			make: func(a *Authority, like *Identity) *Identity {
				return like.With(trait.SignedBy(a.lab().Root("unknown/"+a.Name(), trait.Subject("CN=Unknown Root,O=Unknown"))))
			},
		},
		{
			Name: "cloned-ca", Code: "C-X1", Doc: "The issuer is a copy of the trusted authority: same name, serial number and key identifier, another key.",
			Expect: Expect{Refuse, GoUnknownAuthority, 7}, Refs: []string{"RFC 8705 §7.4", "CVE-2026-93302"},
			make: func(a *Authority, like *Identity) *Identity { return like.With(trait.SignedBy(clonedAuthority(a))) },
		},
		{
			Name: "second-ca", Code: "C-B1", Doc: "The same subject from a second authority, for a server that is to trust both.", Differs: issuer,
			Expect: Expect{Refuse, GoUnknownAuthority, 20}, Refs: []string{"RFC 8705 §7.4"},
			make: func(a *Authority, like *Identity) *Identity {
				return like.With(trait.SignedBy(a.lab().Root("second/"+a.Name(), trait.Subject("CN=Second Root,O=mtlscheck"))))
			},
		},
		{
			Name: "self-signed", Code: "C-SSDN", Doc: "Self-signed with the registered subject, by a key of its own.", Differs: append([]trait.Part{trait.PartKey}, issuer...),
			Traits: []Trait{trait.SelfSigned, trait.NewKey}, Expect: Expect{Refuse, GoUnknownAuthority, 18}, Refs: []string{"RFC 8705 §2.1"},
		},
		{
			Name: "issued-by-leaf", Code: "C-LEAFCA", Doc: "Issued by another client's certificate, which is no authority.", Differs: issuer,
			Expect: Expect{Refuse, GoUnknownAuthority, 79}, Refs: []string{"RFC 5280 §6.1.4(k)", "CVE-2021-3450"},
			make: func(a *Authority, like *Identity) *Identity {
				leaf := a.Client("leaf-issuer", trait.Subject("CN=Another Client,O=mtlscheck"))
				return like.With(trait.SignedBy(&Authority{leaf}))
			},
		},
		{
			Name: "victim-appended", Code: "C-CHAINV", Doc: "Another client's certificate and key, with the registered client's certificate sent after it.",
			Differs: []trait.Part{trait.PartSubject, trait.PartKey, trait.PartExtensions},
			Expect:  Expect{Refuse, GoAccepts, 0}, Refs: []string{"RFC 8705 §2.1", "CVE-2023-2422"},
			make: func(a *Authority, like *Identity) *Identity {
				attacker := a.Client("attacker", trait.Subject("CN=mtlscheck-attacker,O=mtlscheck"))
				return attacker.With(trait.Followed(like.Chain()...))
			},
		},
		{
			Name: "other-key", Code: "C-FORGED", Doc: "Names the trusted authority as its issuer, and is signed by somebody else.",
			Traits: []Trait{trait.ForeignSignature("forger")}, Expect: Expect{Refuse, GoUnknownAuthority, 7}, Refs: []string{"RFC 5280 §6.1.3"},
		},
		{
			Name: "bad-signature", Code: "C-BADSIG", Doc: "The signature is one over other bytes.",
			Traits: []Trait{trait.CorruptSignature}, Expect: Expect{Refuse, GoUnknownAuthority, 7}, Refs: []string{"RFC 5280 §6.1.3"},
		},
	}
}

// clonedAuthority copies an authority and all above it, except for the keys.
func clonedAuthority(a *Authority) *Authority {
	m, err := a.made()
	if err != nil {
		return &Authority{failed(a.lab(), a.Name(), err)}
	}
	if m.issuer != nil {
		return copyOf(a, "clone/", trait.SignedBy(clonedAuthority(m.issuer)))
	} else if !m.selfMade {
		return copyOf(a, "clone/", trait.SelfSigned) // nobody above is known: the clone stands alone
	}
	return copyOf(a, "clone/")
}

// copyOf is an authority with the same name, serial number and key identifier and with another key, whose label begins with
// the prefix.
func copyOf(a *Authority, prefix string, t ...Trait) *Authority {
	same := func(d *trait.Draft) {
		p, err := dissect(a.DER())
		if err != nil {
			d.Fail(err)
			return
		}
		m, err := a.made()
		if err != nil {
			d.Fail(err)
			return
		}
		id := keyID(m)
		trait.KeyOf(prefix + d.KeyLabel)(d)
		d.Serial = p[trait.PartSerial][2:]
		if id != nil {
			trait.Extension(trait.SubjectKeyID(), false, append([]byte{0x04, byte(len(id))}, id...))(d)
		}
	}
	return &Authority{a.Identity.With(append([]Trait{same}, t...)...)}
}

// below makes the fault whose traits an intermediate authority has: the identity is issued by it.
func below(t ...Trait) func(*Authority, *Identity) *Identity {
	return func(a *Authority, like *Identity) *Identity {
		return like.With(trait.SignedBy(a.variant(t...)))
	}
}

// variant is an intermediate authority with these traits that a server which trusts a's root should otherwise accept: a twin
// of a if it is an intermediate itself, else one below it.
func (a *Authority) variant(t ...Trait) *Authority {
	m, err := a.made()
	if err != nil {
		return &Authority{failed(a.lab(), a.Name(), err)}
	}
	if m.issuer != nil {
		return a.With(t...)
	}
	if m.cert != nil && m.cert.MaxPathLenZero {
		return &Authority{failed(a.lab(), a.Name(), errors.New("this fault needs an intermediate authority, and the path length 0 of this one forbids any below it"))}
	}
	return a.Sub("issuing", append([]Trait{trait.Subject("CN=mtlscheck Issuing CA,O=mtlscheck")}, t...)...)
}
