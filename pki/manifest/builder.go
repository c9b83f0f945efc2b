package manifest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A builder works out a plan: certificate by certificate, what stays and what is made.
type builder struct {
	m         *Manifest
	o         Options
	disk      *disk
	plan      *Plan
	lab       *pki.Lab
	reader    *strict.Reader
	present   time.Time // what hours count from
	today     time.Time // what dates count from
	old       map[string]pki.Entry
	now       map[string]pki.Entry
	ids       map[string]*pki.Identity // by name, as far as needed
	anew      map[string]bool          // names of entries that are made in this plan
	index     pki.Index
	conflicts []string
	failed    error
}

func base(e *entry) string {
	if e.authority {
		return "ca/" + e.name
	}
	return "id/" + e.name
}

// fail notes that something which must be possible is not.
func (b *builder) fail(err error) {
	b.failed = errors.Join(b.failed, err)
}

// wrong notes that what an entry asks for cannot be made.
func (b *builder) wrong(e *entry, key string, err error) {
	b.reader.Wrong(e.at(key), e.path, "", "%v", err)
}

// entry keeps or makes one certificate.
func (b *builder) entry(e *entry) {
	at := base(e)
	old, there := b.old[at]
	action, why := b.decide(e, old, there)
	if action == Keep {
		b.keep(e, old)
		return
	}
	b.anew[e.name] = true
	i := b.made(e, old, there)
	b.ids[e.name] = i
	if err := i.Err(); err != nil {
		key := ""
		if e.fault != "" {
			key = "fault"
		}
		b.wrong(e, key, err)
		return
	}
	n, err := b.described(at, e, i)
	if err == nil {
		err = b.writes(&n, at, i, e.exports)
	}
	if err != nil {
		b.wrong(e, "", err)
		return
	}
	b.step(action, at, why)
	b.record(at, n)
}

func (b *builder) record(at string, n pki.Entry) {
	b.now[at] = n
	b.index.Certificates = append(b.index.Certificates, n)
}

// decide tells whether what is there may stay, and if not, why.
func (b *builder) decide(e *entry, old pki.Entry, there bool) (Action, string) {
	if !there {
		return Make, "it is new"
	}
	for _, on := range []struct{ name, what string }{{e.issuer, "its issuer"}, {e.like, "what it is like"}} {
		if on.name != "" && b.anew[on.name] {
			return Remake, on.what + ", " + on.name + ", is made anew"
		}
	}
	if old.Spec != e.spec {
		return Remake, "its description changed"
	}
	if why := b.damaged(old, base(e)); why != "" {
		return Remake, why
	}
	for _, form := range e.exports {
		file := exportFile(base(e), form)
		if e.fault == "" {
			break // it can be made out of what is there
		}
		switch b.disk.condition(file, old.Files[file]) {
		case changed:
			b.conflict("%s/%s was changed by hand", b.disk.dir, file)
			return Remake, file + " was changed by hand"
		case missing:
			return Remake, file + " is missing"
		case right:
			if !b.opens(file) {
				return Remake, file + ": " + otherPassword
			}
		}
	}
	return b.age(old, b.spanOf(e))
}

const otherPassword = "its password is another now"

// spanOf is the validity of an entry: its own, or that of what it is like. It is nil for that of its kind or fault.
func (b *builder) spanOf(e *entry) *span {
	for {
		f, _ := pki.FaultNamed(e.fault)
		switch {
		case e.fault != "" && slices.Contains(f.Differs, trait.PartValidity):
			return nil
		case e.span != nil || e.like == "":
			return e.span
		}
		e = b.m.entryNamed(e.like)
	}
}

// damaged tells what is missing of a certificate. What was changed by hand is a conflict, so that nothing is lost.
func (b *builder) damaged(old pki.Entry, at string) (why string) {
	core := []string{at + "-key.pem", at + ".pem"}
	if old.Fault != "" {
		core = append(core, chainFile(at)) // which may hold what this folder does not, and is not made without the certificate
	}
	for _, name := range core {
		switch b.disk.condition(name, old.Files[name]) {
		case missing:
			why = name + " is missing"
		case changed:
			b.conflict("%s/%s was changed by hand", b.disk.dir, name)
			why = name + " was changed by hand"
		case right:
		}
	}
	return why
}

