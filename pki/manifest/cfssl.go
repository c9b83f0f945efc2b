package manifest

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A request is what cfssl's certificate request in JSON (csr.CertificateRequest) says, as far as it says anything.
type request struct {
	subject *pki.DN
	names   []pki.Trait
	said    []string // what the names say, for the digest of the description
	key     trait.KeyKind
	pathLen *int           // of ca
	expiry  *time.Duration // of ca
}

// cfsslRequest reads a request strictly: cfssl ignores keys that it does not know, guesses the types of hosts, and panics at some
// values. The subject is encoded as cfssl does it: C, O, OU, L, ST, CN, serialNumber, then the rest; several values of one type
// in one set.
func (l *loader) cfsslRequest(r *strict.Reader, n ast.Node, path string, authority bool) request {
	f := r.Fields(n, path, "CN", "cn", "names", "hosts", "key", "ca", "serialnumber")
	var out request
	if f["CN"] != nil && f["cn"] != nil {
		r.Wrong(f["cn"], strict.Join(path, "cn"), "keep one of them", "CN stands beside cn")
	}
	name := pkix.Name{CommonName: r.Text(f["CN"], strict.Join(path, "CN")) + r.Text(f["cn"], strict.Join(path, "cn")), SerialNumber: r.Text(f["serialnumber"], strict.Join(path, "serialnumber"))}
	for i, item := range r.Items(f["names"], strict.Join(path, "names")) {
		cfsslName(r, item, strict.At(strict.Join(path, "names"), i), &name)
	}
	if der, err := asn1.Marshal(name.ToRDNSequence()); err != nil {
		r.Wrong(n, path, "", "the subject cannot be encoded: %v", err)
	} else if subject, err := pki.ParseDNDER(der); err != nil {
		r.Wrong(n, path, "", "%v", err)
	} else if !subject.IsEmpty() {
		out.subject = &subject
	}
	hosts, nodes := r.Texts(f["hosts"], strict.Join(path, "hosts"))
	for i, host := range hosts {
		form := guessed(host)
		switch {
		case strict.Kind(nodes[i]) != "text":
		case form == "":
			try := ""
			if !ascii(host) {
				try = "write an international name in its xn-- form"
			}
			r.Wrong(nodes[i], strict.At(strict.Join(path, "hosts"), i), try, "%q is neither a DNS name, an IP address, an e-mail address nor a URI", host)
		default:
			t, _, err := san(form + ":" + host)
			if err == nil {
				out.names, out.said = append(out.names, t), append(out.said, form+":"+host)
			}
		}
	}
	if f["key"] != nil {
		out.key = cfsslKey(r, f["key"], strict.Join(path, "key"))
	}
	if f["ca"] != nil {
		l.cfsslCA(r, f["ca"], strict.Join(path, "ca"), authority, &out)
	}
	return out
}

func cfsslName(r *strict.Reader, n ast.Node, path string, name *pkix.Name) {
	f := r.Fields(n, path, "C", "ST", "L", "O", "OU", "E", "SerialNumber", "OID")
	for key, list := range map[string]*[]string{"C": &name.Country, "ST": &name.Province, "L": &name.Locality, "O": &name.Organization, "OU": &name.OrganizationalUnit} {
		if text := r.Text(f[key], strict.Join(path, key)); text != "" {
			*list = append(*list, text)
		}
	}
	if f["SerialNumber"] != nil {
		r.Wrong(f["SerialNumber"], strict.Join(path, "SerialNumber"), "write serialnumber beside names", "cfssl ignores a serial number inside names")
	}
	if e := r.Text(f["E"], strict.Join(path, "E")); e != "" {
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: e})
	}
	more := r.Fields(f["OID"], strict.Join(path, "OID"))
	for _, dotted := range slices.Sorted(maps.Keys(more)) { // cfssl's own order is another in each run
		at := strict.Join(strict.Join(path, "OID"), dotted)
		oid, err := objectID(dotted)
		value := r.Text(more[dotted], at)
		if err != nil {
			r.Wrong(more[dotted], at, "write a dotted OID, like 2.5.4.97", "%v", err)
			continue
		}
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: oid, Value: value})
	}
}

