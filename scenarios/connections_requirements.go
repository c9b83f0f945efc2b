package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

func connectionRequirements() rows {
	const (
		mixed   = "Whoever shares a connection, a proxy's pool or a session ticket with a client would be that client."
		session = "A session that is resumed has no certificate of its own: what the server takes for one decides who somebody is."
	)
	each := harness.Advice{
		Any: "Authenticate each request by its own client_id and the certificate of its connection; keep no client, token or binding for a connection.",
		For: map[string]string{"identityserver": "Look for custom middleware or ISecretParsers that keep a client in HttpContext.Connection or by connection id, and at proxies that keep what a header said for a connection."},
	}
	resuming := harness.Advice{
		Any: "Keep the certificate in the session, and authenticate each request by it; or resume no sessions where certificates are asked for (nginx: ssl_session_cache off and ssl_session_tickets off; Apache: SSLSessionCache none and SSLSessionTickets off).",
		For: map[string]string{"identityserver": "Kestrel keeps the certificate in the session. Look at the proxy in front: it must send the certificate of a resumed session, too, or resume none (RFC 9440 §3.3)."},
	}
	apart := harness.Advice{
		Any: "Give ports and hosts with different client certificate policies ticket keys and session caches of their own, or resume no sessions where certificates are asked for (RFC 9325 §3.4; CVE-2025-23419).",
	}
	return rows{}.
		add("SEC-", harness.Must, "RFC 8705 §2", mixed, each,
			[2]string{"10", "The client is authenticated on every request of a connection."}).
		add("SEC-", harness.Must, "RFC 8446 §4.6.1; RFC 9440 §3.3", session, resuming,
			[2]string{"01", "A resumed session stands for the certificate with which it was made, never for another."},
			[2]string{"07", "A session that is resumed over TLS 1.2 stands for the certificate with which it was made, too."}).
		add("SEC-", harness.Must, "RFC 8446 §4.6.1; RFC 8705 §2", session, resuming,
			[2]string{"02", "A session that was made without a certificate authenticates nobody."}).
		add("SEC-", harness.Must, "RFC 9325 §3.4; CVE-2025-23419", session, apart,
			[2]string{"03", "A session of a host that asks for no certificate is not resumed where one is asked for."}).
		add("SEC-", harness.Must, "RFC 8705 §3", "A token that is bound to another certificate than its client shows can be used by nobody, or by somebody else.", resuming,
			[2]string{"08", "A token that is issued in a resumed session is bound to the certificate of that session."})
}

func connectionsNotYet() []Row {
	change := func(id, what string) Row {
		return Row{id, "needs a server that is changed while the suite runs: " + what}
	}
	bytes := func(id, what string) Row {
		return Row{id, "needs " + what + ", which crypto/tls and an HTTP client cannot write"}
	}
	return []Row{
		change("SEC-04", "a certificate or a CA is taken away"),
		{"SEC-05", "needs a certificate that runs out during the run"},
		change("SEC-06", "a certificate is revoked"),
		{"SEC-09", "needs a certificate that runs out during the run"},
		{"SEC-11", "needs HTTP/2, which the suite does not speak"},
		change("SEC-12", "a client is registered anew"),
		bytes("SEC-13", "requests of two lengths"),
		bytes("SEC-14", "bytes before the handshake is done"),
		bytes("SEC-15", "a handshake that offers raw public keys"),
		bytes("SEC-16", "a handshake that offers a pre-shared key"),
		bytes("SEC-17", "a client hello in several records"),
		{"SEC-18", "needs a host that the server's certificate does not name in the same spelling"},
		{"SEC-19", "needs HTTP/3, which the suite does not speak"},
		{"SEC-20", "is no requirement: whether a SHA-1 thumbprint is registered is the operator's choice (IDS-THUMB)"},
		{"SEC-21", "needs a case that shows a certificate with a very large key (mtlscheck pki faults rsa16384), and a fake that fails with it"},
		{"SEC-22", "needs a case that shows certificate policies that branch (mtlscheck pki faults policy-mappings), and a fake that fails with it"},
		{"SEC-23", "needs a case that shows odd names below name constraints (mtlscheck pki faults odd-names), and a fake that fails with it"},
		{"SEC-24", "says nothing about the server: whoever is refused often may be slowed down"},
		{"SEC-25", "concerns what the server writes into its log"},
		{"SEC-26", "needs a client that signs assertions, which client_credentials and introspection cannot show"},
		{"SEC-27", "needs a certificate that becomes valid during the run"},
	}
}
