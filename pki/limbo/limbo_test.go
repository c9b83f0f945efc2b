package limbo_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/limbo"
	"github.com/mtlscheck/mtlscheck/pki/trait"
	"github.com/mtlscheck/mtlscheck/pki/verify"
)

func present() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// testcase writes an identity as x509-limbo does, with changes.
func testcase(t *testing.T, id string, i *pki.Identity, changes map[string]any) map[string]any {
	t.Helper()
	key, err := i.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	var above, trusted []string
	for _, der := range i.Chain()[1:] {
		above = append(above, string(pki.PEM(der)))
	}
	for _, der := range i.Roots() {
		trusted = append(trusted, string(pki.PEM(der)))
	}
	out := map[string]any{
		"id": id, "features": nil, "description": "a case", "validation_kind": "CLIENT", "trusted_certs": trusted, "untrusted_intermediates": above,
		"peer_certificate": string(pki.PEM(i.DER())), "peer_certificate_key": string(key), "validation_time": "2026-06-01T12:00:00+00:00",
		"signature_algorithms": nil, "key_usage": []string{}, "extended_key_usage": []string{}, "expected_result": "SUCCESS",
		"expected_peer_name": nil, "expected_peer_names": []any{}, "max_chain_depth": nil, "crls": []string{}, "importance": "undetermined",
		"conflicts_with": []string{}, "a member of later versions": 1,
	}
	maps.Copy(out, changes)
	return out
}

