package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// nameDeviations: IdentityServer compares the registered name with what .NET writes, letter by letter, as recorded.
func nameDeviations() []harness.Deviation {
	const why = "IdentityServer compares the registered text with certificate.Subject as .NET writes it, letter by letter; it does not read RFC 4514. "
	const advice = "Register names as .NET writes them (mtlscheck init prints them), once for each way in which the CA may write the name: a client may have several X509CertificateName secrets."
	note := func(requirement, variant, what string) harness.Deviation {
		return harness.Deviation{Requirement: requirement, Variant: variant, Form: harness.Refused, Verdict: harness.Note, Why: why + what, Advice: advice}
	}
	return []harness.Deviation{
		note("PKI-08", "other-order", ".NET writes the values of a part in the order in which they are encoded, and no other order matches."),
		note("PKI-09", "", "Another case is another name."),
		note("PKI-10", "", "Every blank counts."),
		note("PKI-12", "hex-pairs", "Special characters are put in quotes, and a backslash stands for itself."),
		note("PKI-14", "long-labels", "Which label .NET writes depends on the attribute and on the platform; no other one matches."),
		note("PKI-22", "", "A letter in one character is not the same letter in two."),
	}
}

// chainDeviations: the certificate handler of ASP.NET Core, as recorded.
func chainDeviations() []harness.Deviation {
	return []harness.Deviation{
		{Requirement: "PATH-01", Form: harness.Refused, Verdict: harness.Warn,
			Why:    "ASP.NET Core's certificate handler builds the chain from its own trust store and AdditionalChainCertificates alone; what the client sends beside its certificate is ignored.",
			Advice: "Put the intermediates of your CA into AdditionalChainCertificates (.NET 7 and later), or issue client certificates by the root."},
		{Requirement: "PATH-05", Form: harness.Served, Verdict: harness.Warn,
			Why:    "Where AllowedCertificateTypes includes SelfSigned, a self-signed certificate with the registered name is let in, and the name is all that X509NameSecretValidator compares.",
			Advice: "Allow CertificateTypes.Chained alone, or know no client by its name where self-signed certificates are allowed."},
		{Requirement: "PATH-14", Form: harness.Refused, Verdict: harness.Note,
			Why:    "ASP.NET Core's certificate handler asks for clientAuth by name; anyExtendedKeyUsage does not count.",
			Advice: "Issue client certificates with clientAuth."},
		{Requirement: "PATH-17", Form: harness.Served, Verdict: harness.Warn,
			Why:    "ASP.NET Core's certificate handler looks at the extended key usage alone, never at the key usage.",
			Advice: "Check X509KeyUsageExtension in CertificateAuthenticationEvents.OnCertificateValidated, if your CA issues such certificates at all."},
		{Requirement: "PATH-18", Form: harness.Served, Verdict: harness.Warn,
			Why:    "ASP.NET Core's certificate handler lets the certificate of a CA in as a client's.",
			Advice: "Check X509BasicConstraintsExtension in CertificateAuthenticationEvents.OnCertificateValidated."},
		{Requirement: "SS-18", Form: harness.Refused, Verdict: harness.Warn,
			Why:    "ASP.NET Core's certificate handler wants a chain to a trusted CA from every certificate that is not self-signed, before IdentityServer compares thumbprints.",
			Advice: "Register self-signed certificates, or trust the CA that issued the registered one."},
		{Requirement: "SS-21", Form: harness.Refused, Verdict: harness.Note,
			Why:    "ASP.NET Core's certificate handler looks at the dates of self-signed certificates too (ValidateValidityPeriod).",
			Advice: "Renew registered certificates in time: a client may have several X509CertificateThumbprint secrets."},
		{Requirement: "SS-22", Variant: "for-servers", Form: harness.Refused, Verdict: harness.Note,
			Why:    "ASP.NET Core's certificate handler looks at the extended key usage of self-signed certificates too (ValidateCertificateUse).",
			Advice: "Make self-signed client certificates with clientAuth, or without an extended key usage."},
	}
}
