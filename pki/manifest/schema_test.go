package manifest_test

import (
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/internal/schematest"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

// TestSchemaAgreesWithTheReader: the schema takes what the reader takes, and refuses what is wrong in form.
func TestSchemaAgreesWithTheReader(t *testing.T) {
	t.Parallel()
	text, err := manifest.Schema()
	if err != nil {
		t.Fatal(err)
	}
	schema := schematest.Compile(t, manifest.SchemaID, text)
	// The schema's tests need a YAML reader that takes dns:localhost for text everywhere, so the names are quoted here.
	quoted := strings.NewReplacer("[dns:localhost, ip:127.0.0.1, ip:::1]", `["dns:localhost", "ip:127.0.0.1"]`, "email:ops@example.test", `"email:ops@example.test"`, "raw:7:c0000201", `"raw:7:c0000201"`, ", C-CASE", "").Replace(full)
	for _, c := range []struct {
		old, with string
		valid     bool
	}{
		{"", "", true},
		{"set: [expired, unknown-ca]", "set: all", true},
		{"csr: {", "csr: a.json, x: {", false},
		{"clock: 2026-01-01", "clock: today", true},
		{"clock: 2026-01-01", "clock: now", false},
		{"version: 1", "version: 2", false},
		{"version: 1\n", "", false},
		{"seed: demo", `seed: ""`, false},
		{"seed:", "sead:", false},
		{"key: p256", "key: rsa1024", false},
		{"key: ed25519", "key: rsa1024", false},
		{"  root:    {", "  Root:    {", false},
		{"for: 10y", "for: ten", false},
		{"for: 10y", "for: 12h", true},
		{"faults:  {of: client, set: [expired, unknown-ca]}", "faults: [{of: client, set: all}, {of: alone, set: [self-expired]}]", true},
		{"faults:  {of: client, set: [expired, unknown-ca]}", "faults: [{of: client, sets: all}]", false},
		{"faults:  {of: client, set: [expired, unknown-ca]}", "faults: []", true},
		{"version: 1", "version: 1\np12_password: env:PATH", true},
		{"version: 1", "version: 1\np12_password: hush", false},
		{"for: 10y", "for: 12m", false},
		{"pathlen: 1", `pathlen: "1"`, false},
		{"trusted: false", "trusted: 0", false},
		{"use: server", "use: both", false},
		{"usages: [server auth]", "usages: [serverAuth]", false},
		{"export: [p12, jwk]", "export: [pfx]", false},
		{"self_signed: true", `self_signed: "yes"`, false},
		{"fault: expired", "fault: expird", false},
		{"valid: [-30d, -1d]", "valid: [-30d]", false},
		{"set: [expired, unknown-ca]", "set: [expird]", false},
		{"of: client", "for: client", false},
		{"issuing: [old, legacy]", "issuing: old", false},
	} {
		changed := strings.Replace(quoted, c.old, c.with, 1)
		if c.old != "" && changed == quoted {
			t.Errorf("%q is not in the manifest", c.old)
		}
		_, wrong := parse(changed)
		if err := schematest.Validate(t, schema, changed); (err == nil) != c.valid || (wrong == nil) != c.valid {
			t.Errorf("%s → %s: the schema says %v, the reader %v, valid is %v", c.old, c.with, err, wrong, c.valid)
		}
	}
}
