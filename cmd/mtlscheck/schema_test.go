package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/harness/config"
	"github.com/mtlscheck/mtlscheck/internal/fakefile"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

// TestPublishedSchemaOfManifestsIsCurrent: docs/pki.schema.json is what mtlscheck schema pki prints.
func TestPublishedSchemaOfManifestsIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := manifest.Schema()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/pki.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("mtlscheck schema pki > docs/pki.schema.json writes it anew (-now +file):\n%s", diff)
	}
}

// TestPublishedSchemaOfFakesIsCurrent: docs/fakeidp.schema.json is what mtlscheck schema fakeidp prints.
func TestPublishedSchemaOfFakesIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := fakefile.Schema()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/fakeidp.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("mtlscheck schema fakeidp > docs/fakeidp.schema.json writes it anew (-now +file):\n%s", diff)
	}
}

// TestPublishedSchemaIsCurrent: docs/mtlscheck.schema.json is what mtlscheck schema config prints.
func TestPublishedSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := config.Schema(knownNames(t.Context(), place{getenv: func(string) string { return "" }}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/mtlscheck.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("mtlscheck schema config > docs/mtlscheck.schema.json writes it anew (-now +file):\n%s", diff)
	}
}
