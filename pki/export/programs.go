package export

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/mtlscheck/mtlscheck/pki"
)

// trustStore writes trust anchors as a PKCS#12 file in which Java finds trusted certificates: they carry Java's own
// attribute, and names of their own.
func trustStore(_ Options, ids []*pki.Identity) ([]byte, error) {
	roots, err := anchors(ids)
	if err != nil {
		return nil, err
	}
	var entries []pkcs12.TrustStoreEntry
	for n, root := range roots {
		cert, err := x509.ParseCertificate(root)
		if err != nil {
			return nil, fmt.Errorf("a trust anchor of %s cannot stand in a trust store: %w", ids[0].Name(), err)
		}
		entries = append(entries, pkcs12.TrustStoreEntry{Cert: cert, FriendlyName: fmt.Sprintf("mtlscheck-%d", n+1)})
	}
	return pkcs12.Modern2023.EncodeTrustStoreEntries(entries, DefaultPassword)
}

// objectName is what Kubernetes calls a DNS subdomain name (RFC 1123).
var objectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// kubernetesSecret writes what "kubectl create secret tls" makes, and the trust anchors as ca.crt, where cert-manager and
// ingress controllers look for them.
func kubernetesSecret(o Options, id *pki.Identity) ([]byte, error) {
	name := strings.ToLower(id.Name())
	if !objectName.MatchString(name) || len(name) > 253 {
		return nil, fmt.Errorf("%q cannot name an object of Kubernetes: letters, digits, dots and hyphens can", id.Name())
	}
	if o.Namespace != "" && (!objectName.MatchString(o.Namespace) || strings.Contains(o.Namespace, ".") || len(o.Namespace) > 63) {
		return nil, fmt.Errorf("%q cannot be a namespace of Kubernetes: lower-case letters, digits and hyphens can", o.Namespace)
	}
	k, err := id.KeyPEM()
	if err != nil {
		return nil, err
	}
	b64 := base64.StdEncoding.EncodeToString
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: Secret\nmetadata:\n")
	fmt.Fprintf(&b, "  name: %q\n", name)
	if o.Namespace != "" {
		fmt.Fprintf(&b, "  namespace: %q\n", o.Namespace)
	}
	b.WriteString("type: kubernetes.io/tls\ndata:\n")
	if roots := id.Roots(); len(roots) > 0 {
		fmt.Fprintf(&b, "  ca.crt: %s\n", b64(pki.PEM(roots...)))
	}
	fmt.Fprintf(&b, "  tls.crt: %s\n  tls.key: %s\n", b64(id.ChainPEM()), b64(k))
	return []byte(b.String()), nil
}

// environment writes lines for a POSIX shell. Nothing is installed: who reads them in trusts the anchors until the shell ends.
func environment(o Options, id *pki.Identity) ([]byte, error) {
	if _, err := anchors([]*pki.Identity{id}); err != nil {
		return nil, err
	}
	place := func(form string) string {
		f, _ := FormNamed(form) // both names are in the table
		return path.Join(o.Folder, f.File(id))
	}
	if strings.ContainsAny(place("truststore"), " \t\r\n'\"") {
		return nil, errors.New("the folder's name holds a blank or a quote, which Java's variable cannot have: choose another folder")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# . %s makes programs that this shell starts trust what stands above %q\n", path.Base(path.Join(o.Folder, id.Name()+".env")), id.Name())
	for _, program := range []struct{ name, value string }{
		{"SSL_CERT_FILE", place("trust")},       // OpenSSL, Go
		{"CURL_CA_BUNDLE", place("trust")},      // curl
		{"REQUESTS_CA_BUNDLE", place("trust")},  // Python's requests
		{"NODE_EXTRA_CA_CERTS", place("trust")}, // Node, besides its own
		{"JAVA_TOOL_OPTIONS", "-Djavax.net.ssl.trustStore=" + place("truststore") + " -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=" + DefaultPassword},
	} {
		fmt.Fprintf(&b, "export %s='%s'\n", program.name, strings.ReplaceAll(program.value, "'", `'\''`))
	}
	return []byte(b.String()), nil
}
