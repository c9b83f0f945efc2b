// Package limbo reads the test cases of x509-limbo (https://x509-limbo.com, Apache-2.0): certificate paths with the verdict that
// RFC 5280 asks for. Most of its cases are about servers; those that can be shown by a client are taken out.
//
//	cases, left, err := limbo.Read(data, limbo.Wanted{})
package limbo

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
)

// Wanted says which cases are taken. The zero value takes those that x509-limbo itself calls client cases.
type Wanted struct {
	// Usable takes cases about servers too whose certificate may be a client's by its extended key usage.
	Usable bool
	// Pedantic takes cases too that ask for features which not every verifier has, that most are known to judge otherwise, or that
	// only cost time.
	Pedantic bool
}

// A Case is a client certificate with its key, and what a verifier must say of it.
type Case struct {
	ID          string
	Kind        string // CLIENT or SERVER: whose certificate the case is about
	Description string
	Features    []string
	Expect      pki.Verdict // Accept or Refuse
	At          time.Time   // when to verify; zero: at any time
	Chain       [][]byte    // certificate, then what the client sends after it
	Trusted     [][]byte
	Key         []byte // PKCS#8 in PEM
}

// File is the case's ID as the name of a folder.
func (c Case) File() string { return strings.ReplaceAll(c.ID, "::", "_") }

// Left counts the cases that were not taken, by reason.
type Left map[string]int

// testcase is one case as its JSON Schema describes it (limbo-schema.json, version 1). What is not read here says nothing about a
// client certificate: conflicts_with, importance.
type testcase struct {
	ID            string     `json:"id"`
	Features      []string   `json:"features"`
	Description   string     `json:"description"`
	Kind          string     `json:"validation_kind"`
	Trusted       []string   `json:"trusted_certs"`
	Intermediates []string   `json:"untrusted_intermediates"`
	Peer          string     `json:"peer_certificate"`
	Key           string     `json:"peer_certificate_key"`
	Time          *time.Time `json:"validation_time"`
	Expected      string     `json:"expected_result"`
	CRLs          []string   `json:"crls"`

	// What the verifier is told beside the certificates.
	SignatureAlgorithms []string   `json:"signature_algorithms"`
	KeyUsage            []string   `json:"key_usage"`
	ExtendedKeyUsage    []string   `json:"extended_key_usage"`
	MaxChainDepth       *int       `json:"max_chain_depth"`
	PeerName            *peerName  `json:"expected_peer_name"`  // of a server
	PeerNames           []peerName `json:"expected_peer_names"` // of a client
}

type peerName struct {
	Kind  string `json:"kind"` // DNS, IP or RFC822
	Value string `json:"value"`
}

// idForm is the form of an ID in the schema. Nothing in it can lead out of a folder.
var idForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9.-]+::)*[A-Za-z][A-Za-z0-9.-]+$`)

// Read takes the wanted cases out of limbo.json. It fails if the file is no such file, or if a case that is wanted cannot be
// read.
func Read(data []byte, wanted Wanted) ([]Case, Left, error) {
	var file struct {
		Version int         `json:"version"`
		Cases   *[]testcase `json:"testcases"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, nil, fmt.Errorf("not the JSON of x509-limbo: %w", err)
	}
	if file.Version != 1 || file.Cases == nil {
		return nil, nil, fmt.Errorf("not a file of x509-limbo of version 1: it has version %d", file.Version)
	}
	var out []Case
	left := Left{}
	seen := map[string]bool{}
	for _, t := range *file.Cases {
		if reason := t.unwanted(wanted); reason != "" {
			left[reason]++
			continue
		}
		c, err := t.read()
		if err != nil {
			return nil, nil, fmt.Errorf("case %q: %w", t.ID, err)
		}
		name := strings.ToLower(c.File())
		if seen[name] {
			return nil, nil, fmt.Errorf("case %q stands there twice", t.ID)
		}
		seen[name] = true
		out = append(out, c)
	}
	return out, left, nil
}

