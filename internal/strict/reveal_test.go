package strict_test

import (
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/internal/strict"
)

// Of a private file only the values of keys that were named can be read; what is within other keys stays hidden, whatever it is
// called there, and so does what a text of several lines looks like.
func TestRevealsTheValuesOfNamedKeysOnly(t *testing.T) {
	t.Parallel()
	const text = `version: 2
fake: 'x.y'
clients:
  - {id: app, scopes: [api1, "api2"], secrets: [{shared: HUSH, id: HUSH}], lifetyme: HUSH} # id: HUSH
  - id: ü2
    passwrod: HUSH
    passwords: {id: HUSH}
    scopes:
      - api3
    Id: other
ids: {id: HUSH}
id: {shared: HUSH}
secret: |
  id: HUSH
note: "a
  id: HUSH"
`
	root, r := strict.Parse("a.yaml", []byte(text))
	r.Mistakes.Private = true
	r.Reveal(root, "version", "fake", "clients", "id", "scopes")
	for line := range strings.Count(text, "\n") {
		r.Mistakes.All = append(r.Mistakes.All, strict.Mistake{Line: line + 1, Column: 1, What: "wrong"})
	}
	got := r.Err().Error()
	if strings.Contains(got, "HUSH") {
		t.Errorf("a secret is shown:\n%s", got)
	}
	for _, want := range []string{"| version: 2\n", "| fake: 'x.y'\n", "{id: app, scopes: [api1, \"api2\"], secrets: [{shared: ****, id: ****}], lifetyme: ****} **********\n",
		"- id: ü2\n", "passwrod: ****\n", "- api3\n", "Id: other\n", "| ids: {id: ****}\n", "| id: {shared: ****}\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	_, unread := strict.Parse("a.yaml", []byte("version: 2\nid: ["))
	unread.Mistakes.Private = true
	unread.Reveal(nil, "version", "id")
	if got := unread.Err().Error(); !strings.Contains(got, "id: [") {
		t.Errorf("got %s", got)
	}
}
