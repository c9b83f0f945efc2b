package manifest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

// right is the manifest of the design, with everything that a file may say.
const full = `version: 1
seed: demo
clock: 2026-01-01
key: p256
authorities:
  root:    {subject: "CN=Example Root,O=Example", for: 10y, pathlen: 1}
  issuing: {issuer: root, pathlen: 0, for: 5y}
  rogue:   {subject: "CN=Example Root,O=Example", trusted: false}
identities:
  server:  {issuer: issuing, use: server, sans: [dns:localhost, ip:127.0.0.1, ip:::1]}
  client:  {issuer: issuing, subject: "CN=client,OU=production,O=company",
            sans: ["uri:spiffe://example.test/client", email:ops@example.test, "dirname:CN=x,O=y", "other:1.3.6.1.4.1.311.20.2.3=alice@x", raw:7:c0000201], export: [p12, jwk]}
  legacy:  {issuer: issuing, csr: {CN: legacy, names: [{C: SE, O: a}, {O: b, OID: {2.5.4.97: PSDSE-1}}], hosts: [legacy.example, 192.0.2.9], key: {algo: ecdsa, size: 384}}}
  signed:  {issuer: issuing, profile: {usages: [signing, client auth, code signing], expiry: 720h, crl_url: http://crl.example/x.crl}}
  alone:   {self_signed: true, subject: "CN=alone", key: ed25519, export: [jwk]}
  old:     {like: client, fault: expired}
  odd:     {like: client, valid: [-30d, -1d], usages: [server auth]}
  twin:    {like: client, issuer: rogue}
faults:  {of: client, set: [expired, unknown-ca, C-CASE]}
revoked: {issuing: [old, legacy], root: [issuing]}
`

func noon(date string) func() time.Time {
	at, err := time.Parse(time.DateOnly, date)
	return func() time.Time {
		if err != nil {
			panic(err)
		}
		return at.Add(12 * time.Hour)
	}
}

func parse(text string) (*manifest.Manifest, error) {
	return manifest.Parse("pki.yaml", []byte(text), noon("2026-03-01"))
}

func TestReadsEverything(t *testing.T) {
	t.Parallel()
	m, err := parse(full)
	if err != nil {
		t.Fatal(err)
	}
	if w := m.Warnings(); w != "" {
		t.Errorf("warnings:\n%s", w)
	}
}

