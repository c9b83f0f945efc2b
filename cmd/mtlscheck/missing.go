package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// missing are the certificates that roles need and a folder does not hold, in the order of the roles.
func missing(store *pki.Store, cast []scenarios.RoleSpec) []string {
	var out []string
	there := store.Names()
	for _, r := range cast {
		need := []string{r.Certificate}
		for _, c := range r.Registration.Credentials {
			need = append(need, c.Of)
		}
		for _, name := range need {
			if name != "" && !slices.Contains(there, name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// lacking says which certificates are missing in a folder, and what would make them: lines of the file that describes it.
func lacking(dir, issuer string, index *pki.Index, names []string) error {
	another := "another folder, which mtlscheck init makes: --dir other"
	if index == nil {
		return usage("take "+another, "%s lacks certificates that the roles need: %s", dir, strings.Join(names, ", "))
	}
	var lines, others []string
	for _, name := range names {
		if entry, ok := entryFor(name, issuer); ok {
			lines = append(lines, fmt.Sprintf("  %s: %s", name, entry))
		} else {
			others = append(others, name)
		}
	}
	try := another
	if len(lines) > 0 {
		try = "put these lines under identities: in " + index.Manifest + ", and run " + onManifest("apply", index.Manifest, dir) + "\n" +
			strings.Join(lines, "\n") + "\nor take " + try
	}
	if len(others) > 0 {
		try += "\nno such file can describe " + strings.Join(others, ", ") + ": take another folder, or leave their roles out with --roles"
	}
	return usage(try, "%s lacks certificates that the roles need: %s", dir, strings.Join(names, ", "))
}

// entryFor is an entry of a manifest that makes what pki init makes under a name. It knows none where a manifest has no words for
// it: strings of another type in the subject, and self-signed certificates of a strange form with a key of their own.
func entryFor(name, issuer string) (string, bool) {
	if subject, is := strings.CutPrefix(name, "dn-"); is {
		for _, f := range pki.NameFixtures() {
			if f.Name != subject {
				continue
			}
			read, err := pki.ParseDN(f.Subject.String())
			return fmt.Sprintf("{issuer: %s, subject: %s}", issuer, quoted(f.Subject.String())), err == nil && bytes.Equal(read.DER(), f.Subject.DER())
		}
		return "", false
	}
	alone := func(more string) string {
		return fmt.Sprintf(`{self_signed: true, subject: "CN=%s,O=mtlscheck"%s}`, name, more)
	}
	client := fmt.Sprintf(`{issuer: %s, subject: "CN=%s,OU=Conformance,O=mtlscheck,C=SE"}`, issuer, name)
	entry, known := map[string]string{
		"client": client, "client-2": client, "pinned": client,
		"san":   fmt.Sprintf(`{issuer: %s, subject: "CN=san,O=mtlscheck", sans: ["dns:client1.example", "uri:spiffe://client1.example/workload", "ip:192.0.2.1", "ip:2001:db8::1", "email:ops@client1.example"]}`, issuer),
		"alone": alone(""), "alone-2": alone(""), "alone-rsa": alone(", key: rsa2048"), "alone-ed25519": alone(", key: ed25519"),
		"alone-expired": alone(", valid: [-30d, -1d]"), "alone-for-servers": alone(", usages: [digital signature, server auth]"),
	}[name]
	return entry, known
}

// quoted writes a text in single quotes, in which YAML knows no escape but the doubled quote.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
