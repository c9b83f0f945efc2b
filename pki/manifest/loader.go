package manifest

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A loader reads the tree into a Manifest.
type loader struct {
	*strict.Reader
	warn                    *strict.Reader
	dir                     string
	key                     trait.KeyKind
	seeded                  string
	clock, present          time.Time
	authorities, identities map[string]*entry
	order                   []*entry // as in the file
}

func (l *loader) manifest(root ast.Node) *Manifest {
	m := &Manifest{key: trait.P256, revoked: map[string][]string{}}
	if root == nil {
		l.Wrong(nil, "", "begin with version: 1, then authorities and identities", "the file is empty")
		return m
	}
	f := l.Fields(root, "", "version", "seed", "clock", "key", "p12_password", "authorities", "identities", "faults", "revoked")
	if l.Integer(f["version"], "version", 1, 1, 0); f["version"] == nil {
		l.Wrong(root, "version", "add version: 1", "version is missing")
	}
	if n := f["seed"]; n != nil {
		if m.seed = l.Text(n, "seed"); m.seed == "" && strict.Kind(n) == "text" {
			l.Wrong(n, "seed", "write a text, or leave seed out for random keys", "the seed is empty")
		}
	}
	m.clock = l.clockOf(f["clock"])
	if kind := l.OneOf(f["key"], "key", kinds()); kind != "" {
		m.key = trait.KeyKind(kind)
	}
	l.key, l.clock = m.key, m.clock
	m.password = l.password(f["p12_password"])
	if m.seed != "" {
		l.seeded = digest("seed", m.seed)
	}
	as, is := l.Pairs(f["authorities"], "authorities"), l.Pairs(f["identities"], "identities")
	switch {
	case len(as)+len(is) > maxEntries:
		l.Wrong(root, "", "package pki makes many clients of one kind: Authority.Clones", "%d certificates are described; at most %d are possible", len(as)+len(is), maxEntries)
		return m
	case len(as)+len(is) == 0 && len(l.Mistakes.All) == 0:
		l.Wrong(root, "", "add authorities: {root: {}} and identities: {client: {issuer: root}}", "no certificate is described")
	}
	for _, v := range as {
		l.entry(v, true)
	}
	for _, v := range is {
		l.entry(v, false)
	}
	m.entries = l.sorted()
	m.faults = l.faultSets(f["faults"])
	l.revocations(f["revoked"], m)
	return m
}

// clockOf reads clock: today, or a date.
func (l *loader) clockOf(n ast.Node) time.Time {
	text := l.Text(n, "clock")
	switch text {
	case "", "today":
		return time.Time{}
	case "now":
		l.Wrong(n, "clock", "write today, or leave clock out", "dates count from the beginning of a day (UTC); what is to count from now is given in hours, like for: 12h")
		return time.Time{}
	}
	at, err := moment1(text)
	if err != nil || at.at.IsZero() || !at.at.Equal(at.at.Truncate(day)) {
		l.Wrong(n, "clock", "write today, or a date like 2026-01-01", "%q is no day", text)
		return time.Time{}
	}
	return at.at
}

// now is the present that the file counts from.
func (l *loader) now() time.Time {
	if l.clock.IsZero() {
		return l.present
	}
	return l.clock
}

// entry reads one certificate's description. A name belongs to one authority or identity, since keys go by names.
func (l *loader) entry(v *ast.MappingValueNode, authority bool) {
	e := &entry{name: strict.Key(v), node: v.Key, authority: authority, pathLen: -1}
	switch n := v.Value.(type) {
	case *ast.MappingNode:
		e.pairs = n.Values
	case *ast.MappingValueNode:
		e.pairs = []*ast.MappingValueNode{n}
	}
	place, known := "identities", []string{"issuer", "use", "subject", "sans", "for", "valid", "usages", "key", "self_signed", "like", "fault", "csr", "profile", "export"}
	if authority {
		place, known = "authorities", []string{"issuer", "subject", "for", "valid", "pathlen", "key", "csr", "profile", "trusted"}
	}
	e.path = strict.Join(place, e.name)
	switch err := pki.CheckName(e.name); {
	case err != nil:
		l.Wrong(v.Key, e.path, "names have small letters, digits and . _ -", "%v", err)
	case l.authorities[e.name] != nil || l.identities[e.name] != nil:
		l.Wrong(v.Key, e.path, "keep one of them, or rename one", "the name %s stands twice", e.name)
	}
	f := l.Fields(v.Value, e.path, known...)
	if authority {
		l.authorities[e.name] = e
	} else {
		l.identities[e.name] = e
	}
	l.order = append(l.order, e)
	l.common(e, v, f)
	if !authority {
		l.identity(e, v, f)
	}
}

