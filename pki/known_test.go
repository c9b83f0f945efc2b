package pki_test

import (
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func TestACertificateWithoutItsKeyCanBeDescribed(t *testing.T) {
	t.Parallel()
	l := lab("known")
	issuing := l.Root("root").Sub("issuing")
	client, alone := issuing.Client("client", trait.Subject("CN=client,O=company")), l.SelfSigned("alone")
	id, err := pki.Known("mine", client.Certificate(), issuing.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	if id.Name() != "mine" || id.DN().String() != "CN=client,O=company" || id.Key() != nil || len(id.Chain()) != 2 || id.Thumbprints() != client.Thumbprints() {
		t.Errorf("%s, %s, key %v, %d certificates", id.Name(), id.DN(), id.Key(), len(id.Chain()))
	}
	if _, err := id.JWK(); err != nil {
		t.Error(err)
	}
	if _, err := id.KeyPEM(); err == nil {
		t.Error("a key that is not at hand is written")
	}
	if own, err := pki.Known("alone", alone.Certificate()); err != nil || len(own.Roots()) != 1 {
		t.Errorf("self-signed: %v", err)
	}
	if _, err := pki.Known("nothing", nil); err == nil {
		t.Error("nothing is known")
	}
}
