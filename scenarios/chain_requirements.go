package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// chainRequirements are about the certificate that a client known by its name shows, apart from the name: the area PATH of
// the matrix.
func chainRequirements() rows {
	const impersonate = "Whoever can make such a certificate writes the client's name into it and gets the client's tokens."
	trust := harness.Advice{
		Any: "Verify the chain up to the CAs that issue client certificates, with a verifier of an established library, on every request that authenticates by name.",
		For: map[string]string{
			"identityserver": "In AddCertificate: ChainTrustValidationMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = your CA alone, AllowedCertificateTypes = CertificateTypes.Chained. Kestrel: ClientCertificateMode.AllowCertificate with AllowAnyClientCertificate() leaves the decision to this handler, and the plain token endpoint never asks it.",
			"nginx":          "ssl_client_certificate names your CA; ssl_verify_client optional_no_ca checks nothing: pass $ssl_client_verify on and have the server refuse all but SUCCESS.",
		},
	}
	use := harness.Advice{
		Any: "Ask the verifier for the purpose of client authentication, and look at key usage too; many libraries leave that to the caller.",
		For: map[string]string{
			"identityserver": "ValidateCertificateUse (the default) checks the extended key usage alone; for key usage and basic constraints add a check in CertificateAuthenticationEvents.OnCertificateValidated.",
		},
	}
	dates := harness.Advice{
		Any: "Check notBefore and notAfter of every certificate of the chain against a clock that is right.",
		For: map[string]string{"identityserver": "In AddCertificate leave ValidateValidityPeriod at true."},
	}
	accept := harness.Advice{
		Any: "Let the verifier use the certificates that the client sends beside its own; they are candidates for the chain, and need no trust of their own.",
		For: map[string]string{
			"identityserver": "ASP.NET Core's handler ignores what the client sends: put the intermediates into AdditionalChainCertificates (.NET 7 and later).",
			"nginx":          "Set ssl_verify_depth to the number of certificates of your chain.",
		},
	}
	form := harness.Advice{
		Any: "Read certificates with a parser that takes DER alone, and leave them to the TLS library or the verifier; do not repair what they refuse.",
	}
	r := rows{}
	r.add("PATH-", harness.Must, "RFC 8705 §2.1, RFC 5280 §6", "Most CAs issue through an intermediate; without it their clients are locked out, or every new intermediate must be configured.", accept,
		[2]string{"01", "A certificate below an intermediate that the client sends is accepted under the trusted root."})
	r.add("PATH-", harness.May, "RFC 5280 §6, RFC 8446 §4.4.2", "A server that finds intermediates by itself fetches them from where the certificate says, or remembers those of others; both deserve a look.", trust,
		[2]string{"02", "A certificate without its intermediate is not accepted."})
	r.add("PATH-", harness.Must, "RFC 8705 §2.1, §7.4", impersonate, trust,
		[2]string{"03", "A certificate with the registered subject from a CA that the server does not trust is refused."},
		[2]string{"04", "A certificate that names the trusted CA as its issuer and was signed by another key is refused."},
		[2]string{"05", "A self-signed certificate with the registered subject is refused for a client known by its name."})
	r.add("PATH-", harness.Should, "RFC 8705 §7.4", "Any public CA signs names for anybody; each one that is trusted for clients is one more that can name the client.", trust,
		[2]string{"07", "The CAs of the public web are not trusted for client certificates."})
	r.add("PATH-", harness.Must, "RFC 5280 §6.1.3", "A certificate that was replaced, sold or lost keeps working for ever.", dates,
		[2]string{"09", "An expired certificate is refused."},
		[2]string{"10", "A certificate whose time has not come is refused."},
		[2]string{"11", "A certificate below an expired intermediate is refused."})
	r.add("PATH-", harness.Must, "RFC 5280 §4.2.1.12, RFC 8705 §7.5", "Every web server of the company has a certificate for serverAuth; each of them could be a client.", use,
		[2]string{"12", "A certificate for TLS servers alone is refused."},
		[2]string{"15", "A certificate for other purposes than client authentication is refused."})
	r.add("PATH-", harness.May, "RFC 5280 §4.2.1.12", "The extension is optional; whoever requires it should say so to those who issue certificates.", use,
		[2]string{"13", "A certificate without an extended key usage is accepted."},
		[2]string{"14", "A certificate for any purpose is accepted."})
	r.add("PATH-", harness.Should, "practice of CAs and verifiers; RFC 5280 is silent", "The CA for web servers, misused once, would make clients.", use,
		[2]string{"16", "A certificate below an intermediate for TLS servers alone is refused."})
	r.add("PATH-", harness.Must, "RFC 5280 §4.2.1.3, RFC 5246 §7.4.6", "The CA said what the key is for, and signing was not in it.", use,
		[2]string{"17", "A certificate whose key usage lacks digitalSignature is refused."})
	r.add("PATH-", harness.Should, "RFC 5280 §4.2.1.9", "The key of a CA that is also a client lies where clients are, and can issue more clients.", use,
		[2]string{"18", "The certificate of a CA is no client's certificate."})
	r.add("PATH-", harness.Must, "RFC 5280 §6.1.4 (k) to (n)", "Whoever holds any certificate of the CA could issue others in the name of any client.", trust,
		[2]string{"19", "A certificate that another client issued is refused."},
		[2]string{"20", "A certificate from an intermediate whose key usage lacks keyCertSign is refused."},
		[2]string{"21", "A certificate that breaks the path length of a CA above it is refused."},
		[2]string{"27", "A certificate below an intermediate of X.509 version 1 is refused."})
	r.add("PATH-", harness.Must, "RFC 5280 §4.2.1.10", "Constraints are how a company lets a department run a CA; without them it can issue in everybody's name.", trust,
		[2]string{"22", "A certificate outside the directory names that its CA may issue is refused."},
		[2]string{"23", "A certificate with a name that its CA may not issue is refused."})
	r.add("PATH-", harness.Must, "RFC 5280 §4.2", "A critical extension restricts the certificate in a way that the server does not understand.", trust,
		[2]string{"24", "A certificate with an unknown critical extension is refused."})
	r.add("PATH-", harness.Must, "RFC 5280 §4.1.2.6", "Code that looks for a difference finds none in an empty name.", trust,
		[2]string{"25", "A certificate without a subject is refused for a client known by its name."})
	r.add("PATH-", harness.Should, "RFC 8446 §4.4.2.3, RFC 5280 §4.1.2.1", "A certificate without extensions restricts nothing: neither use nor issuing.", use,
		[2]string{"26", "A certificate of X.509 version 1 is refused."})
	r.add("PATH-", harness.Must, "RFC 5480 §2.1.1 (CVE-2020-0601)", "Whoever may choose the generator of a curve can sign for any public key on it, that of the trusted root too.", trust,
		[2]string{"28", "A certificate below a root that is sent with curve parameters of its own is refused."})
	r.add("PATH-", harness.Should, "RFC 5280 §4.2", "Two programs that read the certificate may each take another of the two for the one that counts.", form,
		[2]string{"29", "A certificate with an extension that stands twice is refused."})
	r.add("PATH-", harness.Must, "RFC 5280 §4.1.1.2", "What stands outside the signed part can be changed by anybody: the same certificate then has as many thumbprints as somebody likes.", form,
		[2]string{"30", "A certificate whose two signature algorithms differ is refused."})
	r.add("PATH-", harness.Should, "RFC 5280 §4.1, X.690 §10.1", "A certificate that is read in more than one form has more than one thumbprint; a list of thumbprints, or a binding, is then passed by.", form,
		[2]string{"31", "A certificate that is not DER, or has bytes behind it, is refused; it is not made into another with another thumbprint."})
	r.add("PATH-", harness.Must, "RFC 8705 §2.1, RFC 5280 §6", "Whoever sends authorities that certify each other leads a careless verifier in circles, or to an end that is no root (CVE-2018-16875).", trust,
		[2]string{"32", "A certificate whose issuers certify each other, and lead to no root, is refused."})
	return r
}

// chainNotYet are the rows of the area PATH without a case.
func chainNotYet() []Row {
	revocation := func(id string) Row {
		return Row{"PATH-" + id, "needs a list of revoked certificates, or a responder, that the server under test is configured to ask"}
	}
	return []Row{
		{"PATH-06", "needs a server that trusts two CAs, of which the configuration names one; PATH-03 covers a CA that is not trusted"},
		{"PATH-08", "needs two issuers with different CAs on one listener, and a configuration names one issuer"},
		revocation("33"), revocation("34"), revocation("35"), revocation("36"), revocation("37"),
		{"PATH-38", "needs a server that is started without its trust store"},
	}
}