// TestMistakes: each is reported at its place, with what would be right.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, m := range []struct{ old, with, want string }{
		{full, "", "the file is empty"},
		{full, "version: 1", "no certificate is described"},
		{full, "a: [", "this is no YAML"},
		{full, "version: 1\n---\nversion: 1\n", "the file holds a second document"},
		{"version: 1", "version: 2", "pki.yaml:1:10  version: 2 is not between 1 and 1"},
		{"version: 1\n", "", "add version: 1"},
		{"seed: demo", `seed: ""`, "the seed is empty"},
		{"seed: demo", "seed: 7", `put it in quotes: "7"`},
		{"seed:", "sead:", `did you mean "seed"?`},
		{"clock: 2026-01-01", "clock: now", "dates count from the beginning of a day"},
		{"clock: 2026-01-01", "clock: 2026-01-01T10:00:00Z", "is no day"},
		{"key: p256", "key: rsa1024", `key: there is no "rsa1024"`},
		{"  root:    {", "  Root:    {", `the name "Root" has a character other than`},
		{"  server:", "  con:", "means a device to Windows"},
		{"  server:", "  ../server:", `the name "../server" has a character`},
		{"  server:", "  ключ:", `has a character other than`},
		{"  server:", "  server-key:", "ends like the file of a key"},
		{"  server:", "  root:", "the name root stands twice"},
		{"for: 10y, pathlen: 1", "for: 10y, pathlen: 0", "root has pathlen 0, and this would be authority number 1 below it"},
		{"for: 10y", "for: ten", `"ten" is no duration`},
		{"for: 10y", "for: 999y", "999y is more than 250 years"},
		{"for: 10y", "for: -1d", "-1d is not later than now"},
		{"for: 10y", "for: 10y, valid: [-1d, 1d]", "valid stands beside for"},
		{"valid: [-30d, -1d]", "valid: [-1d, -30d]", "the validity ends before it begins"},
		{"valid: [-30d, -1d]", "valid: [-30d]", "a validity has a beginning and an end"},
		{"valid: [-30d, -1d]", "valid: [soon, -1d]", `"soon" is neither a date nor a duration`},
		{"{issuer: root, pathlen", "{issuer: rot, pathlen", `authorities.issuing.issuer: there is no authority "rot"`},
		{"{issuer: root, pathlen", "{issuer: issuing, pathlen", "issuing leads back to itself"},
		{"{issuer: root, pathlen", "{issuer: client, pathlen", "client may not issue"},
		{"use: server", "use: both", `there is no "both"`},
		{"dns:localhost", "localhost", "write dns:localhost"},
		{"dns:localhost", "dns:bücher.test", "write an international name in its xn-- form"},
		{"dns:localhost", "dns:10.0.0.1", "write ip:10.0.0.1"},
		{"dns:localhost", "dns:a..b", `"a..b" is no DNS name`},
		{"dns:localhost", "host:localhost", `"host" is no type`},
		{"ip:127.0.0.1", "ip:10.0.0.0/8", `"10.0.0.0/8" is no IP address`},
		{"email:ops@example.test", "email:Joe <j@x>", "is no e-mail address"},
		{"raw:7:c0000201", "raw:7:xyz", "is not a tag and its contents"},
		{"other:1.3.6.1.4.1.311.20.2.3=", "other:9.9.9=", "is not an OID and a text"},
		{`subject: "CN=alone"`, `subject: "CN=alone,"`, "identities.alone.subject"},
		{`subject: "CN=alone"`, "subject: alone", "write it as RFC 4514 does"},
		{"usages: [server auth]", "usages: [serverAuth]", `unknown usage "serverAuth"`},
		{"usages: [server auth]", "usages: [serverAuth]", `write "server auth"`},
		{"usages: [server auth]", "usages: []", "no usage is named"},
		{"export: [p12, jwk]", "export: [pfx]", `there is no "pfx"`},
		{"self_signed: true", "self_signed: yes", "expected true or false"},
		{"self_signed: true, ", "", "nobody issues it"},
		{"self_signed: true", "self_signed: true, issuer: root", "issuer stands beside self_signed"},
		{"like: client, fault: expired", "issuer: issuing, fault: expired", "fault stands beside no like"},
		{"like: client, fault: expired", "like: cleint, fault: expired", `did you mean "client"?`},
		{"like: client, fault: expired", "like: client, fault: expird", `did you mean "expired"?`},
		{"like: client, fault: expired", "like: alone, fault: unknown-ca", "and alone is self-signed"},
		{"like: client, fault: expired", "like: client, fault: self-expired", "client is none"},
		{"like: client, fault: expired", "like: root", "root is an authority, which has no twins here"},
		{"odd:     {like: client", "odd:     {like: old", "old has a fault of its own"},
		{"of: client", "of: clients", `there is no identity "clients"`},
		{"set: [expired", "set: [nothing", `there is no fault "nothing"`},
		{"set: [expired, unknown-ca, C-CASE]", "set: some", `"some" is no set`},
		{"issuing: [old, legacy]", "issuing: [older]", `there is no entry "older"`},
		{"issuing: [old, legacy]", "rogue: [old]", "old was not issued by rogue"},
		{"issuing: [old, legacy]", "isuing: [old]", `did you mean "issuing"?`},
		// cfssl's own files. It ignores what it does not know, and panics at the last three.
		{"{CN: legacy,", "{CN: legacy, ca: {expiry: 1h},", "ca stands in the request of a certificate that may not issue"},
		{"{CN: legacy,", "{CN: legacy, KeyRequest: {},", "identities.legacy.csr.KeyRequest: unknown key"},
		{"size: 384", "size: 1024", "there is no ecdsa key of 1024 bits"},
		{"hosts: [legacy.example", "hosts: [/a/b", `"/a/b" is neither a DNS name, an IP address, an e-mail address nor a URI`},
		{"[signing, client auth", "[signing, clientAuth", `write "client auth"`},
		{"expiry: 720h", "expiry: 0s", "0s is not later than now"},
		{"expiry: 720h", "expiry: -1h", "-1h is not later than now"},
		{"expiry: 720h", "expiry: 720h, cert_store: k", "unknown key"},
		{"expiry: 720h", "expiry: 720h, ca_constraint: {is_ca: true}", "is_ca says otherwise than the place of the entry"},
		{"hosts: [legacy.example", "hosts: [bücher.test", "write an international name in its xn-- form"},
		{"O: b", "O: \xff", "byte 0xff is not UTF-8"},
		{"2.5.4.97: PSDSE-1", "9.9.9: x", `"9.9.9" is no object identifier`},
	} {
		text := strings.Replace(full, m.old, m.with, 1)
		_, err := parse(text)
		var mistakes *strict.Mistakes
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%s → %s:\ngot %v\nwant %s", m.old[:min(len(m.old), 40)], m.with, err, m.want)
		}
		if text == full {
			t.Errorf("%q is not in the manifest", m.old)
		}
	}
}

