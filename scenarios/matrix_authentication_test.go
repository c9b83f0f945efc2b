package scenarios_test

func authenticationMatrix() []matrixRow {
	return []matrixRow{
		{"finds-clients-by-certificate", strict, []string{"AUTH-02"}},
		{"reads-the-query", strict, []string{"AUTH-03"}},
		{"takes-the-basic-client", strict, []string{"AUTH-05"}},
		{"ignores-repetitions", strict, []string{"AUTH-04.own-first"}},
		{"takes-the-last-client-id", strict, []string{"AUTH-04.own-second"}},
		{"knows-unknown-clients", strict, []string{"AUTH-06", "AUTH-20", "AUTH-21.basic", "AUTH-21.unknown", "AUTH-22.error", "AUTH-24", "INT-05.other"}},
		{"serves-without-certificate", strict, []string{
			"AUTH-07.name", "AUTH-07.thumbprint", "AUTH-11", "EP-01.none", "EP-04.none", "EP-06.none", "EP-07.none", "EP-08.none",
			"EP-09.none", "RT-01",
		}},
		{"any-secret-will-do", strict, []string{"AUTH-12.basic", "AUTH-12.empty", "AUTH-12.form"}},
		{"takes-any-trusted-certificate", strict, []string{
			"AUTH-08.name", "AUTH-09.first", "AUTH-09.second", "AUTH-16.assertion", "AUTH-16.secret", "AUTH-18", "AUTH-23", "AUTH-24",
			"EP-01.other", "EP-04.other", "EP-06.other", "EP-07.other", "EP-08.other", "EP-09.other", "PATH-25", "PKI-02.c", "PKI-02.cn",
			"PKI-02.o", "PKI-02.ou", "PKI-03", "PKI-04", "PKI-05", "PKI-06", "PKI-07", "PKI-08.split", "PKI-13", "PKI-16.around",
			"PKI-16.longer", "PKI-16.prefixed", "PKI-17", "PKI-18", "PKI-19", "PKI-20", "PKI-21", "PKI-23", "PKI-24.first", "PKI-24.last",
			"PKI-25", "PKI-26", "RT-03", "SEC-01.other", "SEC-07.other", "SEC-10.other-certificate",
		}},
		{"plain-endpoint-compares-nothing", strict, []string{"AUTH-08.plain"}},
		{"keys-are-a-second-way-in", strict, []string{"AUTH-13"}},
		{"a-certificate-is-a-secret", strict, []string{"AUTH-15"}},
		{"ignores-further-credentials", strict, []string{"AUTH-16.assertion", "AUTH-16.secret"}},
		{"binding-is-a-method", strict, []string{"AUTH-17"}},
		{"looks-at-the-code-first", strict, []string{"AUTH-18"}},
		{"errors-as-text", strict, []string{"AUTH-20"}},
		{"no-challenge", strict, []string{"AUTH-21.basic", "AUTH-21.unknown", "EP-10.none", "EP-10.other"}},
		{"tokens-may-be-kept", strict, []string{"AUTH-22.token"}},
		{"errors-may-be-kept", strict, []string{"AUTH-22.error"}},
		{"tells-what-is-registered", strict, []string{"AUTH-23", "AUTH-24"}},
		{"tells-who-is-unknown", strict, []string{"AUTH-24"}},
		{"answers-get", strict, []string{"AUTH-25"}},
		{"serves-get", strict, []string{"AUTH-25"}},
		{"says-forbidden-grant-otherwise", strict, []string{"AUTH-26"}},
		{"another-token-type", strict, []string{"AUTH-28"}},
	}
}
