package oidcprovider_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/mtlscheck/mtlscheck/interop"
	"github.com/mtlscheck/mtlscheck/pki"
	texts "github.com/mtlscheck/mtlscheck/pki/registration"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// What "mtlscheck pki register --for oidc-provider" prints is taken by the real one, by each kind of registration, and means
// what it is to mean there.
func TestRegistrationsAreTaken(t *testing.T) {
	t.Parallel()
	node, err := interop.Node(".")
	if err != nil {
		t.Fatal(err)
	}
	product, known := texts.ProductNamed("oidc-provider")
	if !known {
		t.Fatal("oidc-provider is not a product")
	}
	l := pki.New(pki.Options{Seed: "interop/registration"})
	san := l.Root("Clients").Client("san", trait.Subject("CN=client,O=company"), trait.DNS("client.example"), trait.URI("spiffe://client.example/one"), trait.IP("192.0.2.1"), trait.Email("ops@client.example"))
	type row struct {
		kind         texts.Kind
		of           *pki.Identity
		member, text string
	}
	rows := []row{
		{texts.ByName, san, "tls_client_auth_subject_dn", "CN=client,O=company"}, {texts.ByDNS, san, "tls_client_auth_san_dns", "client.example"},
		{texts.ByURI, san, "tls_client_auth_san_uri", "spiffe://client.example/one"}, {texts.ByIP, san, "tls_client_auth_san_ip", "192.0.2.1"},
		{texts.ByEmail, san, "tls_client_auth_san_email", "ops@client.example"}, {texts.ByCertificate, l.SelfSigned("alone"), "token_endpoint_auth_method", "self_signed_tls_client_auth"},
	}
	var written []string
	for _, r := range rows {
		text, err := product.Write(texts.Registry{Clients: []texts.Client{{
			ID: "client", Grants: []string{"client_credentials"}, Bound: true, Credentials: []texts.Credential{{Kind: r.kind, Of: r.of}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		written = append(written, text)
	}
	in, err := json.Marshal(written)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "registration.mjs")
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var understood []map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &understood); err != nil || len(understood) != len(rows) {
		t.Fatalf("%v: %s", err, &stdout)
	}
	for n, r := range rows {
		if got := understood[n]; got[r.member] != r.text || got["tls_client_certificate_bound_access_tokens"] != true {
			t.Errorf("by %s: oidc-provider understands %v\n%s", r.kind, got, written[n])
		}
	}
}