func TestReportsAllMistakesAtOnceWithLineAndCaret(t *testing.T) {
	t.Parallel()
	_, err := parse(strings.NewReplacer("usages: [server auth]", "usages: [serverAuth]", "issuer: issuing, use", "issuer: isuing, use").Replace(full))
	if err == nil {
		t.Fatal("no mistake was found")
	}
	for _, want := range []string{
		`pki.yaml:10:21  identities.server.issuer: there is no authority "isuing"`, `did you mean "issuing"?`,
		`pki.yaml:17:56  identities.odd.usages[0]: unknown usage "serverAuth"`,
		"    10 |   server:  {issuer: isuing, use: server, sans: [dns:localhost, ip:127.0.0.1, ip:::1]}\n       |                     ^\n", "2 mistakes",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func TestWarnsOfWhatIsSeldomMeant(t *testing.T) {
	t.Parallel()
	m, err := parse(strings.NewReplacer("O: a}", "O: a}, {C: Sweden}", "for: 5y", "for: 90d", `"CN=alone"`, `"CN=`+strings.Repeat("x", 65)+`"`).Replace(full))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"identities.client: it is valid longer than its issuer issuing", "RFC 5280 allows 64", `the country "Sweden"`, "5 warnings"} {
		if !strings.Contains(m.Warnings(), want) {
			t.Errorf("%q is missing in:\n%s", want, m.Warnings())
		}
	}
}

// Mistakes in a file that the manifest names are reported in that file.
func TestReadsFilesOfCFSSL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"csr.json":    "{\n\t\"CN\": \"legacy\",\n\t\"hosts\": [\"b\u00fccher.test\"],\n\t\"key\": {\"algo\": \"rsa\", \"size\": 2048}\n}\n",
		"good.json":   `{"CN": "legacy", "key": {"algo": "ecdsa", "size": 256}, "names": [{"C": "SE"}]}`,
		"config.json": `{"signing": {"default": {"usages": ["signing"], "expiry": "8760h"}, "profiles": {"client": {"usages": ["signing", "client auth"], "expiry": "8760h"}}}}`,
		"empty.json":  "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for entry, want := range map[string]string{
		`{issuer: root, csr: csr.json}`:                                  "csr.json:3:12  hosts[0]:",
		`{issuer: root, csr: none.json}`:                                 "there is no file",
		`{issuer: root, csr: .}`:                                         "is no file",
		`{issuer: root, csr: empty.json}`:                                "empty.json  the file is empty",
		`{issuer: root, profile: "config.json#clint"}`:                   `did you mean "client"?`,
		`{issuer: root, profile: config.json}`:                           "name one of its profiles: FILE#NAME",
		`{issuer: root, profile: "good.json#client"}`:                    "this is no configuration of cfssl",
		`{issuer: root, csr: good.json, profile: "config.json#client"}`:  "",
		`{issuer: root, csr: good.json, profile: "config.json#default"}`: "",
	} {
		_, err := manifest.Parse(filepath.Join(dir, "pki.yaml"), []byte("version: 1\nauthorities: {root: {}}\nidentities: {c: "+entry+"}\n"), noon("2026-03-01"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", entry, err, want)
		}
	}
}

