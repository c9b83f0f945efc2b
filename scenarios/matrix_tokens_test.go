package scenarios_test

func tokenEndpointMatrix() []matrixRow {
	return nil
}

// unkillable are the cases that no fault of the fake can break, each with the reason.
func unkillable() map[string]string {
	return map[string]string{
		"SS-26": "crypto/tls verifies the proof of the key before the fake sees the certificate, and cannot be told not to",
	}
}
