package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// subjectRequirements are about the subject name by which a server of RFC 8705 §2.1 knows a client: the rows PKI-01 to
// PKI-27 and PKI-52 of the matrix.
func subjectRequirements() rows {
	const (
		cite  = "RFC 8705 §2.1"
		match = "RFC 4517 §4.2.15, RFC 5280 §7.1"
		str   = "RFC 4514 §2.4"
	)
	compare := harness.Advice{
		Any: "Decode the registered name and the subject, and compare them part by part as RFC 4517 §4.2.15 says; do not compare printed text.",
		For: map[string]string{
			"identityserver": "IdentityServer compares the X509CertificateName secret with certificate.Subject letter by letter. If another name gets in, look for an ISecretValidator of your own that is registered before or instead of X509NameSecretValidator.",
			"oidc-provider":  "The comparison is the function features.mTLS.certificateSubjectMatches of your configuration: compare the whole name with the client's tls_client_auth_subject_dn.",
			"go-oidc":        "go-oidc compares pkix.Name.String(), which loses the order and the sets of the parts; compare RawSubject in your own middleware until it does.",
			"keycloak":       "In the client's credentials of the authenticator X509 Certificate, switch off the regular-expression comparison, and give the whole subject DN.",
		},
	}
	registered := harness.Advice{
		Any: "Compare what is registered with what the certificate has; mtlscheck init prints the name as the product wants it.",
		For: map[string]string{
			"identityserver": `Register the subject as .NET writes it ("CN=client, OU=production, O=company"): new X509Certificate2(file).Subject, or what mtlscheck init prints.`,
		},
	}
	const stranger = "Any holder of a certificate from the same CA, whatever it was issued for, could get this client's tokens by choosing a similar name."
	const locked = "A client whose certificate has this name, which is legal and common, cannot be registered or is locked out."
	r := rows{}
	r.add("PKI-", harness.Must, "RFC 8705 §2.1.2, RFC 4514", "It is what the method is for; nothing else can be judged where it fails.", registered,
		[2]string{"01", "A client whose certificate has the registered subject name is served."})
	r.add("PKI-", harness.Must, cite, stranger, compare,
		[2]string{"02", "A subject that differs in one part is another name."},
		[2]string{"16", "A common name that begins with, ends with or contains the registered one is another name."},
		[2]string{"18", "The whole name counts, not the common name alone."})
	r.add("PKI-", harness.Must, match, stranger, compare,
		[2]string{"03", "A subject with one part more than the registered name is another name."},
		[2]string{"04", "A subject that lacks a part of the registered name is another name."},
		[2]string{"07", "A part that occurs once in the registered name and twice in the subject does not stand for another part."},
		[2]string{"08", "A part of two attributes is not two parts, and the order of the attributes in a part does not matter."})
	r.add("PKI-", harness.Should, match, "Where the order does not count, a CA that checks names in order, or a constraint on a subtree, is undone by the server.", compare,
		[2]string{"05", "The same parts in another order are another name."})
	r.add("PKI-", harness.May, "RFC 4514 §2.1", "RFC 4514 writes the last part first. A server that reads both ways knows two certificates by one registered name.", compare,
		[2]string{"06", "A name that is registered in encoded order is not the name in RFC 4514."})
	r.add("PKI-", harness.May, "RFC 5280 §7.1, RFC 4518", "RFC 5280 folds case, blanks and normal forms; servers that compare letter by letter are strict in a way that operators should know before a CA renews certificates with another spelling.", registered,
		[2]string{"09", "Names are compared without regard to case."},
		[2]string{"10", "Blanks that mean nothing are not compared."},
		[2]string{"22", "A letter with its accent is the same in one character and in two."})
	r.add("PKI-", harness.Should, "RFC 5280 §7.1", "CAs choose the string type, and change it with their software; a renewed certificate would be locked out.", compare,
		[2]string{"11", "The string type of a value does not matter: PrintableString and UTF8String with the same text are equal."})
	r.add("PKI-", harness.Must, str, locked, registered,
		[2]string{"12", "Escaped characters of a registered name stand for the characters of the subject, however they are escaped."},
		[2]string{"14", "Attributes without a short name are registered by their OID and the encoded value, and match."})
	r.add("PKI-", harness.Should, "RFC 4514 §3", locked, registered,
		[2]string{"15", "A name with an e-mail attribute can be registered and matches."})
	r.add("PKI-", harness.Must, "RFC 4514 §2.4 (CVE-2026-22747)", "A CA that lets customers choose their common name would let them choose the whole name of another client.", compare,
		[2]string{"13", "A value that looks like several parts of a name is one value."})
	r.add("PKI-", harness.Must, cite, stranger, compare,
		[2]string{"17", "The registered name is text, not a pattern."})
	r.add("PKI-", harness.Must, "RFC 8705 §7.5 (CVE-2009-2408)", "Code that treats names as C strings or as lines sees a shorter name than the CA signed: that of the victim.", compare,
		[2]string{"19", "A NUL in a value does not end it."},
		[2]string{"20", "A line break in a value does not end it."},
		[2]string{"23", "A value in BMPString counts in full; a character U+0000 in it does not end it."})
	r.add("PKI-", harness.Must, "RFC 8705 §7.5", "Names that look alike to people are easy to get signed.", compare,
		[2]string{"21", "Letters that look alike are not equal."})
	r.add("PKI-", harness.Must, "RFC 4517 §4.2.15 (CVE-2026-22747)", "Code that collects the parts of a name by their type keeps one of two common names, and the holder chooses which.", compare,
		[2]string{"24", "A subject with two common names is not known by one of them."})
	r.add("PKI-", harness.Must, "RFC 8705 §2.1 (CVE-2023-2422)", "Certificates are public. Whoever appends the victim's to the own chain, or has one of the same CA, would be the victim.", harness.Advice{
		Any: "Take the subject from the first certificate of the chain: the one whose key the client proved to hold.",
		For: map[string]string{"identityserver": "IdentityServer looks at HttpContext.Connection.ClientCertificate alone. If a proxy forwards certificates, make it forward the leaf, and replace a header that the client sent."},
	},
		[2]string{"25", "Only the certificate whose key was proved identifies the client, not another that is sent with it."},
		[2]string{"26", "A registered name that is the issuer's does not match the certificates that it issued."})
	r.add("PKI-", harness.Must, cite, "Clients known by name renew their certificates without a word to the server; a server that pins the first one stops them on the day of renewal.", registered,
		[2]string{"27", "A new certificate with the same subject is served without any change at the server."})
	r.add("PKI-", harness.Must, "RFC 8705 §2", "Two clients of one operator often share a certificate; tokens must not change hands between them.", harness.Advice{
		Any: "Look the client up by client_id, and compare the certificate with that client's registration alone.",
	},
		[2]string{"52", "Of two clients that share a subject name, each gets tokens of its own."})
	return r
}