// TestHostileManifests: whatever the file is, the answer is a short one.
func TestHostileManifests(t *testing.T) {
	t.Parallel()
	var many, cycle, tower strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "  c%d: {issuer: nobody%d}\n", i, i)
	}
	for i := range 1000 {
		fmt.Fprintf(&cycle, "  c%d: {like: c%d}\n", i, (i+1)%1000)
		fmt.Fprintf(&tower, "  a%d: {issuer: a%d, pathlen: 100}\n", i, i+1)
	}
	const head = "version: 1\nauthorities: {root: {}}\nidentities:\n"
	for name, c := range map[string]struct{ text, want string }{
		"10,000 entries":      {head + many.String(), "at most 2000 are possible"},
		"a cycle":             {head + cycle.String(), "leads back to itself"},
		"a tower":             {"version: 1\nauthorities:\n" + tower.String() + "  a1000: {}\n", "at most 32 are possible"},
		"1 MB in a subject":   {head + "  c: {issuer: root, subject: \"CN=" + strings.Repeat("x", 1<<20) + "\"}\n", "at most 16384 are read"},
		"1 MB as a name":      {head + "  " + strings.Repeat("x", 1<<20) + ": {issuer: root}\n", "at most 64 are possible"},
		"1 MB as an issuer":   {head + "  c: {issuer: " + strings.Repeat("x", 1<<20) + "}\n", "at most 16384 are read"},
		"100,000 brackets":    {strings.Repeat("[", 100_000), "more than 100 deep"},
		"100,000 mappings":    {strings.Repeat("{a: ", 100_000), "more than 100 deep"},
		"100,000 dashes":      {strings.Repeat("- ", 100_000), "more than 100 deep"},
		"a control character": {"version: 1\x1b[2J", "U+001B"},
		"an anchor":           {head + "  c: &c {issuer: root}\n  d: *c\n", "an anchor, which is not read here"},
		"a tag":               {head + "  c: !!binary aGk=\n", "expected a mapping"},
	} {
		_, err := parse(c.text)
		var mistakes *strict.Mistakes
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %.300v, want %s", name, err, c.want)
		} else if len(err.Error()) > 40_000 {
			t.Errorf("%s: the answer has %d bytes", name, len(err.Error()))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add("version: 1\nauthorities: {a: {issuer: a}}\n")
	f.Add("identities: {a: {like: b}, b: {like: a, valid: [9999-12-31, -250y]}}\n")
	f.Add("a: &x [*x]\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parse(text)
		if (m == nil) == (err == nil) {
			t.Errorf("manifest %v, error %v", m, err)
		}
		if err != nil && err.Error() == "" {
			t.Error("a mistake without a word")
		}
	})
}

// A profile of a running cfssl server is read as it is: how the server is asked makes no other certificate.
func TestProfilesOfAServerOfCFSSL(t *testing.T) {
	t.Parallel()
	const profile = "{usages: [signing, client auth], expiry: 720h}"
	text := "version: 1\nauthorities: {root: {}}\nidentities: {c: {issuer: root, profile: " + profile + "}}\n"
	plain, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := parse(strings.Replace(text, "720h", "720h, auth_key: k, remote: r", 1))
	if err != nil {
		t.Fatal(err)
	}
	if w := asked.Warnings(); !strings.Contains(w, "identities.c.profile: auth_key, remote: that says how a server of cfssl is asked") || plain.Warnings() != "" {
		t.Errorf("warnings %q and %q", w, plain.Warnings())
	}
	dir := t.TempDir()
	for _, m := range []*manifest.Manifest{plain, asked} {
		p, err := m.Plan(dir, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if m == asked && p.Changes() {
			t.Errorf("these keys make another certificate: %v", done(p))
		}
		if err := p.Apply(); err != nil {
			t.Fatal(err)
		}
	}
}