// common reads what authorities and identities share. What the entry says itself comes last, so that it wins over csr and
// profile.
func (l *loader) common(e *entry, v *ast.MappingValueNode, f map[string]ast.Node) {
	at := func(key string) string { return strict.Join(e.path, key) }
	add := func(t pki.Trait, said string) { e.traits, e.said = append(e.traits, t), append(e.said, said) }
	e.issuer = l.Text(f["issuer"], at("issuer"))
	if kind := l.OneOf(f["key"], at("key"), kinds()); kind != "" {
		e.key = trait.KeyKind(kind)
	}
	if n := f["csr"]; n != nil {
		l.fromRequest(e, n, f)
	}
	if n := f["profile"]; n != nil {
		if r, root, path := l.document(n, at("profile")); root != nil {
			p := l.cfsslProfile(r, root, path, e.authority)
			e.traits, e.said = append(e.traits, p.traits...), append(e.said, p.said...)
			if p.span != nil {
				e.span = p.span
			}
			if p.pathLen != nil {
				e.pathLen = *p.pathLen
			}
			if len(p.ignored) > 0 {
				l.warn.Wrong(n, at("profile"), "", "%s: that says how a server of cfssl is asked, and changes nothing here", strings.Join(p.ignored, ", "))
			}
		}
	}
	if n := f["subject"]; n != nil {
		l.subject(e, n, l.Text(n, at("subject")), at("subject"))
	}
	if n := f["pathlen"]; n != nil {
		e.pathLen = l.Integer(n, at("pathlen"), 0, 100, -1)
	} else if e.pathLen < 0 && e.issuer != "" {
		e.pathLen = 0
	}
	if e.authority && e.pathLen >= 0 {
		add(trait.PathLen(e.pathLen), "pathlen")
	}
	if n := f["sans"]; n != nil {
		texts, nodes := l.Texts(n, at("sans"))
		add(trait.NoNames, "sans")
		for i, text := range texts {
			if text == "" && strict.Kind(nodes[i]) != "text" {
				continue
			}
			t, try, err := san(text)
			if err != nil {
				l.Wrong(nodes[i], strict.At(at("sans"), i), try, "%v", err)
				continue
			}
			add(t, text)
		}
	}
	if n := f["usages"]; n != nil {
		if words, ok := l.usages(l.Reader, n, at("usages")); ok {
			add(usageTrait(words), "usages "+strings.Join(words, ","))
		}
	}
	l.validity(e, f)
	if n := f["trusted"]; n != nil {
		e.untrusted = !l.Bool(n, at("trusted"))
		if e.issuer != "" {
			l.Wrong(n, at("trusted"), "take it out", "only a root is trusted or not")
		}
	}
}

func (l *loader) subject(e *entry, n ast.Node, text, path string) {
	if strict.Kind(n) != "text" {
		return
	}
	name, err := pki.ParseDN(text)
	if err != nil {
		l.Wrong(n, path, `write it as RFC 4514 does: "CN=client,OU=production,O=company"`, "%v", err)
		return
	}
	if odd := unusual(name); odd != "" {
		l.warn.Wrong(n, path, "", "%s", odd)
	}
	e.traits, e.said = append(e.traits, trait.SubjectName(name)), append(e.said, "subject "+name.String())
}

