package pki

import (
	"fmt"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A Fault is one way in which a certificate differs from a good twin. Mostly it makes the certificate wrong; some are
// right certificates that careless servers refuse, or differences that a server may decide on.
type Fault struct {
	Name string // "expired"
	Code string // "C-EXP", as in the list of fixtures that the requirements refer to
	Doc  string // one sentence: what differs
	// Traits make the twin by themselves where no other authority is needed; else they are empty: use Authority.Fault.
	Traits []Trait
	Expect Expect
	// Like names the NameFixture that the good twin must be, or is WithNames; empty: any client with CN, OU, O and C in its
	// subject.
	Like string
	// SelfSigned tells that the good twin must be a self-signed certificate.
	SelfSigned bool
	// Registered tells that the twin itself is to be registered: what is expected of a server is about that.
	Registered bool
	// Differs are the parts of the TBSCertificate in which the twin differs from its base; every twin differs in its serial
	// number, which is not listed.
	Differs []trait.Part
	Refs    []string // sections of RFCs, CVEs
	NotDER  bool     // the certificate is not DER, so that it has no parts to name

	make func(a *Authority, like *Identity) *Identity
}

// An Expect is what verifiers make of a certificate that is registered by subject under a trusted root.
type Expect struct {
	Server  Verdict   `json:"server"`  // a server that keeps RFC 8705 and RFC 5280, for the client that the good twin is
	Go      GoVerdict `json:"go"`      // crypto/x509 of Go 1.26, Verify for client authentication
	OpenSSL int       `json:"openssl"` // error number of openssl verify -purpose sslclient of OpenSSL 3.0; 0: OK, -1: cannot load it
}

// A Verdict is what a server must do with a certificate.
type Verdict string

// What a server may be expected to do.
const (
	Refuse Verdict = "refuse" // serving the client is a mistake
	Accept Verdict = "accept" // refusing the client is a mistake
	Either Verdict = "either" // the specifications leave it open
)

// A GoVerdict is a class of errors of x509.Certificate.Verify.
type GoVerdict string

// The classes that occur.
const (
	GoAccepts           GoVerdict = "ok"
	GoExpired           GoVerdict = "expired or not yet valid"
	GoUnknownAuthority  GoVerdict = "unknown authority"
	GoUsage             GoVerdict = "incompatible usage"
	GoUnhandledCritical GoVerdict = "unhandled critical extension"
	GoTooManyAbove      GoVerdict = "too many intermediates"
	GoNameConstraint    GoVerdict = "name constraint"
	GoNotAuthority      GoVerdict = "not authorized to sign"
	GoGivesUp           GoVerdict = "signature check attempts limit reached"
	GoNoPolicy          GoVerdict = "no valid policy"
	GoDoesNotParse      GoVerdict = "does not parse"
)

// Faults returns all faults, in the order of the list of fixtures.
func Faults() []Fault {
	var all []Fault
	for _, group := range [][]Fault{goodTwins(), trustFaults(), timeFaults(), revocationFaults(), usageFaults(), formFaults(), strangeFaults(), nameFaults(), sanFaults(), selfSignedFaults()} {
		all = append(all, group...)
	}
	return all
}

// Base names the identity of a folder that Init fills which can be the good twin: client, alone, san, or dn- and Like.
func (f Fault) Base() string {
	switch {
	case f.SelfSigned:
		return "alone"
	case f.Like == WithNames:
		return WithNames
	case f.Like != "":
		return "dn-" + f.Like
	}
	return "client"
}

// FaultNamed finds a fault by name or code, in any case.
func FaultNamed(nameOrCode string) (Fault, bool) { return faultIn(Faults(), nameOrCode) }

func faultIn(list []Fault, nameOrCode string) (Fault, bool) {
	for _, f := range list {
		if strings.EqualFold(f.Name, nameOrCode) || strings.EqualFold(f.Code, nameOrCode) {
			return f, true
		}
	}
	return Fault{}, false
}

// Fault makes the twin of an identity that has a fault, and whatever authorities it needs for that. The authority is the
// one that the server trusts, and mostly the issuer of the identity; an identity that was read from a file without its
// issuer gets a twin issued by this authority. A fault of a self-signed certificate wants a self-signed identity. Err of
// the result is set for an unknown fault.
func (a *Authority) Fault(like *Identity, nameOrCode string) *Identity {
	f, known := faultIn(a.lab().faults(), nameOrCode)
	if !known {
		return failed(a.recipe.lab, nameOrCode, fmt.Errorf("there is no fault %q; pki.Faults lists them", nameOrCode))
	}
	like, err := a.own(like)
	if err != nil {
		return failed(a.recipe.lab, f.Name, err)
	}
	if f.SelfSigned && !like.selfMade() {
		return failed(a.recipe.lab, f.Name, fmt.Errorf("fault %s is one of self-signed certificates, and %s is not self-signed", f.Name, like.Name()))
	}
	if f.make != nil {
		return f.make(a, like)
	}
	return like.With(f.Traits...)
}

// own returns an identity that can have twins: itself, or, if its issuer is not at hand, a copy issued by this authority.
func (a *Authority) own(like *Identity) (*Identity, error) {
	r := like.recipe
	if r.given == nil || r.issuer != nil || r.base == nil || r.base.SelfMade {
		return like, nil
	}
	if r.given.key == nil {
		return nil, fmt.Errorf("the key of %s is not at hand", r.name)
	}
	base := clone(r.base)
	trait.SignedBy(a)(base)
	return newIdentity(&recipe{lab: a.recipe.lab, name: r.name, issuer: a, base: base}), nil
}

// lab is where everything that a fault needs is made.
func (a *Authority) lab() *Lab { return a.recipe.lab }

func (i *Identity) selfMade() bool {
	m, err := i.made()
	return err == nil && m.selfMade
}
