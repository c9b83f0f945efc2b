package main

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/inspect"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A certificate's text reaches a terminal as text: it starts no line and moves no cursor.
func TestInspectedTextIsFitForATerminal(t *testing.T) {
	t.Parallel()
	const evil = "x\x1b[2J\u202e\n  client      yes"
	ca := pki.New(pki.Options{Seed: "terminal"}).Root("ca")
	id := ca.Client("client", trait.Subject(`CN=x\1b[2J\e2\80\ae\0a  client      yes`), trait.URI("spiffe://a.example/%0a"))
	if text := inWords("file", inspect.Describe(&inspect.Found{Form: "PEM", Certificates: id.Chain(), Notes: []string{evil}}, time.Now())); strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
	}) || strings.Count(text, "\n  client ") != 1 || strings.Contains(text, "\n  client      yes") {
		t.Errorf("%q", text)
	}
	if err := id.Err(); err != nil {
		t.Fatal(err)
	}
}