// age tells whether the life of a certificate ends, or its relation to the present is another than when it was made: one that is
// not yet valid on purpose must not become valid. What has dates of its own does not age.
func (b *builder) age(old pki.Entry, valid *span) (Action, string) {
	if valid.fixed() || !b.m.clock.IsZero() {
		return Keep, ""
	}
	if old.Made.After(b.present) {
		why := "it was made on " + old.Made.Format(time.DateOnly) + ", which lies in the future"
		b.conflict("%s/%s: %s: is the clock of this machine right?", b.disk.dir, old.File, why)
		return Remake, why
	}
	if old.NotAfter.IsZero() || !valid.exact() && old.Made.Equal(b.today) {
		return Keep, "" // made today, it would be the same
	}
	type relation struct{ early, late bool }
	at := func(t time.Time) relation { return relation{old.NotBefore.After(t), old.NotAfter.Before(t)} }
	was, is := at(old.Made), at(b.m.now)
	rest := old.NotAfter.Sub(old.NotBefore) / 10
	switch {
	case was == is && was == (relation{}) && b.m.now.After(old.NotAfter.Add(-rest)):
		return Renew, "it ends on " + ending(old.NotAfter, valid)
	case was == is:
		return Keep, ""
	case is.late:
		return Renew, "it ended on " + ending(old.NotAfter, valid)
	}
	return Renew, "its time has come"
}

func ending(t time.Time, valid *span) string {
	if valid.exact() {
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	return t.Format(time.DateOnly)
}

// keep leaves a certificate as it is, and makes exports that are missing.
func (b *builder) keep(e *entry, old pki.Entry) {
	at := base(e)
	n := old
	n.Files = maps.Clone(old.Files)
	again := func(file string, write func(*pki.Identity) ([]byte, error)) {
		why := "it is missing"
		if sum, has := old.Files[file]; has && b.disk.condition(file, sum) == right {
			if b.opens(file) {
				return
			}
			why = otherPassword
		}
		data, err := write(b.identity(e))
		if err != nil {
			b.wrong(e, "export", err)
			return
		}
		b.step(Mend, file, why)
		n.Files[file] = b.put(file, data)
	}
	if old.Fault == "" {
		again(chainFile(at), func(i *pki.Identity) ([]byte, error) { return i.ChainPEM(), nil })
	}
	for _, form := range exportWords() {
		file := exportFile(at, form)
		_, has := old.Files[file]
		switch {
		case slices.Contains(e.exports, form):
			again(file, func(i *pki.Identity) ([]byte, error) { return export(i, form, b.m.password) })
		case has && b.o.Prune:
			b.step(Remove, file, "the manifest no longer asks for it")
			b.remove([]string{file})
			delete(n.Files, file)
		case has:
			b.step(Left, file, "the manifest no longer asks for it")
		}
	}
	b.step(Keep, at, "")
	b.record(at, n)
}

// described is the entry of the index. A good certificate is checked against its issuer.
func (b *builder) described(at string, e *entry, i *pki.Identity) (pki.Entry, error) {
	n, err := i.Entry(at + ".pem")
	if err != nil {
		return n, err
	}
	n.Name, n.Made, n.Spec, n.Fault, n.Files = e.name, b.today, e.spec, e.fault, map[string]string{}
	n.Kind, n.Like = b.kind(e), e.like
	if b.spanOf(e).exact() {
		n.Made = b.present
	}
	if f, known := pki.FaultNamed(e.fault); known && e.fault != "" {
		n.Expect = f.Expectation()
		return n, nil
	}
	cert := i.Certificate()
	if cert == nil {
		return n, errors.New("this makes a certificate that Go cannot parse")
	}
	if issuer := b.authority(b.issuerOf(e)); issuer != nil {
		n.Issuer = issuer.Name()
		if err := cert.CheckSignatureFrom(issuer.Certificate()); err != nil {
			return n, fmt.Errorf("its issuer %s would not verify it: %w", issuer.Name(), err)
		}
	}
	return n, nil
}

func (b *builder) kind(e *entry) string {
	for e.like != "" {
		e = b.m.entryNamed(e.like)
	}
	switch {
	case e.authority && e.issuer == "":
		return "root"
	case e.authority:
		return "sub"
	case e.selfSigned:
		return "self-signed"
	case e.use == "server":
		return "server"
	}
	return "client"
}

// writes notes the files of a certificate.
func (b *builder) writes(n *pki.Entry, at string, i *pki.Identity, exports []string) error {
	key, err := i.KeyPEM()
	if err != nil {
		return err
	}
	n.Files[at+"-key.pem"] = b.put(at+"-key.pem", key)
	n.Files[at+".pem"] = b.put(at+".pem", pki.PEM(i.DER()))
	n.Files[chainFile(at)] = b.put(chainFile(at), i.ChainPEM())
	for _, form := range exports {
		data, err := export(i, form, b.m.password)
		if err != nil {
			return err
		}
		n.Files[exportFile(at, form)] = b.put(exportFile(at, form), data)
	}
	return nil
}