func file(t *testing.T, cases ...map[string]any) []byte {
	t.Helper()
	out, err := json.Marshal(map[string]any{"version": 1, "testcases": cases})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const featured = "pedantic, or of a feature that not every verifier has"

func TestTakesTheCasesThatAClientCanShow(t *testing.T) {
	t.Parallel()
	root := pki.New(pki.Options{Seed: "limbo", Clock: present}).Root("root").Sub("issuing")
	client := root.Client("client")
	server := map[string]any{"validation_kind": "SERVER"}
	data := file(t,
		testcase(t, "rfc5280::nc::good", client, nil),
		testcase(t, "rfc5280::expired", client.With(trait.Expired), map[string]any{"expected_result": "FAILURE", "validation_time": nil}),
		testcase(t, "webpki::client-eku", client, server),
		testcase(t, "webpki::no-eku", client.With(trait.NoExtKeyUsage), server),
		testcase(t, "webpki::server-eku", root.Server("server"), server),
		testcase(t, "webpki::pedantic", client, map[string]any{"features": []string{"pedantic-rfc5280"}}),
		testcase(t, "webpki::keyless", client, map[string]any{"peer_certificate_key": nil}),
		testcase(t, "crl::revoked", client, map[string]any{"crls": []string{"x"}}),
	)
	ids := func(cases []limbo.Case) []string {
		var out []string
		for _, c := range cases {
			out = append(out, c.ID)
		}
		return out
	}
	cases, left, err := limbo.Read(data, limbo.Wanted{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"rfc5280::nc::good", "rfc5280::expired"}, ids(cases)); diff != "" {
		t.Errorf("by default (- expected, + taken):\n%s", diff)
	}
	if diff := cmp.Diff(limbo.Left{"about servers": 3, featured: 1, "without the key, so that nobody can show it": 1, "about revocation lists": 1}, left); diff != "" {
		t.Errorf("left (- expected, + got):\n%s", diff)
	}
	for n, expect := range []pki.Verdict{pki.Accept, pki.Refuse} {
		at := cases[n].At
		if at.IsZero() {
			at = present()
		}
		if got := verify.Go(cases[n].Chain, cases[n].Trusted, at); cases[n].Expect != expect || got.Accepts != (expect == pki.Accept) {
			t.Errorf("%s: expected %s, Go says %+v", cases[n].ID, cases[n].Expect, got)
		}
	}
	if got := cases[0].File(); got != "rfc5280_nc_good" || !cases[0].At.Equal(present()) || !cases[1].At.IsZero() {
		t.Errorf("%s, %s, %s", got, cases[0].At, cases[1].At)
	}
	cases, _, err = limbo.Read(data, limbo.Wanted{Usable: true, Pedantic: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"rfc5280::nc::good", "rfc5280::expired", "webpki::client-eku", "webpki::no-eku", "webpki::pedantic"}, ids(cases)); diff != "" {
		t.Errorf("all that is usable (- expected, + taken):\n%s", diff)
	}
}

// What x509-limbo tells its verifier beside the certificates, no server is told that takes client certificates. Such a case may fail
// for a reason that is none there, and one of another purpose may succeed.
func TestLeavesWhatIsNoRequirementOfAServer(t *testing.T) {
	t.Parallel()
	root := pki.New(pki.Options{Seed: "limbo-told", Clock: present}).Root("root")
	client := root.Client("client", trait.Email("user@client.example"), trait.DNS("client.example"))
	mail := client.With(trait.ExtKeyUsage("emailProtection"))
	unreadable := client.With(trait.Serial(0xfb))
	with := func(more map[string]any) map[string]any {
		out := map[string]any{"validation_kind": "CLIENT", "expected_result": "FAILURE"}
		maps.Copy(out, more)
		return out
	}
	name := func(kind, value string) map[string]any { return map[string]any{"kind": kind, "value": value} }
	const (
		purpose = "for another purpose than client authentication"
		usage   = "for servers, or others, by the extended key usage"
		rules   = "by the rules of the web or of mail, which ask for more than RFC 5280"
		limits  = "with limits of which no server is told"
		names   = "about the name, which servers do not expect"
	)
	for _, test := range []struct {
		id     string
		of     *pki.Identity
		with   map[string]any
		reason string // empty: taken
	}{
		{"told::client-auth", client, with(map[string]any{"extended_key_usage": []string{"clientAuth"}}), ""},
		{"told::two-purposes", client, with(map[string]any{"extended_key_usage": []string{"serverAuth", "clientAuth"}}), ""},
		{"smime::eku::ee-email-protection", mail, with(map[string]any{"extended_key_usage": []string{"emailProtection"}, "expected_result": "SUCCESS"}), purpose},
		{"smime::eku::ee-missing", client, with(map[string]any{"extended_key_usage": []string{"emailProtection"}}), purpose},
		{"told::wrong-eku", client, with(map[string]any{"validation_kind": "SERVER", "extended_key_usage": []string{"serverAuth"}}), purpose},
		{"told::mail-alone", mail, with(map[string]any{"expected_result": "SUCCESS"}), usage},
		{"told::mail-refused", mail, with(nil), ""},
		{"webpki::eku::ee-without-eku", client.With(trait.NoExtKeyUsage), with(map[string]any{"validation_kind": "SERVER"}), rules},
		{"webpki::good", client, with(map[string]any{"validation_kind": "SERVER", "expected_result": "SUCCESS"}), ""},
		{"told::algorithms", client, with(map[string]any{"signature_algorithms": []string{"RSA_WITH_SHA256"}}), limits},
		{"told::algorithms-good", client, with(map[string]any{"signature_algorithms": []string{"ECDSA_WITH_SHA256"}, "expected_result": "SUCCESS"}), ""},
		{"told::key-usage", client, with(map[string]any{"key_usage": []string{"keyEncipherment"}}), limits},
		{"told::depth", client, with(map[string]any{"max_chain_depth": 0}), limits},
		{"told::its-mail", client, with(map[string]any{"expected_peer_names": []any{name("RFC822", "user@client.example"), name("DNS", "client.example")}}), ""},
		{"told::other-mail", client, with(map[string]any{"expected_peer_names": []any{name("RFC822", "other@client.example")}}), names},
		{"told::other-host", client, with(map[string]any{"validation_kind": "SERVER", "expected_peer_name": name("DNS", "example.com")}), names},
		{"told::other-address", client, with(map[string]any{"expected_peer_names": []any{name("IP", "192.0.2.1")}}), names},
		{"told::other-good", client, with(map[string]any{"expected_peer_names": []any{name("IP", "192.0.2.1")}, "expected_result": "SUCCESS"}), ""},
		{"told::unreadable", unreadable, with(nil), ""},
		{"told::unreadable-name", unreadable, with(map[string]any{"expected_peer_names": []any{name("IP", "192.0.2.1")}}), names},
		{"told::policies", client, with(map[string]any{"features": []string{"has-cert-policies"}}), featured},
		{"told::later", client, with(map[string]any{"features": []string{"has-something-new"}}), featured},
	} {
		cases, left, err := limbo.Read(file(t, testcase(t, test.id, test.of, test.with)), limbo.Wanted{Usable: true})
		if err != nil {
			t.Fatal(test.id, err)
		}
		want := limbo.Left{}
		if test.reason != "" {
			want[test.reason] = 1
		}
		if diff := cmp.Diff(want, left); diff != "" || len(cases)+len(want) != 1 {
			t.Errorf("%s: %d taken, left (- expected, + got):\n%s", test.id, len(cases), diff)
		}
	}
}

func TestRefusesWhatIsNoFileOfLimbo(t *testing.T) {
	t.Parallel()
	client := pki.New(pki.Options{Seed: "limbo-bad", Clock: present}).Root("root").Client("client")
	change := func(member string, value any) []byte {
		return file(t, testcase(t, "aa::case", client, map[string]any{member: value}))
	}
	for name, test := range map[string]struct {
		data []byte
		says string
	}{
		"a text":         {[]byte("hello"), "not the JSON"},
		"other JSON":     {[]byte(`{"version":2}`), "version 2"},
		"an ID outside":  {change("id", "../../x"), "this is no ID"},
		"a dot":          {change("id", ".."), "this is no ID"},
		"no certificate": {change("peer_certificate", "x"), "is not PEM"},
		"a bad anchor":   {change("trusted_certs", []string{"x"}), "is not PEM"},
		"a bad key":      {change("peer_certificate_key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "the key cannot be read"},
		"no verdict":     {change("expected_result", "PERHAPS"), "neither SUCCESS nor FAILURE"},
		"twice":          {file(t, testcase(t, "aa::bb", client, nil), testcase(t, "aa::BB", client, nil)), "twice"},
	} {
		if _, _, err := limbo.Read(test.data, limbo.Wanted{}); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, expected an error with %q", name, err, test.says)
		}
	}
}
