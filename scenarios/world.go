package scenarios

import (
	"fmt"
	"net/http/cookiejar"
	"slices"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
	"github.com/mtlscheck/mtlscheck/pki"
)

// A Member is one of the cast: a client that is registered at the target, with what it shows.
type Member struct {
	Role     harness.Role
	ClientID string
	Secret   string        // for roles that have a shared secret
	Identity *pki.Identity // what it shows; nil: no certificate
	File     string        // the certificate's file, for the curl line; empty: the identity's name
	KeyFile  string
}

// A Setup is everything that a world is made of.
type Setup struct {
	Target  *harness.Target
	Members []Member
	CA      *pki.Authority // issues client certificates that the target trusts; nil: strangers cannot be minted
	User    *User          // who signs in; nil: nobody, and cases that need a user do not apply
	Timeout time.Duration  // for one question. Default value is 10s if Timeout is zero
	Tool    harness.Tool
}

// A World is what a scenario can see: the target, the people who are registered there, and the authority that makes
// strangers. Scenarios do not change it.
type World struct {
	*suite.Asker
	Target  *harness.Target
	tool    harness.Tool
	members map[harness.Role]Member
	ca      *pki.Authority
	user    *User
	cookies *cookiejar.Jar // of the user's browser
	unheard bool           // useless because a question in the preflight was not heard: the next run may know better
	useless string         // why nothing that ca issues can say anything about the target; empty: the target trusts it
}

// NewWorld makes a world. It reports all mistakes of the setup at once: an unknown role, a role that is given twice, an
// identity that cannot be used.
func NewWorld(s Setup) (*World, error) {
	w := &World{Target: s.Target, tool: s.Tool, members: map[harness.Role]Member{}, ca: s.CA, user: s.User}
	var mistakes []error
	secrets := []string{}
	if s.User != nil && s.User.Password != "" {
		secrets = append(secrets, s.User.Password)
	}
	for _, m := range s.Members {
		if _, twice := w.members[m.Role]; twice {
			mistakes = append(mistakes, fmt.Errorf("the role %s is given twice", m.Role))
		}
		if _, known := RoleNamed(m.Role); !known {
			mistakes = append(mistakes, fmt.Errorf("there is no role %q", m.Role))
		}
		if m.Identity != nil && m.Identity.Err() != nil {
			mistakes = append(mistakes, fmt.Errorf("the certificate of the role %s: %w", m.Role, m.Identity.Err()))
		}
		if m.Secret != "" {
			secrets = append(secrets, m.Secret)
		}
		w.members[m.Role] = m
	}
	if len(mistakes) > 0 {
		return nil, joined(mistakes)
	}
	w.cookies, _ = cookiejar.New(nil) // it has no error
	w.Asker = &suite.Asker{Client: &wire.Client{Target: s.Target, Timeout: s.Timeout, Secrets: secrets}}
	return w, nil
}

// Has reports whether somebody is registered for a role.
func (w *World) Has(role harness.Role) bool {
	_, ok := w.members[role]
	return ok
}

// Client is the person registered for a role, showing its certificate. If there is none, the scenario does not apply,
// and the report says what registering it would add.
func (w *World) Client(role harness.Role) harness.Person {
	m, ok := w.members[role]
	if !ok {
		w.unfilled(role)
	}
	p := harness.Person{Role: role, Name: string(role), ClientID: m.ClientID, Secret: m.Secret}
	if m.Identity != nil {
		p = p.Showing(certificate(m.Identity, m.File, m.KeyFile))
		p.Name = string(role)
	}
	return p
}

// unfilled ends the scenario: nobody is registered for the role, or nobody can be at this product.
func (w *World) unfilled(role harness.Role) {
	if r, ok := RoleNamed(role); ok && !r.Registration.PossibleAt(w.Target.Product) {
		if slices.ContainsFunc(r.Registration.Credentials, func(c Credential) bool { return c.Kind.alternative() }) {
			w.NotApplicable("at this product no client can be registered by an alternative name of this kind")
		}
		w.NotApplicable("at this product no client can be registered as the role " + string(role) + " wants it")
	}
	w.Vacant(role)
}

// AnyClient is the first of several roles that somebody is registered for.
func (w *World) AnyClient(roles ...harness.Role) harness.Person {
	i := slices.IndexFunc(roles, w.Has)
	if i < 0 {
		w.unfilled(roles[0])
	}
	return w.Client(roles[i])
}

// Identity is what a role shows, to make twins of. The scenario does not apply if there is none.
func (w *World) Identity(role harness.Role) *pki.Identity {
	m, ok := w.members[role]
	if !ok {
		w.unfilled(role)
	}
	if m.Identity == nil {
		w.NotApplicable("the role " + string(role) + " shows no certificate")
	}
	return m.Identity
}

// Flawed is the person with a twin of its certificate that has one fault, by the fault's name or its code in the matrix
// ("expired", "C-EXP"). Without the key of the client CA nothing can be minted, and the scenario does not apply.
func (w *World) Flawed(p harness.Person, fault string) harness.Person {
	twin := w.Shows(p, w.mintFor(fault).Fault(w.Identity(p.Role), fault))
	if f, known := pki.FaultNamed(fault); known {
		twin.Certificate.Name += ", " + f.Name
		twin.Name = twin.Certificate.Name
	}
	return twin
}

// onTrust is Client for a role that must not be served. That it is registered as it should be cannot be seen from outside,
// and the report says so.
func (w *World) onTrust(role harness.Role) harness.Person {
	p := w.Client(role)
	w.Ledger.Remark("that " + p.ClientID + " is registered as the role " + string(role) + " wants it is taken on trust: an unknown client is refused too")
	return p
}

// Mint is the authority that issues what strangers show. Where the target does not trust it every stranger would be refused
// for that alone, and the scenario does not apply; where nobody could find that out it is inconclusive.
func (w *World) Mint() *pki.Authority {
	ca := w.authority()
	switch {
	case w.useless != "" && w.unheard:
		w.Inconclusive(w.useless)
	case w.useless != "":
		w.NotApplicable(w.useless)
	}
	return ca
}

// mintFor is the authority that makes twins with a fault; those that sign themselves need no trust.
func (w *World) mintFor(fault string) *pki.Authority {
	if f, known := pki.FaultNamed(fault); known && f.SelfSigned {
		return w.authority()
	}
	return w.Mint()
}

func (w *World) authority() *pki.Authority {
	if w.ca == nil {
		w.NotApplicable("the key of the client CA is not at hand (pki.dir), so no stranger can be made")
	}
	return w.ca
}

// Shows is the person with an identity in its hand.
func (w *World) Shows(p harness.Person, id *pki.Identity) harness.Person {
	if err := id.Err(); err != nil {
		w.Inconclusive("a certificate could not be made: " + err.Error())
	}
	return p.Showing(certificate(id, "", ""))
}

func certificate(id *pki.Identity, file, keyFile string) *harness.Certificate {
	return &harness.Certificate{Name: id.Name(), Chain: id.Chain(), Key: id.Key(), File: file, KeyFile: keyFile}
}

// nobody is a person without a client_id and without a certificate: it asks for what is public.
func nobody() harness.Person { return harness.Person{Name: "nobody"} }
