package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// alternativeNameRequirements are about the subject alternative names by which a server of RFC 8705 §2.1.2 knows a client: the rows
// PKI-28 to PKI-51 and PKI-53 of the matrix.
func alternativeNameRequirements() rows {
	const (
		cite = "RFC 8705 §2.1.2"
		dns  = "RFC 5280 §7.2"
		uri  = "RFC 5280 §7.4"
		mail = "RFC 5280 §7.5"
	)
	compare := harness.Advice{
		Any: "Walk over the subject alternative names as they are encoded, look at those of the registered kind alone, and compare each whole value with the registered one; do not compare printed text, and do not ask a TLS library whether the name fits a host.",
		For: map[string]string{
			"oidc-provider": "The comparison is the function features.mTLS.certificateSubjectMatches of your configuration: it is told which of the five members is registered, and with what value.",
			"go-oidc":       "go-oidc 0.23 compares tls_client_auth_san_dns letter by letter with DNSNames, and takes tls_client_auth_san_ip without ever comparing it: such clients need your own middleware, or another name.",
		},
	}
	registered := harness.Advice{
		Any: "Compare what is registered with the alternative names of the certificate; mtlscheck init prints the member of the metadata and its value.",
	}
	const (
		stranger = "Any holder of a certificate from the same CA, whatever it was issued for, could get this client's tokens with a name that only looks like the registered one."
		kinds    = "A CA checks names of one kind more carefully than those of another; who may choose a name of the other kind would be the client."
		what     = "It is what the method is for; nothing else can be judged where it fails, and a server that takes any other name protects nothing."
		locked   = "A CA writes names as the standards allow; a server that is stricter locks clients out when their certificates are renewed."
		silent   = "RFC 8705 does not say how names are compared. Servers differ, and operators should know before a CA writes names otherwise."
	)
	return rows{}.
		add("PKI-", harness.Must, cite, what, registered,
			[2]string{"28", "A client that is registered by a DNS name is known by that DNS name in its certificate, and by no other."},
			[2]string{"39", "A client that is registered by a URI is known by that URI in its certificate, and by no other."},
			[2]string{"42", "A client that is registered by an IPv4 address is known by that address in its certificate, and by no other."},
			[2]string{"48", "A client that is registered by a mail address is known by that address in its certificate, and by no other."}).
		add("PKI-", harness.Must, cite+", RFC 5952 §8", what, registered,
			[2]string{"43", "A client that is registered by an IPv6 address is known by that address in its certificate, however it is spelled, and by no other."}).
		add("PKI-", harness.Should, dns, locked, compare,
			[2]string{"29", "DNS names are compared without regard to case."},
			[2]string{"35", "An international DNS name is known in its xn-- form."}).
		add("PKI-", harness.Must, cite+", §7.5", "CAs sign wildcards for whole domains; one certificate would be every client whose name fits.", compare,
			[2]string{"30", "A wildcard in a certificate is no pattern for the registered DNS name."}).
		add("PKI-", harness.Must, cite, "A wildcard that was registered by mistake would let in every host of the domain.", compare,
			[2]string{"31", "A registered wildcard is no pattern for the DNS names of certificates."}).
		add("PKI-", harness.Must, cite, kinds, compare,
			[2]string{"32", "The common name does not stand for a DNS name."},
			[2]string{"38", "A registered DNS name counts among DNS names alone, not among names of other kinds."},
			[2]string{"45", "An IP address that is written as a DNS name is no IP address."},
			[2]string{"50", "A mail address in the subject does not stand for one among the alternative names."}).
		add("PKI-", harness.Must, cite, stranger, compare,
			[2]string{"33", "Neither a name below the registered DNS name nor the name above it is the registered one."}).
		add("PKI-", harness.May, dns, silent, compare,
			[2]string{"34", "A DNS name with a dot at its end is not the registered name without it."}).
		add("PKI-", harness.Must, "RFC 8705 §7.5 (CVE-2009-2408)", "Code that treats names as C strings sees a shorter name than the CA signed: that of the victim.", compare,
			[2]string{"36", "A NUL in a DNS name does not end it."}).
		add("PKI-", harness.Must, cite, "Certificates have several names, in an order that the CA chooses. A server that looks at the first alone locks clients out.", registered,
			[2]string{"37", "Of several DNS names in a certificate any one may be the registered one."}).
		add("PKI-", harness.May, uri, silent, compare,
			[2]string{"40", "Scheme and host of a URI are compared without regard to case, and its path as it is written."}).
		add("PKI-", harness.Must, uri, stranger, compare,
			[2]string{"41", "A URI that begins like the registered one, or has another host, user or path, is another URI."}).
		add("PKI-", harness.Should, cite+", RFC 5952 §8", "Addresses are compared in binary: sixteen octets are not four. Code that takes a mapped address for its IPv4 address knows a client by a name that nobody registered.", compare,
			[2]string{"44", "An IPv4 address that is mapped into an IPv6 address is not the IPv4 address."}).
		add("PKI-", harness.Must, "RFC 5280 §4.2.1.6", "An address with a mask stands for a network, and belongs into constraints on CAs. Code that reads the first octets alone takes a network for one host.", compare,
			[2]string{"46", "An IP address of eight octets, an address and a mask, is no IP address of a client."}).
		add("PKI-", harness.Should, mail, "Mail hosts may tell capital and small letters in a local part apart, and give the two addresses to two people.", compare,
			[2]string{"49", "The host of a mail address is compared without regard to case, and its local part with regard to it."}).
		add("PKI-", harness.Must, cite+" (CVE-2025-66220)", kinds, compare,
			[2]string{"51", "The name of a user, an otherName, is no mail address."}).
		add("PKI-", harness.Must, "RFC 8705 §2.1, §2.1.2", "A client has one registered name. A server that is content with the subject, or with no name at all, lets in everybody to whom the CA issued a certificate.", compare,
			[2]string{"53", "A certificate without the registered name is refused, whatever its subject."})
}

// alternativesNotYet are the rows about alternative names without a case.
func alternativesNotYet() []Row {
	return []Row{
		{"PKI-47", "PKI-42 shows it: 192.0.2.1 is nobody's address, so a server that compared it with the connection's would serve nobody"},
	}
}
