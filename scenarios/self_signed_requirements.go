package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// selfSignedRequirements are about clients that are known by the certificate itself (RFC 8705 §2.2): the area SS of the
// matrix.
func selfSignedRequirements() rows {
	const cite = "RFC 8705 §2.2"
	const impersonate = "There is no CA to vouch for the certificate: what the server compares is all that stands between a stranger and the client's tokens."
	const keys = "RFC 7517 §4.7"
	compare := harness.Advice{
		Any: "Compare the DER of the certificate that was shown, or its SHA-256, with the first certificate of x5c of each registered key, and nothing else.",
		For: map[string]string{
			"identityserver": "X509ThumbprintSecretValidator compares the SHA-1 thumbprint with the X509CertificateThumbprint secrets; if another certificate gets in, look for an ISecretValidator of your own.",
			"spring":         "Spring Authorization Server compares public keys; check the certificate itself in an X509ClientCertificateAuthenticationProvider of your own.",
			"go-oidc":        "go-oidc finds the registered key by its declared x5t#S256; refuse keys whose declared thumbprint is not that of x5c when clients are registered.",
		},
	}
	registered := harness.Advice{
		Any: "Compare what is registered with the certificate that the client shows, and see whether the TLS layer refuses self-signed certificates before the server can compare.",
		For: map[string]string{
			"identityserver": "AllowedCertificateTypes must include SelfSigned; the secret is the SHA-1 thumbprint in hexadecimal without separators. Kestrel must let unknown certificates through (AllowAnyClientCertificate).",
			"nginx":          "ssl_verify_client optional_no_ca; with optional nginx answers 400 to every self-signed certificate.",
		},
	}
	r := rows{}
	r.add("SS-", harness.Must, cite, "It is what the method is for; nothing else can be judged where it fails.", registered,
		[2]string{"01", "A client that shows its registered certificate is served."},
		[2]string{"04", "Of several registered certificates, each is served."})
	r.add("SS-", harness.Must, cite, impersonate, compare,
		[2]string{"03", "A certificate that nobody registered is refused, by the server rather than by TLS."},
		[2]string{"20", "A certificate with subject and issuer of the registered one is refused."})
	r.add("SS-", harness.Must, "RFC 8705 §2.2, RFC 7591 §2", "Whoever can keep the server from fetching the keys would be the client.", harness.Advice{
		Any: "Where the JWK Set at jwks_uri cannot be had, the client has no certificate, and nobody is it; bound the time that a fetch may take.",
	},
		[2]string{"08", "A client whose keys cannot be had is nobody."})
	r.add("SS-", harness.Should, cite, "A client that replaced its certificate without a new key expects the old one to be dead.", compare,
		[2]string{"11", "Another certificate with the registered key is refused: the certificate counts, not its key."})
	r.add("SS-", harness.Should, "RFC 8705 §2.2.2", "A key alone says nothing about the certificates that its holder may make.", compare,
		[2]string{"12", "A registered key that conveys no certificate authenticates nobody."})
	r.add("SS-", harness.Must, keys, "A key that says two things lets in whoever holds the other one.", compare,
		[2]string{"13", "A registered key whose members are not those of its certificate authenticates nobody."},
		[2]string{"14", "Of the certificates in x5c the first alone is the client's."})
	r.add("SS-", harness.Must, "RFC 7517 §4.8, RFC 8705 §7.2", "Whoever may register keys could declare the thumbprint of somebody else's certificate, or make a second one with the same SHA-1.", compare,
		[2]string{"15", "Declared thumbprints do not count where the certificate itself is registered."})
	r.add("SS-", harness.May, keys, "Two servers that read a key differently know two different certificates by it.", compare,
		[2]string{"17", "A certificate that is registered in base64url instead of base64 is not read."})
	r.add("SS-", harness.Should, "RFC 8705 §2.2, §6.1", "The method is independent of any CA; a client whose certificate happens to have an issuer is locked out.", registered,
		[2]string{"18", "A registered certificate of a CA that the server does not know is served."})
	r.add("SS-", harness.Must, cite, impersonate, compare,
		[2]string{"19", "A certificate that was not registered is refused, whoever signed it and in whatever name."})
	r.add("SS-", harness.May, "RFC 8705 §2.2 is silent", "The specification leaves it open; who renews certificates late, or issues them for other purposes, should know before.", registered,
		[2]string{"21", "A registered certificate is served after its time."},
		[2]string{"22", "A registered certificate is served whatever its usage says."},
		[2]string{"23", "A registered certificate of X.509 version 1, as in RFC 8705 appendix A, is served."})
	r.add("SS-", harness.Must, "RFC 8705 §2.2.2", "Clients choose their keys; RSA and P-256 are what their tools make.", registered,
		[2]string{"24", "Registered certificates with RSA, P-256 and Ed25519 keys are served."})
	r.add("SS-", harness.Must, "RFC 8705 §2.2, RFC 8446 §4.4.3", "Certificates are public; without the proof of the key everybody who has seen one is the client.", harness.Advice{
		Any: "Let a TLS library finish the handshake, and take the certificate from it; where a proxy forwards certificates, take them from that proxy alone.",
	},
		[2]string{"26", "A registered certificate shown without its key is refused."})
	r.add("SS-", harness.May, "RFC 7517 §4.2", "A key that was registered for encrypting tokens is often kept elsewhere, and less well.", compare,
		[2]string{"28", "A registered key for encryption is no credential."})
	return r
}

// selfSignedNotYet are the rows of the area SS without a case.
func selfSignedNotYet() []Row {
	uri := func(id string) Row {
		return Row{"SS-" + id, "needs a jwks_uri that the suite serves and the server under test can reach, which a run does not offer yet"}
	}
	return []Row{
		uri("02"), uri("05"), uri("06"), uri("07"), uri("09"), uri("10"),
		{"SS-16", "needs x5u with a place that the suite serves, to see whether the server fetches it"},
		{"SS-25", "needs dynamic client registration, to send a key that should be refused"},
		{"SS-27", "needs a registration with a hundred certificates, more than an operator can be asked to type"},
	}
}
