package scenarios_test

func metadataMatrix() []matrixRow {
	return []matrixRow{
		{"metadata-as-text", strict, []string{"META-01"}},
		{"another-issuer", strict, []string{"META-02"}},
		{"misspells-methods", strict, []string{"META-03.name", "META-03.spelling"}},
		{"methods-as-text", strict, []string{"META-03.name", "META-03.self-signed", "META-03.spelling"}},
		{"hides-self-signed", strict, []string{"META-03.self-signed"}},
		{"hides-methods-for-revocation", strict, []string{"META-12"}},
		{"hides-methods-for-introspection", strict, []string{"META-13"}},
		{"flag-as-text", strict, []string{"META-05"}},
		{"alias-with-http", strict, []string{"META-08"}},
		{"alias-for-browsers", strict, []string{"META-09"}},
		{"alias-alone", strict, []string{"META-10"}},
		{"alias-under-a-foreign-name", strict, []string{"META-11"}},
		{"alias-speaks-old-tls", strict, []string{"META-11.tls10", "META-11.tls11"}},
		{"empty-members", strict, []string{"META-14"}},
		{"empty-claims", strict, []string{"META-14"}},
		{"two-minds", strict, []string{"META-15"}},
		{"two-minds-about-methods", strict, []string{"META-15"}},
		{"tls12-wants-a-certificate", strict, []string{"META-17.tls12"}},
		{"tls13-wants-a-certificate", strict, []string{"META-17.tls13"}},
		{"keys-want-a-certificate", strict, []string{"META-17.keys"}},
		{"keys-are-a-page", strict, []string{"META-17.keys"}},
	}
}
