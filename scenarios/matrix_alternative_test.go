package scenarios_test

// alternativeMatrix: what careless comparisons of alternative names let in, and what narrow ones keep out.
func alternativeMatrix() []matrixRow {
	return []matrixRow{
		{"alternative-names-of-anybody", strict, []string{
			"PKI-28.other", "PKI-30", "PKI-31", "PKI-32", "PKI-33.above", "PKI-33.below", "PKI-34", "PKI-36", "PKI-38", "PKI-39.other",
			"PKI-40.dots", "PKI-41.below", "PKI-41.longer-host", "PKI-41.path-case", "PKI-41.user", "PKI-42.other", "PKI-43.other", "PKI-44",
			"PKI-45", "PKI-48.other", "PKI-49.local-part", "PKI-50", "PKI-51", "PKI-53.another-client", "PKI-53.no-names",
		}},
		{"alternative-names-take-common-names", strict, []string{"PKI-32"}},
		{"alternative-names-of-another-kind", strict, []string{"PKI-38", "PKI-45"}},
		{"dns-names-take-wildcards", strict, []string{"PKI-30"}},
		{"dns-names-match-suffixes", strict, []string{"PKI-33.below"}},
		{"dns-names-match-parents", strict, []string{"PKI-33.above"}},
		{"dns-names-are-patterns", strict, []string{"PKI-31"}},
		{"dns-names-ignore-a-last-dot", strict, []string{"PKI-34"}},
		{"dns-names-end-at-nul", strict, []string{"PKI-36"}},
		{"uris-ignore-case", strict, []string{"PKI-41.path-case"}},
		{"uris-match-prefixes", strict, []string{"PKI-41.below"}},
		{"uris-by-path", strict, []string{"PKI-39.other", "PKI-41.longer-host", "PKI-41.user"}},
		{"uris-resolve-dots", strict, []string{"PKI-40.dots"}},
		{"addresses-take-mapped-ones", strict, []string{"PKI-44"}},
		{"mailboxes-ignore-case", strict, []string{"PKI-49.local-part"}},
		{"mailboxes-by-host", strict, []string{"PKI-48.other", "PKI-49.local-part"}},
		{"mailboxes-from-subjects", strict, []string{"PKI-50"}},
		{"mailboxes-from-other-names", strict, []string{"PKI-51"}},
		{"alternative-names-may-be-absent", strict, []string{"PKI-50", "PKI-53.another-client", "PKI-53.no-names"}},
		{"refuses-alternative-names", strict, []string{"PKI-28.served", "PKI-39.served", "PKI-42.served", "PKI-43.served", "PKI-48.served"}},
		{"alternative-names-first-alone", strict, []string{"PKI-37", "PKI-43.served"}},
		{"dns-names-by-case", strict, []string{"PKI-29"}},
		{"dns-names-in-unicode", strict, []string{"PKI-35"}},
		{"uris-by-the-letter", strict, []string{"PKI-40.case"}},
		{"addresses-as-texts", strict, []string{"PKI-43.other-spelling"}},
		{"mailboxes-by-the-letter", strict, []string{"PKI-49.host"}},
	}
}