func (l *loader) validity(e *entry, f map[string]ast.Node) {
	at := strict.Join(e.path, "valid")
	if f["for"] != nil && f["valid"] != nil {
		l.Wrong(f["valid"], at, "keep one of them", "valid stands beside for")
		return
	}
	if n := f["for"]; n != nil {
		text := l.Text(n, strict.Join(e.path, "for"))
		d, err := duration(text)
		switch {
		case strict.Kind(n) != "text":
		case err != nil:
			l.Wrong(n, strict.Join(e.path, "for"), durationForm, "%v", err)
		case d <= 0:
			l.Wrong(n, strict.Join(e.path, "for"), "for a certificate that has ended: valid: [-30d, -1d], or fault: expired", "%s is not later than now", text)
		default:
			e.span = lasting(d, strings.HasSuffix(text, "h"))
		}
	}
	if n := f["valid"]; n != nil {
		texts, nodes := l.Texts(n, at)
		if len(texts) != 2 {
			l.Wrong(n, at, "write two: [-1d, 90d], or [2026-01-01, 2027-01-01]", "a validity has a beginning and an end")
			return
		}
		var ends [2]moment
		for i, text := range texts {
			m, err := moment1(text)
			if err != nil {
				l.Wrong(nodes[i], strict.At(at, i), durationForm+", or a date like 2026-01-01", "%v", err)
				return
			}
			ends[i] = m
		}
		if now := l.now(); !ends[0].from(now).Before(ends[1].from(now)) {
			l.Wrong(n, at, "write the earlier one first; a certificate with exchanged dates is fault: inverted", "the validity ends before it begins")
			return
		}
		e.span = &span{ends[0], ends[1]}
	}
}

// fromRequest takes over what a cfssl request says and the entry does not.
func (l *loader) fromRequest(e *entry, n ast.Node, f map[string]ast.Node) {
	path := strict.Join(e.path, "csr")
	if f["like"] != nil {
		l.Wrong(n, path, "keep one of them", "csr stands beside like")
		return
	}
	r, root, path := l.document(n, path)
	if root == nil {
		return
	}
	q := l.cfsslRequest(r, root, path, e.authority)
	if q.subject != nil {
		if odd := unusual(*q.subject); odd != "" {
			l.warn.Wrong(n, path, "", "%s", odd)
		}
		e.traits, e.said = append(e.traits, trait.SubjectName(*q.subject)), append(e.said, "subject "+q.subject.String())
	}
	e.traits, e.said = append(e.traits, q.names...), append(e.said, q.said...)
	if e.key == "" {
		e.key = q.key
	}
	if q.pathLen != nil {
		e.pathLen = *q.pathLen
	}
	if q.expiry != nil {
		e.span = lasting(*q.expiry, *q.expiry%day != 0)
	}
}

// document is a mapping that stands in the manifest, or in a file that it names: NAME.json, or NAME.json#profile for one of the
// profiles in a configuration of cfssl. Mistakes are noted by the reader that is returned, which is that of the file.
func (l *loader) document(n ast.Node, path string) (*strict.Reader, ast.Node, string) {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return l.Reader, n, path
	}
	text := l.Text(n, path)
	if text == "" {
		return nil, nil, ""
	}
	name, part, picks := strings.Cut(text, "#")
	file := name
	if !filepath.IsAbs(file) {
		file = filepath.Join(l.dir, filepath.FromSlash(file))
	}
	data, err := readFile(file, "a file of cfssl")
	if err != nil {
		l.Wrong(n, path, "paths are relative to the manifest", "%v", err)
		return nil, nil, ""
	}
	root, r := strict.Parse(name, data)
	l.Names(r)
	if root == nil {
		if r.Err() == nil {
			r.Wrong(nil, "", "", "the file is empty")
		}
		return nil, nil, ""
	}
	if picks {
		if root = picked(r, root, part); root == nil {
			return nil, nil, ""
		}
	}
	return r, root, ""
}

// picked is one profile of a cfssl configuration. cfssl takes the default where there is no profile of that name.
func picked(r *strict.Reader, root ast.Node, name string) ast.Node {
	signing := r.Fields(root, "")["signing"]
	if signing == nil {
		r.Wrong(root, "", "", "this is no configuration of cfssl: there is no signing in it")
		return nil
	}
	f := r.Fields(signing, "signing", "default", "profiles")
	if name == "default" && f["default"] != nil {
		return f["default"]
	}
	profiles := r.Fields(f["profiles"], "signing.profiles")
	if profiles[name] != nil {
		return profiles[name]
	}
	var known []string
	for k := range profiles {
		known = append(known, k)
	}
	slices.Sort(known)
	r.Wrong(signing, "signing", r.Suggestion(name, known), "there is no profile %q", name)
	return nil
}
