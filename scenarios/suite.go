package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
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
			Chain(w),
			SelfSigned(w),
			Binding(w),
			IdentityServerDiscovery(w),
			Routing(w),
			SubjectNames(w),
			Thumbprints(w),
			Precedence(w),
			ClientState(w),
			ClientCredentials(w),
			Confirmation(w),
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
	return []harness.Role{"name", "thumbprint", "thumbprint-ca", "name-2", "thumbprint-2"}
}

// preflight says whether the target can be judged: it is there, it can be trusted, its metadata can be read, and at least
// one registered client is served. Where nobody is served, every refusal would prove nothing.
func (w *World) preflight(ctx context.Context) []harness.Step {
	steps := suite.Reach(ctx, w.Asker.Client)
	if !steps[len(steps)-1].OK {
		return steps
	}
	var refused []string
	for _, role := range mutual() {
		if !w.Has(role) {
			continue
		}
		m := w.members[role]
		p := harness.Person{Role: role, Name: string(role), ClientID: m.ClientID}
		if m.Identity != nil {
			p.Certificate = certificate(m.Identity, m.File, m.KeyFile)
		}
		q := wire.Question{Person: p, Control: true, URL: w.tokenURL(), Form: wire.Form{{Name: "grant_type", Value: "client_credentials"}, {Name: "client_id", Value: m.ClientID}}}
		if w.Target.Scope != "" {
			q.Form = q.Form.With("scope", w.Target.Scope)
		}
		a, err := w.Asker.Client.Ask(ctx, q)
		if err == nil && a.Status == 200 && a.AccessToken() != "" {
			return append(steps, harness.Step{Name: "positive control", OK: true, Detail: "the client of the role " + string(role) + " is served"})
		}
		said := a.String()
		if err != nil {
			said = err.Error()
		}
		refused = append(refused, fmt.Sprintf("%s (client_id %s): %s%s", role, m.ClientID, said, hint(a)))
	}
	if len(refused) == 0 {
		return steps
	}
	return append(steps, harness.Step{Name: "positive control", Detail: "no registered client is served, so no refusal would prove anything: " + strings.Join(refused, "; "),
		Advice: "compare what is registered with what mtlscheck init prints; the certificate's CA must be trusted by the server, or by the proxy in front of it"})
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
