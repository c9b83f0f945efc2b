package pki

import (
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
	}
}

func timeFaults() []Fault {
	return []Fault{
		{
			Name: "expired", Code: "C-EXP", Doc: "The certificate ended a day ago.",
			Traits: []Trait{trait.Expired}, Differs: []trait.Part{trait.PartValidity},
			Expect: Expect{Refuse, GoExpired, 10}, Refs: []string{"RFC 5280 §6.1.3"},
		},
		{
			Name: "not-yet-valid", Code: "C-NYV", Doc: "The certificate begins tomorrow.",
			Traits: []Trait{trait.NotYetValid}, Differs: []trait.Part{trait.PartValidity},
			Expect: Expect{Refuse, GoExpired, 9}, Refs: []string{"RFC 5280 §6.1.3"},
		},
	}
}

func trustFaults() []Fault {
	return []Fault{
		{
			Name: "unknown-ca", Code: "C-U1", Doc: "The same subject from an authority that nobody trusts.",
			Differs: []trait.Part{trait.PartIssuer, trait.PartExtensions},
			Expect:  Expect{Refuse, GoUnknownAuthority, 20}, Refs: []string{"RFC 8705 §2.1", "RFC 8705 §7.4"},
			make: func(a *Authority, like *Identity) *Identity {
				rogue := a.lab().Root("rogue/"+a.Name(), trait.Subject("CN=Unknown Root,O=Unknown"))
				return like.With(trait.SignedBy(rogue))
			},
		},
	}
}

func usageFaults() []Fault      { return nil }
func nameFaults() []Fault       { return nil }
func selfSignedFaults() []Fault { return nil }
