// Package builtin joins the examiner and the examined: it starts the fake server with everybody registered whom the
// scenarios know, and describes it to them as a target. Neither package scenarios nor package fakeidp may know the other;
// the command and the tests of the suite may know both, and share this.
//
//	instance, err := builtin.Start(builtin.Options{Version: "7.4", Broken: []string{"accepts-expired"}})
//	defer instance.Close()
//	world, err := scenarios.NewWorld(instance.Setup())
package builtin

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// Latest is the persona where none is asked for.
const Latest = "7.4"

// Options choose what is started.
type Options struct {
	Version string           // persona, as fakeidp.Version takes it. Default value is Latest if Version is empty
	Broken  []string         // names of faults
	Varied  []string         // names of variations
	Mode    string           // where the endpoints for certificates stand: path, sub-domain or domain. Default value is "path" if Mode is empty
	Cast    *Cast            // whom to register; nil: a cast of its own, with random keys
	More    []fakeidp.Option // further options, applied last
	Whole   bool             // everything is on that scenarios examine: TLS sessions can be resumed, a user signs in, tokens are exchanged

	// Beside those that the roles need; one of the same name takes its place.
	Scopes    []fakeidp.Scope
	Resources []fakeidp.Resource
}

// An Instance is a running fake and its description.
type Instance struct {
	Server *fakeidp.Server
	Cast   *Cast
	target *harness.Target
	whole  bool
}

// Start starts the fake on a free port of the loopback interface. An error names every unknown version, fault and
// variation.
func Start(o Options) (*Instance, error) {
	if o.Version == "" {
		o.Version = Latest
	}
	if o.Cast == nil {
		o.Cast = NewCast("")
	}
	if err := o.Cast.Err(); err != nil {
		return nil, err
	}
	options, err := o.Fake()
	if err != nil {
		return nil, err
	}
	server, err := fakeidp.New(options...)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(o.Cast.ca.Certificate())
	i := &Instance{Server: server, Cast: o.Cast, whole: o.Whole, target: &harness.Target{
		Name: harness.BuiltInFake, Issuer: server.Issuer(), Trust: pool, Scope: "api1",
		Product: product(o.Version), ProductVersion: productVersion(o.Version), Resolve: map[string]string{Domain: "127.0.0.1"},
	}}
	return i, nil
}

// Fake are the options of the server. Its errors are those of Start.
func (o Options) Fake() ([]fakeidp.Option, error) {
	var mistakes []error
	var faults []fakeidp.Fault
	var variations []fakeidp.Variation
	for _, name := range o.Broken {
		f, ok := fakeidp.FaultNamed(name)
		if !ok {
			mistakes = append(mistakes, &Unknown{Kind: "fault", Name: name})
		}
		faults = append(faults, f)
	}
	for _, name := range o.Varied {
		v, ok := fakeidp.VariationNamed(name)
		if !ok {
			mistakes = append(mistakes, &Unknown{Kind: "variation", Name: name})
		}
		variations = append(variations, v)
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	clients, resources, err := o.Cast.register(o.Version)
	if err != nil {
		return nil, err
	}
	place, known := places()[o.Mode]
	if !known {
		return nil, &Unknown{Kind: "mode", Name: o.Mode}
	}
	options := []fakeidp.Option{
		place, fakeidp.Version(o.Version), fakeidp.Breaks(faults...), fakeidp.Varies(variations...),
		fakeidp.Trust(o.Cast.ca.Certificate()), fakeidp.ServerIdentity(o.Cast.server),
		fakeidp.Clients(clients...), fakeidp.Resources(beside(resources, o.Resources, func(r fakeidp.Resource) string { return r.Name })...),
		fakeidp.Scopes(beside(scopes(), o.Scopes, func(s fakeidp.Scope) string { return s.Name })...),
	}
	if o.Whole {
		options = append(options, fakeidp.SessionTickets(true), fakeidp.Pages(fakeidp.ApproveAtOnce), fakeidp.ExtensionGrants(fakeidp.TokenExchange()),
			fakeidp.Users(fakeidp.User{Subject: "1", Username: userName, Password: "password-of-" + userName}))
	}
	return append(options, o.More...), nil
}

// beside adds to a list what takes the place of what has the same name.
func beside[T any](list, more []T, name func(T) string) []T {
	for _, m := range more {
		if i := slices.IndexFunc(list, func(have T) bool { return name(have) == name(m) }); i >= 0 {
			list[i] = m
			continue
		}
		list = append(list, m)
	}
	return list
}

// Domain is the host of the endpoints for certificates in domain mode.
const Domain = "mtls.example.test"

// places are the modes of Options.Mode.
func places() map[string]fakeidp.Option {
	return map[string]fakeidp.Option{
		"":           fakeidp.Mode(fakeidp.Path()),
		"path":       fakeidp.Mode(fakeidp.Path()),
		"sub-domain": fakeidp.Mode(fakeidp.SubDomain("mtls")),
		"domain":     fakeidp.Mode(fakeidp.Domain(Domain + ":0")),
	}
}

// Unknown is a name that nothing has.
type Unknown struct{ Kind, Name string }

func (e *Unknown) Error() string { return fmt.Sprintf("there is no %s %q", e.Kind, e.Name) }

// Close stops the fake.
func (i *Instance) Close() error { return i.Server.Close() }

// Setup describes the instance to the scenarios: the target, everybody registered there, and the authority that it
// trusts.
func (i *Instance) Setup() scenarios.Setup {
	target := *i.target
	setup := scenarios.Setup{Target: &target, Members: i.Cast.Members(i.target.Product), CA: i.Cast.ca}
	if i.whole {
		setup.User = &scenarios.User{Username: userName}
	}
	return setup
}

// userName is who signs in at a fake that is whole.
const userName = "alice"

// DefaultProfile is the profile by which a persona is judged where none is asked for.
func DefaultProfile(version string) string {
	if version == strict {
		return "rfc8705"
	}
	return "identityserver"
}

// strict is the persona that keeps RFC 8705 to the letter.
const strict = "rfc8705"

func product(version string) string {
	if version == strict {
		return "rfc8705"
	}
	return "identityserver"
}

func productVersion(version string) string {
	if version == strict {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(version, "duende-"), "is4-")
}
