package scenarios_test

// selfSignedMatrix: what is served when the registered certificate is compared wrongly, and who is not when it is asked too much.
func selfSignedMatrix() []matrixRow {
	return []matrixRow{
		{"refuses-registered-certificates", strict, []string{
			"AUTH-01.thumbprint", "SS-01", "SS-04.first", "SS-04.second", "SS-18", "SS-19.registered", "SS-21", "SS-22.ca",
			"SS-22.for-servers", "SS-23", "SS-24.ed25519", "SS-24.p-256", "SS-24.rsa",
		}},
		{"accepts-unregistered", strict, []string{
			"AUTH-08.thumbprint", "AUTH-10", "AUTH-14", "SS-03", "SS-11", "SS-12", "SS-13.certificate", "SS-13.key", "SS-14",
			"SS-15", "SS-17", "SS-19.unregistered", "SS-20", "SS-28",
		}},
		{"trusts-without-keys", strict, []string{"SS-08"}},
		{"compares-keys", strict, []string{"SS-11", "SS-19.unregistered"}},
		{"compares-subjects", strict, []string{"AUTH-14", "SS-11", "SS-19.unregistered", "SS-20"}},
		{"believes-declared-thumbprints", strict, []string{"SS-13.certificate", "SS-15", "SS-17", "SS-28"}},
		{"takes-all-of-x5c", strict, []string{"SS-13.certificate", "SS-14", "SS-28"}},
		{"takes-bare-keys", strict, []string{"SS-12"}},
		{"believes-key-members", strict, []string{"SS-11", "SS-12", "SS-13.key", "SS-17", "SS-19.unregistered", "SS-28"}},
		{"ignores-key-members", strict, []string{"SS-13.certificate"}},
		{"reads-base64url", strict, []string{"SS-17"}},
		{"ignores-use", strict, []string{"SS-28"}},
		{"wants-self-signature", strict, []string{"SS-18", "SS-19.registered"}},
		{"wants-current-certificates", strict, []string{"SS-21"}},
		{"wants-client-usage", strict, []string{"SS-22.for-servers"}},
		{"refuses-registered-authorities", strict, []string{"SS-22.ca"}},
		{"refuses-registered-version-1", strict, []string{"SS-23"}},
		{"refuses-rsa", strict, []string{"SS-24.rsa"}},
		{"refuses-ed25519", strict, []string{"SS-24.ed25519"}},
		{"knows-first-certificate", strict, []string{"SS-04.second"}},
		{"knows-last-certificate", strict, []string{"SS-04.first"}},
	}
}
