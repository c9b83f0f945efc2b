package pki

import (
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// selfSignedFaults are twins of a registered self-signed certificate (RFC 8705 §2.2). What is expected of Go and OpenSSL is
// their answer when the twin itself is the trust anchor, because its chain is nobody's business.
func selfSignedFaults() []Fault {
	key := []trait.Part{trait.PartKey, trait.PartExtensions}
	exts := []trait.Part{trait.PartExtensions}
	rule := []string{"RFC 8705 §2.2"}
	return []Fault{
		{Name: "self-same-key", Code: "S-1K", Doc: "The registered key in another self-signed certificate.", SelfSigned: true,
			Traits: []Trait{trait.Salt("same-key")}, Expect: Expect{Refuse, GoAccepts, 0}, Refs: rule},
		{Name: "self-same-name", Code: "S-SAMEDN", Doc: "Subject and issuer of the registered certificate, another key.", SelfSigned: true,
			Traits: []Trait{trait.NewKey}, Differs: key, Expect: Expect{Refuse, GoAccepts, 0}, Refs: rule},
		{Name: "self-foreign-signature", Code: "S-FAKE", Doc: "Issuer and subject are the same, and another key signed.", SelfSigned: true,
			Traits: []Trait{trait.ForeignSignature("foreign")}, Expect: Expect{Refuse, GoAccepts, 0}, Refs: rule},
		{Name: "self-expired", Code: "S-EXP", Doc: "A self-signed certificate that ended a day ago.", SelfSigned: true, Registered: true,
			Traits: []Trait{trait.Expired}, Differs: []trait.Part{trait.PartValidity}, Expect: Expect{Either, GoExpired, 10}, Refs: rule},
		{Name: "self-server-auth", Code: "S-EKUS", Doc: "A self-signed certificate for servers alone.", SelfSigned: true, Registered: true,
			Traits: []Trait{trait.ServerAuthOnly}, Differs: exts, Expect: Expect{Either, GoUsage, 26}, Refs: rule},
		{Name: "self-ca", Code: "S-CA", Doc: "A self-signed certificate with CA:TRUE.", SelfSigned: true, Registered: true,
			Traits: []Trait{trait.CA(true)}, Differs: exts, Expect: Expect{Either, GoAccepts, 0}, Refs: rule},
		{Name: "self-v1", Code: "S-V1", Doc: "A self-signed certificate of X.509 version 1, as in RFC 8705 appendix A.", SelfSigned: true, Registered: true,
			Traits: []Trait{trait.V1}, Differs: []trait.Part{trait.PartVersion, trait.PartExtensions}, Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 8705 Appendix A"}},
		{Name: "self-rsa", Code: "S-RSA", Doc: "A self-signed certificate with an RSA key of 2048 bits.", SelfSigned: true, Registered: true,
			Traits: fixtureKey(trait.RSA2048), Differs: append([]trait.Part{trait.PartSignature}, key...), Expect: Expect{Accept, GoAccepts, 0}, Refs: rule},
		{Name: "self-ec", Code: "S-EC", Doc: "A self-signed certificate with a P-256 key of its own.", SelfSigned: true, Registered: true,
			Traits: fixtureKey(trait.P256), Differs: key, Expect: Expect{Accept, GoAccepts, 0}, Refs: rule},
		{Name: "self-ed25519", Code: "S-ED", Doc: "A self-signed certificate with an Ed25519 key.", SelfSigned: true, Registered: true,
			Traits: fixtureKey(trait.Ed25519), Differs: append([]trait.Part{trait.PartSignature}, key...), Expect: Expect{Either, GoAccepts, 0}, Refs: rule},
		{Name: "self-unregistered", Code: "S-UNREG", Doc: "A self-signed certificate that nobody registered: other name, other key.", SelfSigned: true,
			Traits: []Trait{trait.Subject("CN=unregistered,O=mtlscheck"), trait.NewKey}, Differs: append([]trait.Part{trait.PartSubject, trait.PartIssuer}, key...),
			Expect: Expect{Refuse, GoAccepts, 0}, Refs: rule},
	}
}
