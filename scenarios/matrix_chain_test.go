package scenarios_test

// chainMatrix: what is served when one check of the path, or of the certificate, is left out.
func chainMatrix() []matrixRow {
	return []matrixRow{
		{"accepts-expired", strict, []string{"PATH-09", "PATH-10"}},
		{"accepts-any-chain", strict, []string{"PATH-02", "PATH-03", "PATH-04.bad-signature", "PATH-04.cloned-ca", "PATH-04.other-signer", "PATH-05", "PATH-11", "PATH-16", "PATH-19.by-client", "PATH-19.ca-false", "PATH-20", "PATH-21", "PATH-22", "PATH-23.excluded-dns", "PATH-23.mail", "PATH-23.permitted-dns", "PATH-24", "PATH-27", "PATH-32"}},
		{"ignores-usage", strict, []string{"PATH-12.serverauth-only", "PATH-15"}},
		{"accepts-not-yet-valid", strict, []string{"PATH-10"}},
		{"accepts-unknown-issuers", strict, []string{"PATH-02", "PATH-03"}},
		{"checks-no-signatures", strict, []string{"PATH-04.bad-signature", "PATH-04.cloned-ca", "PATH-04.other-signer"}},
		{"accepts-self-signed-names", strict, []string{"PATH-05"}},
		{"plain-endpoint-checks-no-path", strict, []string{"PATH-03.plain", "PATH-05.plain", "PATH-09.plain"}},
		{"ignores-sent-intermediates", strict, []string{"PATH-01"}},
		{"ignores-issuers-dates", strict, []string{"PATH-11"}},
		{"ignores-issuers-usage", strict, []string{"PATH-16"}},
		{"wants-usage", strict, []string{"PATH-13"}},
		{"refuses-any-usage", strict, []string{"PATH-14"}},
		{"ignores-key-usage", strict, []string{"PATH-17.cert-sign-only", "PATH-17.key-agreement-only"}},
		{"accepts-authorities", strict, []string{"PATH-18"}},
		{"accepts-version-1", strict, []string{"PATH-26"}},
		{"lets-clients-issue", strict, []string{"PATH-19.by-client", "PATH-19.ca-false", "PATH-27"}},
		{"ignores-cert-sign", strict, []string{"PATH-20"}},
		{"ignores-path-length", strict, []string{"PATH-21"}},
		{"ignores-name-constraints", strict, []string{"PATH-22", "PATH-23.excluded-dns", "PATH-23.mail", "PATH-23.permitted-dns"}},
		{"ignores-critical-extensions", strict, []string{"PATH-24"}},
		{"trusts-spoofed-curves", strict, []string{"PATH-28"}},
		{"takes-doubled-extensions", strict, []string{"PATH-29"}},
		{"takes-two-algorithms", strict, []string{"PATH-30"}},
		{"takes-ber", strict, []string{"PATH-31.indefinite-length", "PATH-31.long-length", "PATH-31.trailing-bytes"}},
		{"turns-ber-into-der", strict, []string{"PATH-31.binding", "PATH-31.indefinite-length", "PATH-31.long-length", "PATH-31.trailing-bytes"}},
		{"takes-address-ranges", strict, []string{"PKI-46"}},
		{"believes-stolen-certificates", strict, []string{"SS-26"}},
		{"names-public-authorities", strict, []string{"PATH-07"}},
	}
}
