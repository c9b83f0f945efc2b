package scenarios_test

// unkillable are the cases that no fault of the fake can break, each with the reason.
func unkillable() map[string]string {
	return map[string]string{
		"META-04": "where no certificate is asked for nobody is served, and the preflight says so",
	}
}
