package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// A rows table holds the requirements of an area by the number in their ID. A spec that asks for a number that is not
// there keeps nothing, which the house rules of package suite report.
type rows map[string]harness.Requirement

func (r rows) all() []harness.Requirement {
	out := make([]harness.Requirement, 0, len(r))
	for _, number := range sortedNumbers(r) {
		out = append(out, r[number])
	}
	return out
}

// add puts requirements that share citation, reason and advice into the table: number, then sentence.
func (r rows) add(prefix string, level harness.Level, cite, why string, advice harness.Advice, numbered ...[2]string) rows {
	for _, n := range numbered {
		r[n[0]] = harness.Requirement{ID: prefix + n[0], Level: level, Says: n[1], Cite: cite, Why: why, Advice: advice}
	}
	return r
}

func nameRequirements() rows {
	const cite = "IdentityServer: X509NameSecretValidator compares certificate.Subject, letter by letter"
	written := harness.Advice{
		Any: "Register the subject exactly as the server writes it; mtlscheck init prints it for each product.",
		For: map[string]string{"identityserver": "Take the X509CertificateName secret from what .NET prints: new X509Certificate2(file).Subject; mtlscheck init prints the same. A custom ISecretValidator that normalises names lets in certificates that the operator never named."},
	}
	const strictly = "The registered text is the whole rule by which a client is known. A server that reads it loosely lets in certificates that nobody registered; one that reads it more strictly than .NET writes it locks clients out."
	trust := harness.Advice{
		Any: "Trust only the CAs that issue client certificates, and check the chain wherever a certificate authenticates.",
		For: map[string]string{"identityserver": "In AddCertificate: AllowedCertificateTypes = CertificateTypes.Chained where no thumbprint clients exist, ChainTrustValidationMode = CustomRootTrust with your own CA."},
	}
	return rows{}.
		add("IDS-NAME-", harness.Must, cite, strictly, written,
			[2]string{"01", "A client is known by its certificate's subject as .NET writes it."},
			[2]string{"02", "A name that differs in the case of one letter is another name."},
			[2]string{"03", "Labels in lower case are not the name."},
			[2]string{"04", "Commas without a blank, as RFC 4514 writes, are not the name."},
			[2]string{"05", "The parts in encoded order, as OpenSSL prints, are not the name."},
			[2]string{"06", "ST= is not the S= that .NET writes."},
			[2]string{"07", "A comma escaped with a backslash is not the quoted value that .NET writes."},
			[2]string{"08", "A comma without quotes is not the quoted value that .NET writes."},
			[2]string{"09", "A blank before or behind the name is not ignored."},
			[2]string{"10", "The common name alone is not the name."},
			[2]string{"14", "A name without one of its parts is another name."},
			[2]string{"15", "Of several registered names any one may be the client's."},
			[2]string{"16", "A registered name that has run out does not count, and the others do."},
			[2]string{"17", "An e-mail attribute is written E=, and no other label is taken."},
			[2]string{"18", "A part with several values is written with a plus between blanks."},
			[2]string{"19", "Two organizational units are two parts, and their order counts."},
			[2]string{"20", "One part with two organizational units is another name than two parts."},
			[2]string{"21", "Quotes in a value are doubled, and the value is quoted."},
			[2]string{"22", "A value with an equals sign is quoted."},
			[2]string{"23", "A value with a leading blank or number sign is quoted."},
			[2]string{"24", "A backslash in a value stands as it is."},
			[2]string{"25", "An accented letter is compared as it is encoded, not in another normal form."},
			[2]string{"26", "The string type of an attribute does not matter: BMPString and T61String count by their text."},
			[2]string{"27", "PrintableString and UTF8String with the same text are the same name."},
			[2]string{"28", "An empty value is written as two quotes."},
			[2]string{"29", "Two blanks inside a value are kept."},
			[2]string{"30", "An attribute that OpenSSL knows by a long name is written with it on Linux, and as OID. on Windows."},
			[2]string{"31", "An attribute of an unknown OID is written OID.1.2.3."},
			[2]string{"32", "A certificate without a subject has none of the registered names."},
			[2]string{"33", "A registered name in the subject alternative name does not count."},
			[2]string{"34", "A thumbprint registered as a name is no thumbprint, and a name registered as a thumbprint no name."},
			[2]string{"35", "The secret type is compared letter by letter."},
			[2]string{"36", "A certificate with another client's registered name does not authenticate."},
			[2]string{"37", "Two clients may share a name; client_id decides, and each gets its own tokens."},
			[2]string{"38", "Every label that .NET knows is written as .NET writes it."},
			[2]string{"39", "Long values and many parts count in full."},
		).
		add("IDS-NAME-", harness.Must, cite, "Names outlive certificates; a client must be able to renew its certificate without a word to the operator.", written,
			[2]string{"11", "A renewed certificate with the same subject authenticates, and the token is bound to it."}).
		add("IDS-NAME-", harness.Must, "IdentityServer: MutualTlsEndpointMiddleware, ASP.NET certificate handler", "Whoever can start a CA can write any name into a certificate.", trust,
			[2]string{"12", "A certificate of an unknown CA with the registered name is refused at the mTLS endpoint."}).
		add("IDS-NAME-", harness.Should, "IdentityServer: AllowedCertificateTypes and X509NameSecretValidator", "Anybody can make a self-signed certificate with the registered name; where self-signed certificates are let in, it is enough to become that client.", trust,
			[2]string{"13", "A self-signed certificate with a registered name is refused at the mTLS endpoint."})
}

func thumbprintRequirements() rows {
	const cite = "IdentityServer: X509ThumbprintSecretValidator compares the SHA-1 of the certificate in hexadecimal"
	const strictly = "The registered text is the whole rule by which a client is known. A thumbprint copied from another tool is often in another form, and the client is then locked out without a reason."
	advice := harness.Advice{
		Any: "Register the thumbprint exactly as the server compares it; mtlscheck init prints it for each product.",
		For: map[string]string{"identityserver": "The X509CertificateThumbprint secret is X509Certificate2.Thumbprint: 40 hexadecimal digits, no separators, no invisible characters (paste into a plain editor first)."},
	}
	return rows{}.add("IDS-THUMB-", harness.Must, cite, strictly, advice,
		[2]string{"01", "A client is known by the SHA-1 of its certificate in upper-case hexadecimal."},
		[2]string{"02", "The case of the hexadecimal digits does not matter."},
		[2]string{"03", "A thumbprint with colons does not match."},
		[2]string{"04", "A thumbprint with blanks does not match."},
		[2]string{"05", "An invisible mark in front of a thumbprint is not ignored."},
		[2]string{"06", "A SHA-256 thumbprint does not match."},
		[2]string{"07", "A thumbprint in base64url does not match."},
		[2]string{"08", "A certificate with the same subject and another key is another certificate."},
		[2]string{"09", "A renewed certificate with the same key is another certificate."},
		[2]string{"10", "A self-signed certificate authenticates by its thumbprint."},
		[2]string{"11", "Of several registered thumbprints each authenticates, so that certificates can be renewed."},
		[2]string{"12", "A registered thumbprint that has run out does not count."},
		[2]string{"13", "The thumbprint of the CA is not the client's."},
		[2]string{"14", "A client with a wrong name and its own thumbprint is known by the thumbprint."},
		[2]string{"15", "A client with its own name and a wrong thumbprint is known by the name."},
	)
}
