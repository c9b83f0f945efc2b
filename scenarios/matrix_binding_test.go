package scenarios_test

func bindingMatrix() []matrixRow {
	return []matrixRow{
		{"thumbprint-in-hex", strict, []string{
			"CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-05", "CBT-07", "CBT-10.code", "CBT-10.refresh", "CBT-11", "CBT-13", "CBT-14",
			"CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "EP-11", "META-06", "RT-04", "RT-06", "RT-13", "SEC-08",
		}},
		{"thumbprint-padded", strict, []string{
			"CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-05", "CBT-07", "CBT-10.code", "CBT-10.refresh", "CBT-11", "CBT-13", "CBT-14",
			"CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "EP-11", "META-06", "RT-04", "RT-06", "RT-13", "SEC-08",
		}},
		{"thumbprint-of-sha1", strict, []string{
			"CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-05", "CBT-07", "CBT-10.code", "CBT-10.refresh", "CBT-11", "CBT-13", "CBT-14",
			"CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "EP-11", "META-06", "RT-04", "RT-06", "RT-13", "SEC-08",
		}},
		{"thumbprint-of-the-key", strict, []string{
			"CBT-02.name", "CBT-02.thumbprint", "CBT-05", "CBT-07", "CBT-10.code", "CBT-10.refresh", "CBT-11", "CBT-13", "CBT-14",
			"CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "EP-11", "META-06", "RT-04", "RT-06", "RT-13", "SEC-08",
		}},
		{"thumbprint-in-a-list", strict, []string{
			"CBT-01", "CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-04", "CBT-05", "CBT-07", "CBT-10.code", "CBT-10.refresh", "CBT-11",
			"CBT-13", "CBT-14", "CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "EP-11", "META-06", "RT-04", "RT-06",
			"RT-13", "SEC-08",
		}},
		{"cnf-as-text", strict, []string{
			"CBT-01", "CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-04", "CBT-05", "CBT-07", "CBT-10.code", "CBT-10.refresh", "CBT-11",
			"CBT-13", "CBT-14", "CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "EP-11", "META-06", "RT-04", "RT-06",
			"RT-13", "SEC-08",
		}},
		{"leaves-cnf-out", strict, []string{
			"CBT-01", "CBT-02.name", "CBT-02.thumbprint", "CBT-03", "CBT-04", "CBT-05", "CBT-07", "CBT-10.code", "CBT-10.refresh", "CBT-11",
			"CBT-13", "CBT-14", "CBT-14.one-connection", "CBT-15", "CBT-17", "CBT-22", "EP-07.bound", "META-06", "RT-04", "RT-06", "RT-13",
			"SEC-08",
		}},
		{"cnf-by-introspection-alone", strict, []string{"CBT-01", "EP-10.none", "EP-10.other"}},
		{"introspection-without-cnf", strict, []string{"CBT-11", "CBT-12"}},
		{"introspection-of-the-caller", strict, []string{"CBT-12"}},
		{"fails-at-large-certificates", strict, []string{"CBT-22"}},
		{"fails-at-large-certificates", current, []string{"CBT-22"}},
		{"binds-to-the-end-of-the-chain", strict, []string{"CBT-05"}},
		{"binds-certificate-clients-alone", strict, []string{"CBT-07", "RT-06", "RT-13"}},
		{"binds-to-nobody", strict, []string{"CBT-08"}},
		{"binds-to-the-first-certificate", strict, []string{"CBT-13", "CBT-14", "CBT-15", "CBT-22", "RT-04", "RT-08", "RT-11", "RT-13"}},
	}
}
