package manifest

import (
	"maps"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
)

func exportWords() []string { return []string{"jwk", "p12", "p12-legacy"} }

// identity reads what only identities have.
func (l *loader) identity(e *entry, v *ast.MappingValueNode, f map[string]ast.Node) {
	at := func(key string) string { return strict.Join(e.path, key) }
	e.use = l.OneOf(f["use"], at("use"), []string{"client", "server"})
	e.like = l.Text(f["like"], at("like"))
	e.selfSigned = l.Bool(f["self_signed"], at("self_signed"))
	for i, n := range l.Items(f["export"], at("export")) {
		if form := l.OneOf(n, strict.At(at("export"), i), exportWords()); form != "" && !slices.Contains(e.exports, form) {
			e.exports = append(e.exports, form)
		}
	}
	if n := f["fault"]; n != nil {
		e.fault = l.fault(n, l.Text(n, at("fault")), at("fault"))
	}
	against := func(key, other, try string) {
		l.Wrong(f[key], at(key), try, "%s stands beside %s", key, other)
	}
	switch {
	case f["like"] != nil && f["use"] != nil:
		against("use", "like", "a twin is for what its base is for; usages change that")
	case f["like"] != nil && e.selfSigned:
		against("self_signed", "like", "a self-signed twin is fault: self-signed")
	case e.selfSigned && f["issuer"] != nil:
		against("issuer", "self_signed", "keep one of them")
	case e.selfSigned && e.use == "server":
		against("use", "self_signed", "self-signed certificates are for clients here; usages: [digital signature, server auth] makes it one for servers")
	case f["fault"] != nil && f["like"] == nil:
		against("fault", "no like", "write like: NAME of the good certificate of which this is the bad twin")
	case f["like"] == nil && f["issuer"] == nil && !e.selfSigned:
		l.Wrong(v.Key, e.path, "add issuer: NAME of an authority, or self_signed: true, or like: NAME", "nobody issues it")
	}
}

// fault finds a fault by name or code.
func (l *loader) fault(n ast.Node, text, path string) string {
	if text == "" {
		return ""
	}
	if f, known := pki.FaultNamed(text); known {
		return f.Name
	}
	var names []string
	for _, f := range pki.Faults() {
		names = append(names, f.Name)
	}
	l.Wrong(n, path, l.Suggestion(text, names), "there is no fault %q", text)
	return ""
}

// sorted are the entries, each behind its issuer and what it is like; authorities first. It finds what does not exist, cycles,
// and towers.
func (l *loader) sorted() []*entry {
	var out []*entry
	depth := map[*entry]int{}
	const busy = -1
	var visit func(e *entry) int
	// follow goes from an entry to one that it names, and returns how deep that is.
	follow := func(e *entry, key, name string, among map[string]*entry, what string) int {
		path := strict.Join(e.path, key)
		to := among[name]
		switch {
		case to == nil && l.wrongPlace(e, key, name, path):
			return 0
		case to == nil:
			l.Wrong(e.at(key), path, l.Suggestion(name, slices.Collect(maps.Keys(among))), "there is no %s %q", what, name)
			return 0
		}
		d := visit(to)
		if d == busy {
			l.Wrong(e.at(key), path, "let one of them stand on its own", "%s leads back to itself", e.name)
			return 0
		}
		if d == maxDepth {
			l.Wrong(e.at(key), path, "", "%s stands on %d others, one on the other; at most %d are possible", e.name, d, maxDepth)
		}
		return d
	}
	visit = func(e *entry) int {
		if d, known := depth[e]; known {
			return d
		}
		depth[e] = busy
		d := 0
		if e.issuer != "" {
			d = max(d, follow(e, "issuer", e.issuer, l.authorities, "authority"))
		}
		if e.like != "" {
			d = max(d, follow(e, "like", e.like, l.identities, "identity"))
		}
		depth[e] = d + 1
		l.check(e)
		l.describe(e)
		out = append(out, e)
		return d + 1
	}
	for _, e := range l.order {
		visit(e)
	}
	slices.SortStableFunc(out, func(a, b *entry) int { return order(a) - order(b) })
	return out
}

func order(e *entry) int {
	if e.authority {
		return 0
	}
	return 1
}

// wrongPlace reports an authority where an identity is meant, and the reverse.
func (l *loader) wrongPlace(e *entry, key, name, path string) bool {
	switch {
	case key == "issuer" && l.identities[name] != nil:
		l.Wrong(e.at(key), path, "describe "+name+" under authorities; one that is issued by a leaf on purpose is fault: issued-by-leaf", "%s may not issue", name)
	case key == "like" && l.authorities[name] != nil:
		l.Wrong(e.at(key), path, "", "%s is an authority, which has no twins here", name)
	default:
		return false
	}
	return true
}

// at is the node of a key of an entry, or of its name.
func (e *entry) at(key string) ast.Node {
	for _, v := range e.pairs {
		if strict.Key(v) == key {
			return v.Value
		}
	}
	return e.node
}