func cfsslKey(r *strict.Reader, n ast.Node, path string) trait.KeyKind {
	f := r.Fields(n, path, "algo", "size")
	algo := r.OneOf(f["algo"], strict.Join(path, "algo"), []string{"rsa", "ecdsa", "ed25519"})
	size := r.Integer(f["size"], strict.Join(path, "size"), 0, 16384, 0)
	if f["algo"] == nil {
		r.Wrong(n, path, "add algo: ecdsa", "algo is missing")
	}
	kind := map[string]trait.KeyKind{
		"rsa 2048": trait.RSA2048, "rsa 3072": trait.RSA3072, "rsa 4096": trait.RSA4096, "ecdsa 256": trait.P256, "ecdsa 384": trait.P384, "ecdsa 521": trait.P521,
		"ed25519 0": trait.Ed25519, "ed25519 256": trait.Ed25519,
	}[algo+" "+strconv.Itoa(size)]
	if kind == "" && algo != "" {
		at := n
		if f["size"] != nil {
			at = f["size"]
		}
		r.Wrong(at, strict.Join(path, "size"), "sizes are 2048, 3072, 4096 for rsa and 256, 384, 521 for ecdsa; smaller ones are faults", "there is no %s key of %d bits", algo, size)
	}
	return kind
}

func (l *loader) cfsslCA(r *strict.Reader, n ast.Node, path string, authority bool, out *request) {
	if !authority {
		r.Wrong(n, path, "take it out, or describe the entry under authorities", "ca stands in the request of a certificate that may not issue")
		return
	}
	f := r.Fields(n, path, "pathlen", "pathlenzero", "expiry")
	limit := r.Integer(f["pathlen"], strict.Join(path, "pathlen"), 0, 100, 0)
	zero := r.Bool(f["pathlenzero"], strict.Join(path, "pathlenzero"))
	if limit > 0 || zero { // 0 without pathlenzero is no limit, to cfssl
		out.pathLen = &limit
	}
	out.expiry = l.goDuration(r, f["expiry"], strict.Join(path, "expiry"))
}

// goDuration is a duration as cfssl writes it, like 8760h.
func (l *loader) goDuration(r *strict.Reader, n ast.Node, path string) *time.Duration {
	if n == nil {
		return nil
	}
	text := r.Text(n, path)
	d, err := time.ParseDuration(text)
	switch {
	case strict.Kind(n) != "text":
		return nil
	case err != nil:
		r.Wrong(n, path, "write hours, like 8760h", "%q is no duration of cfssl", text)
		return nil
	case d < time.Second:
		r.Wrong(n, path, "for a certificate that has ended: fault: expired", "%s is not later than now", text)
		return nil
	}
	return &d
}

// A profile is what a signing profile of cfssl (config.SigningProfile) says.
type profile struct {
	traits  []pki.Trait
	said    []string // for the digest of the description
	span    *span
	pathLen *int
	ignored []string // keys that change nothing
}

// serverKeys say how a server of cfssl is asked to sign by this profile. They change no certificate.
func serverKeys() []string { return []string{"auth_key", "prev_auth_key", "auth_remote", "remote"} }

