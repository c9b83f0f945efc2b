package scenarios_test

// namesMatrix: what careless comparisons of names let in, and what narrow ones keep out.
func namesMatrix() []matrixRow {
	return []matrixRow{
		{"compares-common-names", strict, []string{"PKI-02.c", "PKI-02.o", "PKI-02.ou", "PKI-03", "PKI-04", "PKI-05", "PKI-06", "PKI-07", "PKI-08.split", "PKI-18"}},
		{"ignores-common-names", strict, []string{
			"AUTH-09.first", "AUTH-09.second", "AUTH-18", "AUTH-23", "AUTH-24", "EP-01.other", "EP-04.other", "EP-06.other", "EP-07.other",
			"EP-08.other", "EP-09.other", "INT-05.other", "PKI-02.cn", "PKI-16.around", "PKI-16.longer", "PKI-16.prefixed", "PKI-17",
			"PKI-19", "PKI-20", "PKI-21", "PKI-23", "PKI-24.first", "PKI-24.last", "RT-03", "SEC-01.other", "SEC-07.other",
			"SEC-10.other-certificate",
		}},
		{"matches-prefixes", strict, []string{
			"AUTH-09.first", "AUTH-18", "AUTH-23", "AUTH-24", "EP-01.other", "EP-04.other", "EP-06.other", "EP-07.other", "EP-08.other",
			"EP-09.other", "INT-05.other", "PKI-16.longer", "PKI-19", "PKI-20", "PKI-23", "RT-03",
		}},
		{"matches-suffixes", strict, []string{"PKI-16.prefixed"}},
		{"matches-inside", strict, []string{
			"AUTH-09.first", "AUTH-18", "AUTH-23", "AUTH-24", "EP-01.other", "EP-04.other", "EP-06.other", "EP-07.other", "EP-08.other",
			"EP-09.other", "INT-05.other", "PKI-16.around", "PKI-16.longer", "PKI-16.prefixed", "PKI-19", "PKI-20", "PKI-23", "RT-03",
		}},
		{"ignores-order", strict, []string{"PKI-05", "PKI-06"}},
		{"wants-registered-parts", strict, []string{"PKI-03", "PKI-05", "PKI-06", "PKI-24.first", "PKI-24.last"}},
		{"wants-no-other-parts", strict, []string{"PKI-04", "PKI-05", "PKI-06", "PKI-07"}},
		{"takes-first-of-a-kind", strict, []string{"PKI-03", "PKI-07", "PKI-24.first"}},
		{"takes-last-of-a-kind", strict, []string{"PKI-24.last"}},
		{"splits-parts", strict, []string{"PKI-08.split"}},
		{"matches-patterns", strict, []string{"PKI-17"}},
		{"writes-without-escapes", strict, []string{"PKI-13"}},
		{"ends-at-nul", strict, []string{"PKI-19", "PKI-23"}},
		{"ends-at-line", strict, []string{"PKI-20"}},
		{"folds-look-alikes", strict, []string{"PKI-21"}},
		{"takes-empty-names", strict, []string{"PATH-25"}},
		{"takes-issuers-name", strict, []string{"PKI-26"}},
		{"takes-any-certificate", strict, []string{"PKI-25"}},
		{"finds-client-by-name", strict, []string{"PKI-52", "SEC-10.same-certificate"}},
		{"refuses-names", strict, []string{
			"AUTH-01.name", "META-06", "PKI-01", "PKI-08.other-order", "PKI-08.set", "PKI-12.escaped", "PKI-12.hex-pairs",
			"PKI-14.known-attributes", "PKI-14.long-labels", "PKI-14.unknown-attribute", "PKI-15",
		}},
		{"reads-no-escapes", strict, []string{"PKI-12.escaped"}},
		{"reads-no-hex-pairs", strict, []string{"PKI-12.hex-pairs"}},
		{"reads-no-oids", strict, []string{"PKI-14.known-attributes", "PKI-14.unknown-attribute", "PKI-15"}},
		{"reads-no-long-labels", strict, []string{"PKI-14.long-labels"}},
		{"reads-no-sets", strict, []string{"PKI-08.other-order", "PKI-08.set"}},
		{"compares-sets-in-order", strict, []string{"PKI-08.other-order"}},
		{"compares-bytes", strict, []string{"PKI-09", "PKI-10", "PKI-11.printable", "PKI-11.utf8", "PKI-22.composed", "PKI-22.decomposed", "PKI-23.same-text"}},
		{"compares-case", strict, []string{"PKI-09"}},
		{"compares-blanks", strict, []string{"PKI-10"}},
		{"compares-normal-forms", strict, []string{"PKI-22.composed", "PKI-22.decomposed"}},
		{"pins-first-certificate", strict, []string{
			"PATH-01", "PATH-13", "PATH-14", "PKI-09", "PKI-10", "PKI-11.printable", "PKI-11.utf8", "PKI-22.composed",
			"PKI-22.decomposed", "PKI-23.same-text", "PKI-27",
		}},
	}
}
