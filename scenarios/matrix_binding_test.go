package scenarios_test

func bindingMatrix() []matrixRow {
	return []matrixRow{
		{"thumbprint-in-hex", strict, []string{"CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-05", "CBT-07", "CBT-11", "CBT-14", "CBT-15", "CBT-22", "META-06"}},
		{"thumbprint-padded", strict, []string{"CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-05", "CBT-07", "CBT-11", "CBT-14", "CBT-15", "CBT-22", "META-06"}},
		{"thumbprint-of-sha1", strict, []string{"CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-05", "CBT-07", "CBT-11", "CBT-14", "CBT-15", "CBT-22", "META-06"}},
		{"thumbprint-of-the-key", strict, []string{"CBT-02.name", "CBT-02.thumbprint", "CBT-05", "CBT-07", "CBT-11", "CBT-14", "CBT-15", "CBT-22", "META-06"}},
		{"thumbprint-in-a-list", strict, []string{"CBT-01", "CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-04", "CBT-05", "CBT-07", "CBT-11", "CBT-14", "CBT-15", "CBT-22", "META-06"}},
		{"cnf-as-text", strict, []string{"CBT-01", "CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-04", "CBT-05", "CBT-07", "CBT-11", "CBT-14", "CBT-15", "CBT-22", "META-06"}},
		{"leaves-cnf-out", strict, []string{"CBT-01", "CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-04", "CBT-05", "CBT-07", "CBT-11", "CBT-14", "CBT-15", "CBT-22", "META-06"}},
		{"cnf-by-introspection-alone", strict, []string{"CBT-01"}},
		{"introspection-without-cnf", strict, []string{"CBT-11", "CBT-12"}},
		{"introspection-of-the-caller", strict, []string{"CBT-12"}},
		{"fails-at-large-certificates", strict, []string{"CBT-22"}},
		{"fails-at-large-certificates", current, []string{"CBT-22"}},
		{"binds-to-the-end-of-the-chain", strict, []string{"CBT-05"}},
		{"binds-certificate-clients-alone", strict, []string{"CBT-07"}},
		{"binds-to-nobody", strict, []string{"CBT-08"}},
		{"binds-to-the-first-certificate", strict, []string{"CBT-14", "CBT-15", "CBT-22"}},
	}
}
