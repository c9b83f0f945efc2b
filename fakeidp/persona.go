package fakeidp

import (
	"fmt"
	"slices"
	"strings"
)

// persona is whom the server plays: the table row of its version, its rules, how it writes, and
// how it behaves during the handshake.
type persona struct {
	profile    profile
	rules      rules
	renderings renderings
	handshake  handshakes
	endpoints  map[string]handler
	// places works out the URL of the server and what MTLSURL is. aliasPort is the second port, or "".
	places func(s *settings, port, aliasPort string) (url, mtls string)
	// domainName is MutualTls.DomainName where the option Mode gives none.
	domainName string
}

// identityServer is the persona of one released version.
func identityServer(p profile) persona {
	return persona{profile: p, rules: identityServerRules(), renderings: identityServerRenderings(), handshake: kestrelHandshakes(),
		endpoints: identityServerEndpoints(), places: identityServerPlaces}
}

// personaNamed finds a persona by the names that Version takes: "7.4", "duende-7.4", "is4-4.1", "4.1".
func personaNamed(name string) (persona, error) {
	if name == strictName {
		return strictServer(), nil
	}
	short := strings.TrimPrefix(name, "duende-")
	for _, p := range profiles() {
		if p.name == short || strings.TrimPrefix(p.name, "is4-") == short {
			return identityServer(p), nil
		}
	}
	return persona{}, fmt.Errorf("fakeidp: no version %q; there are %s", name, strings.Join(Versions(), ", "))
}

// Fault is one rule that the server breaks on purpose.
type Fault struct {
	// Name is what --broken takes, such as accepts-expired.
	Name string
	// Doc says in one sentence what the server does wrong.
	Doc   string
	apply func(*persona)
}

// Fits tells whether the fault makes a difference at a version, by a name that Version takes: not every server decides what
// another can decide wrongly. New refuses a fault that does not fit.
func (f Fault) Fits(version string) bool {
	switch {
	case strings.HasPrefix(f.Name, "ids-"):
		return version != strictName
	case slices.Contains(strictFaults(), f.Name):
		return version == strictName
	}
	return version == strictName || f.since().runs(version)
}

// Variation is an honest difference between servers: not wrong, only unlike IdentityServer.
type Variation struct {
	// Name is what selects it, such as answers-401.
	Name string
	// Doc says in one sentence what is different.
	Doc string
	// only is the kind of server for which it makes sense; empty: any.
	only  kind
	apply func(*persona)
}

// kind tells servers apart.
type kind string

// The kinds of servers.
const (
	identityServerKind kind = "identityserver"
	strictKind         kind = "rfc8705"
)

// Fits tells whether the variation makes sense for a version, by a name that Version takes: some servers are like that
// already, and some would not be themselves with it. New refuses a variation that does not fit.
func (v Variation) Fits(version string) bool {
	is := identityServerKind
	if version == strictName {
		is = strictKind
	}
	return v.only == "" || v.only == is
}

// FaultNamed finds a fault by its name.
func FaultNamed(name string) (Fault, bool) {
	for _, f := range Faults() {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}

// VariationNamed finds a variation by its name.
func VariationNamed(name string) (Variation, bool) {
	for _, v := range Variations() {
		if v.Name == name {
			return v, true
		}
	}
	return Variation{}, false
}
