package scenarios_test

func identityServerThumbprintMatrix() []matrixRow {
	return []matrixRow{
		{"ids-thumbprints-in-capitals", current, []string{"IDS-THUMB-02.lower", "IDS-THUMB-02.mixed"}},
		{"ids-thumbprints-ignore-colons", current, []string{"IDS-THUMB-03"}},
		{"ids-thumbprints-ignore-blanks", current, []string{"IDS-THUMB-04"}},
		{"ids-thumbprints-ignore-marks", current, []string{"IDS-THUMB-05"}},
		{"ids-thumbprints-take-sha256", current, []string{"IDS-THUMB-06"}},
		{"ids-thumbprints-take-base64url", current, []string{"IDS-THUMB-07"}},
		{"ids-thumbprints-take-names", current, []string{"IDS-NAME-34.name-as-thumbprint"}},
		{"ids-thumbprints-of-any-ca", current, []string{"IDS-THUMB-13"}},
		{"ids-thumbprints-mean-names", current, []string{"AUTH-14", "IDS-THUMB-08", "IDS-THUMB-09", "SS-11", "SS-19.unregistered", "SS-20"}},
		{"ids-thumbprints-mean-keys", current, []string{"IDS-THUMB-09", "SS-11", "SS-19.unregistered"}},
		{"ids-first-thumbprint-alone", current, []string{"IDS-THUMB-11.second", "SS-04.second"}},
		{"ids-no-thumbprints", current, []string{
			"AUTH-01.thumbprint", "IDS-THUMB-01", "IDS-THUMB-02.lower", "IDS-THUMB-02.mixed", "IDS-THUMB-10",
			"IDS-THUMB-11.first", "IDS-THUMB-11.second", "IDS-THUMB-14", "SS-01", "SS-04.first", "SS-04.second",
			"SS-19.registered", "SS-22.ca", "SS-23", "SS-24.ed25519", "SS-24.p-256", "SS-24.rsa",
		}},
		{"ids-no-self-signed", current, []string{
			"AUTH-01.thumbprint", "IDS-THUMB-10", "IDS-THUMB-11.first", "IDS-THUMB-11.second", "SS-01", "SS-04.first",
			"SS-04.second", "SS-19.registered", "SS-22.ca", "SS-23", "SS-24.ed25519", "SS-24.p-256", "SS-24.rsa",
		}},
		{"ids-secrets-never-expire", current, []string{"IDS-CLIENT-04", "IDS-NAME-16.all-expired", "IDS-THUMB-12"}},
	}
}
