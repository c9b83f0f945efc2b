package fakeidp

import "crypto/x509"

// Faults are all faults, in the order in which they are documented: that of Stages.
func Faults() []Fault {
	var all []Fault
	for _, s := range Stages() {
		all = append(all, s.Faults...)
	}
	return all
}

// strictFaults are the faults that only the strict server can have: they break what IdentityServer does not decide, or decides
// so already.
func strictFaults() []string {
	return []string{
		"finds-clients-by-certificate", "reads-the-query", "takes-the-basic-client", "ignores-repetitions",
		"takes-the-last-client-id", "any-secret-will-do", "plain-endpoint-compares-nothing", "binding-is-a-method",
		"no-challenge", "serves-get", "binds-certificate-clients-alone", "takes-any-certificate", "reads-no-escapes",
		"reads-no-hex-pairs", "reads-no-oids", "checks-no-signatures", "accepts-self-signed-names",
		"plain-endpoint-checks-no-path", "ignores-sent-intermediates", "ignores-issuers-dates", "ignores-issuers-usage",
		"refuses-any-usage", "ignores-key-usage", "accepts-authorities", "accepts-version-1", "lets-clients-issue",
		"ignores-cert-sign", "ignores-path-length", "ignores-name-constraints", "ignores-critical-extensions",
		"refuses-registered-certificates", "accepts-unregistered", "compares-keys", "compares-subjects",
		"believes-declared-thumbprints", "takes-all-of-x5c", "takes-bare-keys", "believes-key-members", "ignores-key-members",
		"reads-base64url", "ignores-use", "wants-self-signature", "wants-current-certificates", "wants-client-usage",
		"refuses-registered-authorities", "refuses-registered-version-1", "refuses-rsa", "refuses-ed25519",
		"knows-first-certificate", "knows-last-certificate",
		"shows-an-expired-certificate-at-the-alias", "shares-tickets", "believes-the-host", "introspects-without-authentication",
		"refreshes-for-other-certificates", "refresh-keeps-the-first-certificate", "userinfo-ignores-bindings", "userinfo-takes-any-certificate", "alias-speaks-old-tls",
		"alternative-names-of-anybody", "alternative-names-take-common-names", "alternative-names-of-another-kind", "dns-names-take-wildcards",
		"dns-names-match-suffixes", "dns-names-end-at-nul", "uris-ignore-case", "uris-match-prefixes", "addresses-take-mapped-ones",
		"mailboxes-ignore-case", "mailboxes-by-host", "dns-names-match-parents", "dns-names-are-patterns", "dns-names-ignore-a-last-dot",
		"uris-by-path", "uris-resolve-dots", "mailboxes-from-subjects", "mailboxes-from-other-names", "alternative-names-may-be-absent",
		"refuses-alternative-names", "alternative-names-first-alone", "dns-names-by-case", "dns-names-in-unicode", "uris-by-the-letter",
		"addresses-as-texts", "mailboxes-by-the-letter", "trusts-spoofed-curves", "takes-doubled-extensions", "takes-two-algorithms", "takes-ber", "turns-ber-into-der",
		"takes-address-ranges", "believes-stolen-certificates", "keys-are-a-second-way-in", "trusts-without-keys",
		"refreshes-no-bound-tokens", "refreshes-with-an-empty-hand", "wants-issued-certificates",
	}
}

// since is the first release of IdentityServer that has what the fault breaks.
func (f Fault) since() release {
	switch f.Name {
	case "pushes-without-authentication", "binds-to-the-pushed-certificate", "opens-requests-of-other-clients":
		return v70
	case "asks-users-without-authentication", "redeems-codes-for-any-key", "asks-other-users", "hides-binding-messages":
		return v63
	case "overlooks-pushed-proofs", "pushes-for-two-keys":
		return v73
	}
	return is4
}

// runs tells whether an IdentityServer, by a name that Version takes, is of this release or a later one.
func (r release) runs(version string) bool {
	p, err := personaNamed(version)
	return err == nil && p.profile.release >= r
}

// certificateFaults are mistakes in what a certificate must be at all.
func certificateFaults() []Fault {
	return []Fault{
		{"accepts-expired", "The server lets in certificates whose dates do not cover the present.", func(p *persona) {
			p.rules.withinValidity = func(*decision, *x509.Certificate) bool { return true }
		}},
		{"accepts-any-chain", "The server lets in certificates from authorities that it never met.", func(p *persona) {
			p.rules.chains = func(*decision, []*x509.Certificate) bool { return true }
		}},
		{"ignores-usage", "The server lets in certificates that are not for client authentication.", func(p *persona) {
			p.rules.hasPurpose = func(*x509.Certificate) bool { return true }
		}},
	}
}
