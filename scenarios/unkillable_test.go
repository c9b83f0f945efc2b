package scenarios_test

// unkillable are the cases that no fault of the fake can break, each with the reason.
func unkillable() map[string]string {
	return map[string]string{
		"META-04":       "where no certificate is asked for nobody is served, and the preflight says so",
		"META-17.tls12": "where the metadata are not had without a certificate there is no preflight",
		"META-17.tls13": "where the metadata are not had without a certificate there is no preflight",
		"SS-26":         "crypto/tls verifies the proof of the key before the fake sees the certificate, and cannot be told not to",
	}
}
