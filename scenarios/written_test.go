package scenarios_test

import (
	"encoding/json"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// TestNamesAreWrittenAsTheirSpellingSays: one line per spelling that any server may be asked to register.
func TestNamesAreWrittenAsTheirSpellingSays(t *testing.T) {
	store, err := pki.Memory(pki.InitOptions{Seed: "written"})
	if err != nil {
		t.Fatal(err)
	}
	for spelling, want := range map[string]string{
		"":                   `CN=client,OU=Conformance,O=mtlscheck,C=SE`,
		"encoded-order":      `C=SE,O=mtlscheck,OU=Conformance,CN=client`,
		"hex-pairs":          `CN=\20#a\2Cb\2Bc\22d\5Ce\3Cf\3Eg\3Bh=i\20,O=mtlscheck`,
		"set-in-other-order": `CN=ou-set,OU=b+OU=a,O=mtlscheck`,
		"long-labels":        `CN=organization-identifier,UID=abc,organizationIdentifier=PSDSE-FINA-1,O=mtlscheck,jurisdictionC=SE,businessCategory=Private Organization`,
		"issuers-name":       `CN=mtlscheck Test CA,O=mtlscheck`,
	} {
		t.Run(spelling, func(t *testing.T) {
			of := "client"
			if s, ok := scenarios.SpellingNamed(spelling); ok {
				of = s.Of
			}
			id, err := store.Identity(of)
			if err != nil {
				t.Fatal(err)
			}
			got, err := scenarios.Written(scenarios.Credential{Kind: scenarios.ByName, Of: of, Spelling: spelling}, id, "rfc8705")
			if err != nil || got != want {
				t.Errorf("%s is written\n     %s, %v\nwant %s", spelling, got, err, want)
			}
		})
	}
}

// TestKeysAreWrittenAsTheirVariantSays: which members each way of writing a JSON Web Key has, and whose certificate.
func TestKeysAreWrittenAsTheirVariantSays(t *testing.T) {
	store, err := pki.Memory(pki.InitOptions{Seed: "written"})
	if err != nil {
		t.Fatal(err)
	}
	write := func(variant, of string) map[string]any {
		t.Helper()
		text, err := scenarios.WrittenKey(scenarios.Credential{Kind: scenarios.ByCertificate, Of: of, Key: variant}, store.Identity)
		if err != nil {
			t.Fatal(err)
		}
		var key map[string]any
		if err := json.Unmarshal([]byte(text), &key); err != nil {
			t.Fatal(err)
		}
		return key
	}
	right, other := write("", "alone"), write("", "alone-2")
	first, second := right["x5c"].([]any)[0], other["x5c"].([]any)[0]
	for variant, holds := range map[string]func(key map[string]any) bool{
		"": func(k map[string]any) bool {
			return k["kty"] == "EC" && k["crv"] == "P-256" && len(k["x"].(string)) == 43 && len(k["y"].(string)) == 43 && k["x5t"] == nil
		},
		"bare":     func(k map[string]any) bool { return k["x5c"] == nil && k["x5t#S256"] == nil && k["x"] == right["x"] },
		"mixed-up": func(k map[string]any) bool { return k["x5c"].([]any)[0] == first && k["x"] == other["x"] },
		"two-certificates": func(k map[string]any) bool {
			return k["x5c"].([]any)[0] == first && k["x5c"].([]any)[1] == second && k["x"] == right["x"]
		},
		"declared-thumbprints": func(k map[string]any) bool {
			return k["x5c"].([]any)[0] == first && k["x5t#S256"] == other["x5t#S256"] && len(k["x5t"].(string)) == 27
		},
		"base64url":      func(k map[string]any) bool { return k["x5c"].([]any)[0] != first && k["x"] == right["x"] },
		"for-encryption": func(k map[string]any) bool { return k["use"] == "enc" && k["x5c"].([]any)[0] == first },
	} {
		if key := write(variant, "alone"); !holds(key) {
			t.Errorf("the key %q is not written as it should be: %v", variant, key)
		}
	}
	if k := write("", "alone-rsa"); k["kty"] != "RSA" || k["e"] != "AQAB" || len(k["n"].(string)) != 342 {
		t.Errorf("an RSA key is written %v", k)
	}
	if k := write("", "alone-ed25519"); k["kty"] != "OKP" || k["crv"] != "Ed25519" || len(k["x"].(string)) != 43 {
		t.Errorf("an Ed25519 key is written %v", k)
	}
}