// check looks at an entry beside what it stands on, which is checked already.
func (l *loader) check(e *entry) {
	issuer, base := l.authorities[e.issuer], l.identities[e.like]
	for below, up := 1, issuer; e.authority && up != nil && below <= maxDepth; below, up = below+1, l.authorities[up.issuer] {
		if up.pathLen >= 0 && below > up.pathLen {
			l.Wrong(e.at("issuer"), strict.Join(e.path, "issuer"), "raise pathlen of "+up.name+", or issue it by another", "%s has pathlen %d, and this would be authority number %d below it", up.name, up.pathLen, below)
			break
		}
	}
	if base != nil && base.fault != "" {
		l.Wrong(e.at("like"), strict.Join(e.path, "like"), "take the good certificate", "%s has a fault of its own, and twins have one", base.name)
	}
	if base != nil && e.fault != "" {
		l.checkFault(e, base)
	}
	if issuer != nil && l.outlives(e, issuer) {
		l.warn.Wrong(e.node, e.path, "", "it is valid longer than its issuer %s", issuer.name)
	}
}

// checkFault refuses faults that a certificate of this kind cannot have.
func (l *loader) checkFault(e, base *entry) {
	f, _ := pki.FaultNamed(e.fault)
	alone := l.root(base).selfSigned
	path := strict.Join(e.path, "fault")
	switch {
	case f.SelfSigned && !alone:
		l.Wrong(e.at("fault"), path, "faults of other certificates have no self- in front", "%s is a fault of self-signed certificates, and %s is none", f.Name, base.name)
	case !f.SelfSigned && alone && len(f.Traits) == 0:
		l.Wrong(e.at("fault"), path, "", "%s is a fault of certificates that an authority issued, and %s is self-signed", f.Name, base.name)
	}
}

// root is what an identity is like in the end.
func (l *loader) root(e *entry) *entry {
	for range maxDepth {
		base := l.identities[e.like]
		if base == nil {
			break
		}
		e = base
	}
	return e
}

// outlives tells whether an entry ends after its issuer, by what the file says.
func (l *loader) outlives(e, issuer *entry) bool {
	now := l.now()
	return l.until(e).from(now).After(l.until(issuer).from(now))
}

// until is when an entry ends: as it says, as what it is like does, or as its kind does.
func (l *loader) until(e *entry) moment {
	e = l.spanOf(e)
	switch {
	case e.span != nil:
		return e.span.until
	case !e.authority:
		return moment{since: 365 * day}
	case e.issuer == "":
		return moment{since: 3650 * day}
	}
	return moment{since: 1825 * day}
}

// spanOf is the entry whose validity an entry has.
func (l *loader) spanOf(e *entry) *entry {
	for range maxDepth {
		base := l.identities[e.like]
		if e.span != nil || base == nil {
			break
		}
		e = base
	}
	return e
}

// describe works out the digest of an entry, once those of what it stands on are known.
// What a later version can say more goes into said: another form of the digest would make every folder anew.
func (l *loader) describe(e *entry) {
	var issuer, base string
	if up := l.authorities[e.issuer]; up != nil {
		issuer = up.spec
	}
	key := e.key
	if up := l.identities[e.like]; up != nil {
		base = up.spec
	} else if key == "" {
		key = l.key
	}
	clock := int64(0)
	if !l.clock.IsZero() {
		clock = l.clock.Unix()
	}
	e.spec = digest("v1", e.name, e.authority, issuer, base, e.fault, e.use, e.selfSigned, key, e.pathLen, e.span.String(), e.said, clock, l.seeded)
}

// revocations reads revoked: {issuing: [old]}. Only an issuer can revoke.
func (l *loader) revocations(n ast.Node, m *Manifest) {
	for _, v := range l.Pairs(n, "revoked") {
		name := strict.Key(v)
		path := strict.Join("revoked", name)
		if l.authorities[name] == nil {
			l.Wrong(v.Key, path, l.Suggestion(name, slices.Collect(maps.Keys(l.authorities))), "there is no authority %q", name)
			continue
		}
		if m.revoked[name] != nil {
			l.Wrong(v.Key, path, "keep one of them", "the key stands twice")
		}
		texts, nodes := l.Texts(v.Value, path)
		for i, text := range texts {
			at := strict.At(path, i)
			e := l.authorities[text]
			if e == nil {
				e = l.identities[text]
			}
			switch {
			case strict.Kind(nodes[i]) != "text":
			case e == nil:
				l.Wrong(nodes[i], at, l.Suggestion(text, append(slices.Collect(maps.Keys(l.identities)), slices.Collect(maps.Keys(l.authorities))...)), "there is no entry %q", text)
			case l.authorities[l.issuerOf(e)] == nil && l.issuerOf(e) != "": // which is a mistake of its own
			case l.issuerOf(e) != name:
				l.Wrong(nodes[i], at, "an issuer revokes what it issued", "%s was not issued by %s", text, name)
			case slices.Contains(m.revoked[name], text):
				l.Wrong(nodes[i], at, "keep one of them", "%s stands twice", text)
			default:
				m.revoked[name] = append(m.revoked[name], text)
			}
		}
	}
}

// issuerOf is the name of the authority that issues an entry, faults aside; empty: itself.
func (l *loader) issuerOf(e *entry) string {
	for range maxDepth {
		base := l.identities[e.like]
		if e.issuer != "" || base == nil {
			break
		}
		e = base
	}
	return e.issuer
}