// unwanted is why a case is not taken, or nothing. A server that takes client certificates is told no names, no usages but client
// authentication and no limits: a case that fails for one of these is no reason to accuse it.
func (t testcase) unwanted(w Wanted) string {
	failure := t.Expected == "FAILURE"
	switch {
	case t.Kind != "CLIENT" && !w.Usable:
		return "about servers"
	case t.Key == "":
		return "without the key, so that nobody can show it"
	case len(t.CRLs) > 0:
		return "about revocation lists"
	case !w.Pedantic && len(t.Features) > 0:
		return "pedantic, or of a feature that not every verifier has"
	case len(t.ExtendedKeyUsage) > 0 && !slices.Contains(t.ExtendedKeyUsage, "clientAuth"):
		return "for another purpose than client authentication"
	case (t.Kind != "CLIENT" || !failure) && !t.mayBeClient():
		return "for servers, or others, by the extended key usage"
	case failure && rulesOfOthers(t.ID):
		return "by the rules of the web or of mail, which ask for more than RFC 5280"
	case failure && len(t.SignatureAlgorithms)+len(t.KeyUsage) > 0, failure && t.MaxChainDepth != nil:
		return "with limits of which no server is told"
	case failure && !t.named():
		return "about the name, which servers do not expect"
	}
	return ""
}

// rulesOfOthers tells whether a case is about the profile of the CA/Browser Forum for the web or for mail.
func rulesOfOthers(id string) bool {
	for namespace := range strings.SplitSeq(id, "::") {
		if namespace == "webpki" || namespace == "smime" {
			return true
		}
	}
	return false
}

// named tells whether the certificate has the names that are expected, so that it fails for another reason. Of one that Go cannot
// parse nobody knows; it has them if none are expected.
func (t testcase) named() bool {
	names := t.PeerNames
	if t.PeerName != nil {
		names = append(slices.Clone(names), *t.PeerName)
	}
	if len(names) == 0 {
		return true
	}
	der, err := certificate(t.Peer)
	if err != nil {
		return true // which is a mistake of its own
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return false
	}
	for _, n := range names {
		switch {
		case n.Kind == "RFC822" && !slices.Contains(cert.EmailAddresses, n.Value), n.Kind != "RFC822" && cert.VerifyHostname(n.Value) != nil:
			return false
		}
	}
	return true
}

// mayBeClient tells whether the extended key usage allows a certificate to be a client's. Of one that Go cannot parse, a case about
// clients says that it is, and one about servers that it is not.
func (t testcase) mayBeClient() bool {
	der, err := certificate(t.Peer)
	if err != nil {
		return true // which is a mistake of its own
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return t.Kind == "CLIENT"
	}
	return len(cert.ExtKeyUsage)+len(cert.UnknownExtKeyUsage) == 0 || slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
}

func (t testcase) read() (Case, error) {
	c := Case{ID: t.ID, Kind: t.Kind, Description: t.Description, Features: append([]string{}, t.Features...)}
	if !idForm.MatchString(t.ID) {
		return c, errors.New("this is no ID")
	}
	switch t.Expected {
	case "SUCCESS":
		c.Expect = pki.Accept
	case "FAILURE":
		c.Expect = pki.Refuse
	default:
		return c, fmt.Errorf("expected_result is %q, neither SUCCESS nor FAILURE", t.Expected)
	}
	if t.Time != nil {
		c.At = *t.Time
	}
	for _, text := range append([]string{t.Peer}, t.Intermediates...) {
		der, err := certificate(text)
		if err != nil {
			return c, err
		}
		c.Chain = append(c.Chain, der)
	}
	for _, text := range t.Trusted {
		der, err := certificate(text)
		if err != nil {
			return c, err
		}
		c.Trusted = append(c.Trusted, der)
	}
	key, err := pkcs8(t.Key)
	c.Key = key
	return c, err
}

func certificate(text string) ([]byte, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("a certificate is not PEM")
	}
	return block.Bytes, nil
}

// pkcs8 writes a key in the form that everybody reads.
func pkcs8(text string) ([]byte, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the key is not PEM")
	}
	var key any
	var err error
	switch block.Type {
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, errors.New("the key cannot be read")
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, errors.New("the key cannot be written")
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
