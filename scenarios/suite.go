package scenarios

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
	"github.com/mtlscheck/mtlscheck/pki"
)

// CatalogueVersion names the set of requirements; reports carry it.
const CatalogueVersion = "2026.11"

// Suite is all chapters over a world, judged by a profile.
func Suite(w *World, profile harness.Profile) *suite.Suite {
	return &suite.Suite{
		Target:  w.Target,
		Profile: profile,
		Asker:   w.Asker,
		Tool:    w.tool,
		Version: CatalogueVersion,
		Chapters: []harness.Chapter{
			Discovery(w),
			TokenEndpoint(w),
			Names(w),
			AlternativeNames(w),
			Chain(w),
			SelfSigned(w),
			Binding(w),
			Connections(w),
			UserGrants(w),
			ClientEndpoints(w),
			IdentityServerDiscovery(w),
			Routing(w),
			SubjectNames(w),
			Thumbprints(w),
			Precedence(w),
			ClientState(w),
			ClientCredentials(w),
			Confirmation(w),
			IdentityServerUsers(w),
		},
		Sanity:    w.alive,
		Preflight: w.preflight,
	}
}

// alive asks what any living target answers: its discovery document.
func (w *World) alive(ctx context.Context) error {
	a, err := w.Asker.Client.Ask(ctx, wire.Question{Person: nobody(), URL: w.whereMetadata()})
	if err != nil {
		return err
	}
	if a.Status != http.StatusOK {
		return errors.New("discovery answers " + a.String())
	}
	_, err = harness.ParseMetadata(a.Body)
	return err
}

// mutual are the roles that authenticate with a certificate alone, the likeliest to be configured first.
func mutual() []harness.Role {
	return []harness.Role{"name", "thumbprint", "thumbprint-ca", "name-2", "thumbprint-2", "san:dns", "san:uri", "san:ip", "san:email"}
}

// preflight says whether the target can be judged: it is there, it can be trusted, its metadata can be read, and at least
// one registered client is served. Where nobody is served, every refusal would prove nothing.
func (w *World) preflight(ctx context.Context) []harness.Step {
	steps := suite.Reach(ctx, w.Asker.Client)
	if !steps[len(steps)-1].OK {
		return steps
	}
	asked := map[harness.Role]knock{}
	var refused []string
	for _, role := range mutual() {
		k := w.knock(ctx, asked, role)
		switch {
		case k.served:
			steps = append(steps, harness.Step{Name: "positive control", OK: true, Detail: "the client of the role " + string(role) + " is served"})
			return append(steps, w.examineAuthority(ctx, asked)...)
		case k.said != "":
			refused = append(refused, fmt.Sprintf("%s (client_id %s): %s", role, w.members[role].ClientID, k.said))
		}
	}
	if len(refused) == 0 {
		return steps
	}
	return append(steps, harness.Step{Name: "positive control", Detail: "no registered client is served, so no refusal would prove anything: " + strings.Join(refused, "; "),
		Advice: "compare what is registered with what mtlscheck init prints; the certificate's CA must be trusted by the server, or by the proxy in front of it"})
}

// A knock is how a client fared at the door before anything was judged.
type knock struct {
	served  bool
	unheard bool   // nobody looked at the question, twice: no answer came, or that of a gateway
	said    string // what came back; empty: nobody has the role
}

// knock asks for a token as the client of a role, once.
func (w *World) knock(ctx context.Context, asked map[harness.Role]knock, role harness.Role) knock {
	m, ok := w.members[role]
	if !ok {
		return knock{}
	}
	if _, done := asked[role]; !done {
		asked[role] = w.knockWith(ctx, m, m.Identity)
	}
	return asked[role]
}

func (w *World) knockWith(ctx context.Context, m Member, shows *pki.Identity) knock {
	p := harness.Person{Role: m.Role, Name: string(m.Role), ClientID: m.ClientID}
	if shows != nil {
		p.Certificate = certificate(shows, m.File, m.KeyFile)
	}
	q := w.tokenQuestion(p)
	q.Control = true
	var k knock
	for range 2 { // one broken connection, or one request too many, says nothing about the client
		a, err := w.Asker.Client.Ask(ctx, q)
		if err != nil {
			k = knock{unheard: true, said: err.Error()}
			continue
		}
		k = knock{served: a.Status == http.StatusOK && a.AccessToken() != "", unheard: a.Closed || suite.Answer{Answer: a}.Busy(), said: a.String() + hint(a)}
		if !k.unheard {
			break
		}
	}
	return k
}

// examineAuthority finds out whether the target trusts the authority that makes strangers: it serves somebody whom that
// authority vouches for. Where it does not, what the authority issues says nothing, and the step says why. Where a question was
// not heard, that is not known, and no case that needs it can be judged.
func (w *World) examineAuthority(ctx context.Context, asked map[harness.Role]knock) []harness.Step {
	w.useless, w.unheard = "", false
	if w.ca == nil {
		return nil
	}
	var why string
	for _, role := range []harness.Role{"name", "name-2", "san:dns", "san:uri", "san:ip", "san:email"} {
		m, there := w.members[role]
		if !there || m.Identity == nil {
			continue
		}
		if k := w.knock(ctx, asked, role); !k.served {
			w.unheard = w.unheard || k.unheard
			continue
		}
		leaf, err := x509.ParseCertificate(m.Identity.DER())
		if err == nil && leaf.CheckSignatureFrom(w.ca.Certificate()) == nil {
			w.unheard = false
			return nil
		}
		k := w.knockWith(ctx, Member{Role: role, ClientID: m.ClientID}, w.ca.Fault(m.Identity, "C-OK1R"))
		if k.served {
			w.unheard = false
			return nil
		}
		w.unheard = k.unheard
		why = "the target serves the client of the role " + string(role) + " with its own certificate, and not with one of the CA in pki.dir that has the same name (" + k.said + ")"
		break
	}
	if why == "" {
		why = "no client that is known by its name is served"
	}
	w.useless = "whether the target trusts the CA in pki.dir is not known, so what that CA issues says nothing: " + why
	return []harness.Step{{Name: "client CA", OK: true, Detail: w.useless}}
}

// hint adds what the handshake showed to a refusal.
func hint(a harness.Answer) string {
	switch {
	case a.TLS.Version != "" && !a.TLS.Asked:
		return "; the server did not ask for a client certificate"
	case len(a.TLS.AcceptableCAs) > 0:
		return "; the server names the CAs " + strings.Join(a.TLS.AcceptableCAs, " and ")
	}
	return ""
}