// cfsslProfile reads a signing profile strictly: cfssl ignores usages and keys that it does not know. What a profile says about
// stores, logs and checks has no meaning here and is a mistake, too.
func (l *loader) cfsslProfile(r *strict.Reader, n ast.Node, path string, authority bool) profile {
	f := r.Fields(n, path, append(serverKeys(), "usages", "expiry", "not_before", "not_after", "ca_constraint", "crl_url", "ocsp_url", "signing")...)
	var out profile
	for _, key := range serverKeys() {
		if f[key] != nil {
			out.ignored = append(out.ignored, key)
		}
	}
	if f["signing"] != nil {
		r.Wrong(f["signing"], strict.Join(path, "signing"), "name one of its profiles: FILE#NAME, or FILE#default", "this is a configuration of cfssl, not one profile")
	}
	if f["usages"] != nil {
		if words, ok := l.usages(r, f["usages"], strict.Join(path, "usages")); ok {
			out.traits, out.said = append(out.traits, usageTrait(words)), append(out.said, "usages "+strings.Join(words, ","))
		}
	}
	for _, u := range []struct {
		key   string
		trait func(string) pki.Trait
	}{{"crl_url", trait.CRLAt}, {"ocsp_url", trait.OCSPAt}} {
		if f[u.key] == nil {
			continue
		}
		text := r.Text(f[u.key], strict.Join(path, u.key))
		if err := checkName("uri", text); err != nil && text != "" {
			r.Wrong(f[u.key], strict.Join(path, u.key), "", "%v", err)
			continue
		}
		out.traits, out.said = append(out.traits, u.trait(text)), append(out.said, u.key+" "+text)
	}
	if c := f["ca_constraint"]; c != nil {
		g := r.Fields(c, strict.Join(path, "ca_constraint"), "is_ca", "max_path_len", "max_path_len_zero")
		at := strict.Join(path, "ca_constraint")
		is := r.Bool(g["is_ca"], strict.Join(at, "is_ca"))
		limit := r.Integer(g["max_path_len"], strict.Join(at, "max_path_len"), 0, 100, 0)
		zero := r.Bool(g["max_path_len_zero"], strict.Join(at, "max_path_len_zero"))
		switch {
		case is != authority:
			r.Wrong(c, at, "an entry under authorities may issue, one under identities may not", "is_ca says otherwise than the place of the entry")
		case is && (limit > 0 || zero):
			out.pathLen = &limit
		}
	}
	from, until := l.time(r, f["not_before"], strict.Join(path, "not_before")), l.time(r, f["not_after"], strict.Join(path, "not_after"))
	expiry := l.goDuration(r, f["expiry"], strict.Join(path, "expiry"))
	switch {
	case from != nil && until != nil:
		out.span = &span{moment{at: *from}, moment{at: *until}}
	case from != nil || until != nil:
		r.Wrong(n, path, "write both", "not_before and not_after stand only together")
	case expiry != nil:
		out.span = lasting(*expiry, *expiry%day != 0)
	}
	return out
}

// time is a moment in the form of RFC 3339, as cfssl writes it.
func (l *loader) time(r *strict.Reader, n ast.Node, path string) *time.Time {
	if n == nil {
		return nil
	}
	text := r.Text(n, path)
	m, err := moment1(text)
	if err != nil || m.at.IsZero() {
		r.Wrong(n, path, "write a time like 2026-01-01T00:00:00Z", "%q is no time", text)
		return nil
	}
	return &m.at
}

// usages reads a list of cfssl's words for usages.
func (l *loader) usages(r *strict.Reader, n ast.Node, path string) ([]string, bool) {
	words, nodes := r.Texts(n, path)
	ok := true
	for i, w := range words {
		if !slices.Contains(usageWords(), w) {
			ok = false
			if strict.Kind(nodes[i]) == "text" {
				r.Wrong(nodes[i], strict.At(path, i), usageProposal(r, w), "unknown usage %q", w)
			}
		}
	}
	if len(words) == 0 {
		r.Wrong(n, path, `write [digital signature, client auth]`, "no usage is named")
		return nil, false
	}
	return words, ok
}

// usageProposal knows how others write the usages: clientAuth, TLS Web Client Authentication, digitalSignature.
func usageProposal(r *strict.Reader, word string) string {
	flat := func(s string) string {
		return strings.NewReplacer(" ", "", "_", "", "-", "", "/", "").Replace(strings.ToLower(s))
	}
	for _, known := range usageWords() {
		if flat(known) == flat(word) {
			return "write " + strconv.Quote(known)
		}
	}
	return r.Suggestion(word, usageWords())
}
