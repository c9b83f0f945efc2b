package scenarios_test

import "slices"

// issuingMatrix are the faults of faults_issuing.go and faults_grants.go that a scenario can tell.
func issuingMatrix() []matrixRow {
	ofRFC := []string{
		"CBT-01", "CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-04", "CBT-05", "CBT-07", "CBT-10.code", "CBT-10.refresh",
		"CBT-11", "CBT-13", "CBT-14", "CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "EP-11", "META-06", "RT-04", "RT-06",
		"RT-13", "SEC-08",
	}
	ofIdentityServer := []string{
		"CBT-01", "CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-04", "CBT-05", "CBT-10.code", "CBT-10.refresh", "CBT-11",
		"CBT-13", "CBT-14", "CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "IDS-CNF-01", "IDS-CNF-02", "IDS-NAME-01",
		"IDS-NAME-11", "IDS-PREC-05", "IDS-THUMB-01", "IDS-THUMB-02.lower", "IDS-THUMB-02.mixed", "IDS-THUMB-10",
		"IDS-THUMB-11.first", "IDS-THUMB-11.second", "IDS-THUMB-14", "IDS-THUMB-15", "META-06", "RT-04", "SEC-08",
	}
	without := func(names []string, others ...string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(others, n) })
	}
	return []matrixRow{
		{"gives-tokens-again", strict, []string{"CBT-14", "CBT-15", "CBT-22"}},
		{"gives-tokens-again", current, []string{"CBT-14", "CBT-15", "CBT-22", "IDS-NAME-11", "IDS-PREC-01", "IDS-PREC-03", "IDS-THUMB-11.second"}},
		{"cnf-is-empty", strict, ofRFC},
		{"cnf-is-empty", current, ofIdentityServer},
		{"thumbprint-as-x5t", strict, ofRFC},
		{"thumbprint-as-x5t", current, ofIdentityServer},
		{"thumbprint-of-the-pem", strict, without(ofRFC, "CBT-01", "CBT-03", "CBT-04")},
		{"thumbprint-of-the-pem", current, without(ofIdentityServer, "CBT-01", "CBT-03", "CBT-04")},
		{"redeems-without-authentication", strict, []string{"AUTH-18", "RT-14"}},
		{"redeems-without-authentication", current, []string{"AUTH-18", "RT-14"}},
	}
}
