package strict

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExcerptsHideSecrets(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`secret: s3cret, role: name`:                       `secret: ******, role: name`,
		`- {"password": "wonder hush", x: y}`:              `- {"password": *************, x: y}`,
		`secret: env:SHARED`:                               `secret: env:SHARED`,
		`client_secret: "file:a b"`:                        `client_secret: "file:a b"`,
		`product: identityserver # no passwords: here pls`: `product: identityserver # no passwords: **** pls`,
	} {
		if got := withoutSecrets(line); got != want {
			t.Errorf("%q becomes %q, expected %q", line, got, want)
		}
	}
	for line, want := range map[string]string{
		`- {id: app, secrets: [{shared: HUSH}], lifetyme: 3m}`: `- {id: ***, secrets: [{shared: ****}], lifetyme: **}`,
		`passwrod: WONDER:HUSH`:                                `passwrod: ***********`,
		`{"Type": "Shared", "Value":"HU: SH"}`:                 `{"Type": ********, "Value":********}`,
		`  HUSH # and HUSH`:                                    `  **** **********`,
	} {
		if got := keysAlone(line); got != want {
			t.Errorf("%q becomes %q, expected %q", line, got, want)
		}
	}
	m := &Mistakes{File: "a.yaml", Private: true, All: []Mistake{{Line: 1, Column: 1, What: "unknown key"}}, lines: []string{"passwrod: HUSH"}}
	if text := m.Error(); strings.Contains(text, "HUSH") || !strings.Contains(text, "passwrod: ****") {
		t.Errorf("printed %s", text)
	}
}

func TestReadFileHasAnEnd(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := ReadFile(file, 5); err != nil || string(text) != "12345" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := ReadFile(file, 4); err == nil || !strings.Contains(err.Error(), "more than 4 bytes") {
		t.Errorf("got %v, want an error that names the bound", err)
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := ReadFile("/dev/zero", 1<<16); err == nil {
			t.Error("a device without an end was read to its end")
		}
	}
}
