package wire_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// Curl finds a certificate where it was read from, or where it is kept; with a folder, two certificates of one name have two
// files.
func TestFilesOfACertificate(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("der"))
	hash := hex.EncodeToString(sum[:4])
	made := &harness.Certificate{Name: "client, expired", Chain: [][]byte{[]byte("der")}}
	read := &harness.Certificate{Name: "client", Chain: [][]byte{[]byte("der")}, File: "pki/id/client.pem", KeyFile: "pki/id/client-key.pem"}
	tests := []struct {
		folder      string
		certificate *harness.Certificate
		file, key   string
	}{
		{"", made, "client-expired.pem", "client-expired-key.pem"},
		{"keys", made, "keys/client-expired-" + hash + ".pem", "keys/client-expired-" + hash + "-key.pem"},
		{"keys", read, "pki/id/client.pem", "pki/id/client-key.pem"},
		{"keys", &harness.Certificate{Name: "../../etc/passwd", Chain: [][]byte{[]byte("der")}}, "keys/..-..-etc-passwd-" + hash + ".pem", "keys/..-..-etc-passwd-" + hash + "-key.pem"},
	}
	for _, test := range tests {
		file, key := (&wire.Client{Folder: test.folder}).Files(test.certificate)
		if file != test.file || key != test.key {
			t.Errorf("%s in %q: %s and %s, expected %s and %s", test.certificate.Name, test.folder, file, key, test.file, test.key)
		}
	}
}
