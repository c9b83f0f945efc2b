package fakeidp_test

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// shown is a certificate of a recording, made anew.
type shown struct {
	identity    *pki.Identity
	issuer      trait.Issuer
	certificate *x509.Certificate
	key         crypto.Signer
	// chain is what is sent, leaf first.
	chain [][]byte
}

// wardrobe holds the certificates of a recording by name.
type wardrobe map[string]*shown

// keyKinds are the kinds of keys in the recordings' words.
func keyKind(recorded string) (trait.KeyKind, error) {
	kind, ok := map[string]trait.KeyKind{"RSA-2048": trait.RSA2048, "RSA-1024": trait.RSA1024, "EC-256": trait.P256, "EC-384": trait.P384,
		"1.3.101.112": trait.Ed25519}[recorded]
	if !ok {
		return "", fmt.Errorf("keys of kind %s cannot be made", recorded)
	}
	return kind, nil
}

// sharedKeys are keys that several certificates have: nothing compares the keys of two of them, and making one for RSA takes
// long. Authorities have keys of their own.
type sharedKeys struct {
	mu   sync.Mutex
	made map[string]crypto.Signer
}

func (k *sharedKeys) get(lab *pki.Lab, recorded, owner string) (crypto.Signer, error) {
	kind, err := keyKind(recorded)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	name := recorded + " " + owner
	if k.made[name] == nil {
		k.made[name] = lab.SelfSigned("key "+name, trait.Key(kind)).Key()
	}
	return k.made[name], lab.Err()
}

// rsaPSS is the OID of a key that is for RSASSA-PSS only; Go's TLS cannot use one.
const rsaPSS = "1.2.840.113549.1.1.10"

// dress makes all certificates that Go can use.
func dress(described map[string]recordedCertificate) (wardrobe, error) {
	lab := pki.New(pki.Options{Seed: "recordings"})
	keys := &sharedKeys{made: map[string]crypto.Signer{}}
	w := wardrobe{}
	var mint func(name string) (*shown, error)
	mint = func(name string) (*shown, error) {
		if s := w[name]; s != nil {
			return s, nil
		}
		d, ok := described[name]
		if !ok {
			return nil, fmt.Errorf("no certificate %s", name)
		}
		var issuer *shown
		if d.SignedBy != "itself" {
			var err error
			if issuer, err = mint(d.SignedBy); err != nil {
				return nil, err
			}
		}
		if d.LeafOf != "" {
			leaf, err := mint(d.LeafOf)
			if err != nil {
				return nil, err
			}
			sent := *leaf
			sent.chain = append(sent.chain[:1:1], issuer.certificate.Raw)
			w[name] = &sent
			return &sent, nil
		}
		traits, err := d.traits()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		ca := d.CA != nil && *d.CA
		owner := ""
		if ca {
			owner = name
		}
		key, err := keys.get(lab, d.Key, owner)
		if err != nil {
			return nil, err
		}
		traits = append(traits, trait.WithKey(key))
		s := &shown{key: key}
		switch {
		case ca && issuer == nil:
			authority := lab.Root(name, traits...)
			s.identity, s.issuer = authority.Identity, authority
		case issuer == nil:
			s.identity = lab.SelfSigned(name, traits...)
		default:
			authority, ok := issuer.issuer.(*pki.Authority)
			if !ok {
				return nil, fmt.Errorf("%s does not issue", d.SignedBy)
			}
			if ca {
				sub := authority.Sub(name, traits...)
				s.identity, s.issuer = sub.Identity, sub
			} else {
				s.identity = authority.Client(name, traits...)
			}
		}
		if s.certificate = s.identity.Certificate(); s.certificate == nil {
			return nil, fmt.Errorf("%s: %w", name, lab.Err())
		}
		if got := hex.EncodeToString(s.certificate.RawSubject); got != d.SubjectDER {
			return nil, fmt.Errorf("%s: the subject is %s, not %s", name, got, d.SubjectDER)
		}
		s.chain = [][]byte{s.certificate.Raw}
		w[name] = s
		return s, nil
	}
	for name, d := range described {
		if d.Key == rsaPSS {
			continue
		}
		if _, err := mint(name); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// traits are the certificate as its description says.
func (d recordedCertificate) traits() ([]pki.Trait, error) {
	der, err := hex.DecodeString(d.SubjectDER)
	if err != nil {
		return nil, err
	}
	subject, err := pki.ParseDNDER(der)
	if err != nil {
		return nil, err
	}
	from, until := -24*time.Hour, 365*24*time.Hour
	switch d.Validity {
	case "expired":
		from, until = -20*24*time.Hour, -10*24*time.Hour
	case "future":
		from, until = 10*24*time.Hour, 20*24*time.Hour
	}
	now := time.Now()
	list := []pki.Trait{trait.SubjectName(subject), trait.Valid(now.Add(from), now.Add(until)), trait.ExtKeyUsage(d.ExtendedKeyUsage...)}
	if d.CA != nil {
		list = append(list, trait.CA(*d.CA))
	}
	var usage x509.KeyUsage
	if d.KeyUsage != nil {
		for _, u := range strings.Split(*d.KeyUsage, ", ") {
			bit, ok := map[string]x509.KeyUsage{"DigitalSignature": x509.KeyUsageDigitalSignature, "KeyCertSign": x509.KeyUsageCertSign,
				"CrlSign": x509.KeyUsageCRLSign}[u]
			if !ok {
				return nil, fmt.Errorf("key usage %s", u)
			}
			usage |= bit
		}
	}
	list = append(list, trait.KeyUsage(usage))
	if d.SAN == "" {
		list = append(list, trait.NoNames)
		if d.CA == nil {
			list = append(list, trait.DNS("localhost", "mtls.localhost", "mtls.example.test"), trait.IP("127.0.0.1"))
		}
		return list, nil
	}
	for _, part := range strings.Split(d.SAN, ", ") {
		kind, value, _ := strings.Cut(part, ":")
		switch kind {
		case "DNS":
			list = append(list, trait.DNS(value))
		case "dirName": // O=company/OU=production/CN=client, in the order of the encoding
			rdns := strings.Split(value, "/")
			for i, j := 0, len(rdns)-1; i < j; i, j = i+1, j-1 {
				rdns[i], rdns[j] = rdns[j], rdns[i]
			}
			list = append(list, trait.DirName(strings.Join(rdns, ",")))
		default:
			return nil, fmt.Errorf("alternative name %s", part)
		}
	}
	return list, nil
}
