package harness

import (
	"fmt"
	"slices"
	"strings"
)

// Level says how binding a requirement is, and so what a broken assertion means.
type Level string

// The levels of RFC 2119 that the catalogue uses. MUST NOT and SHALL are Must; RECOMMENDED is Should; OPTIONAL and
// what a specification leaves open is May.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// Broken is the verdict of a case of this level whose assertion did not hold.
func (l Level) Broken() Verdict {
	switch l {
	case Should:
		return Warn
	case May:
		return Note
	}
	return Fail
}

// A Feature is something that a server may or may not offer. A requirement that needs a feature which is absent does
// not apply.
type Feature string

// The features that requirements name.
const (
	MutualTLS         Feature = "mutual-tls"                  // a token endpoint that asks for a client certificate
	Aliases           Feature = "aliases"                     // mtls_endpoint_aliases in the metadata (RFC 8705 §5)
	BoundTokens       Feature = "bound-tokens"                // tls_client_certificate_bound_access_tokens is true (RFC 8705 §3.3)
	Introspection     Feature = "introspection"               // an introspection endpoint (RFC 7662)
	Revocation        Feature = "revocation"                  // a revocation endpoint (RFC 7009)
	NameClients       Feature = "tls_client_auth"             // clients known by subject name (RFC 8705 §2.1)
	SelfSignedClients Feature = "self_signed_tls_client_auth" // clients known by certificate (RFC 8705 §2.2)
	PathMode          Feature = "path-mode"                   // IdentityServer: aliases under /connect/mtls
	SubDomainMode     Feature = "sub-domain-mode"             // IdentityServer: DomainName without a dot
	DomainMode        Feature = "domain-mode"                 // IdentityServer: DomainName with a dot
)

// Advice says where to look first when a requirement is broken: one text for all servers, and better ones per product.
type Advice struct {
	Any string            `json:"any"`
	For map[string]string `json:"for,omitempty"` // product → text
}

// In is the advice for a product, or the general one if there is none of its own.
func (a Advice) In(product string) string {
	if text, ok := a.For[product]; ok {
		return text
	}
	return a.Any
}

// A Requirement is one sentence of a specification that a server keeps or breaks.
type Requirement struct {
	ID     string    // AREA-nn, as in "AUTH-07"; never reused, never renumbered
	Level  Level     // what a broken assertion means
	Says   string    // the sentence, with a subject: "The token endpoint refuses a client that shows no certificate."
	Cite   string    // "RFC 8705 §2"; "IdentityServer ≥ 7.3"
	Why    string    // what an attacker gains, or what breaks
	Advice Advice    // where to look first
	Needs  []Feature // without these it does not apply
	Since  string    // first product version it applies to; empty: all
	Until  string    // last product version it applies to; empty: all
}

// Area is the part of the ID before the number: "AUTH" of AUTH-07, "IDS-NAME" of IDS-NAME-05.
func (r Requirement) Area() string {
	return r.ID[:max(strings.LastIndexByte(r.ID, '-'), 0)]
}

// A Chapter is a part of the suite: a title, its requirements, and the specs that keep them. Specs declares Ginkgo
// nodes; it is called when, and as often as, somebody builds a tree.
type Chapter struct {
	Title        string // "the token endpoint"; chapter, table and entry read as one sentence
	Slug         string // "token-endpoint": selects the chapter on the command line, names it in JUnit
	Requirements []Requirement
	Specs        func()
}

// A Catalogue is every requirement of a suite, by ID.
type Catalogue map[string]Requirement

// NewCatalogue collects the requirements of chapters. It reports all mistakes at once: an ID that is used twice or is
// malformed, a requirement without a sentence, citation, reason or advice.
func NewCatalogue(chapters []Chapter) (Catalogue, error) {
	all, mistakes := Catalogue{}, []string{}
	for _, c := range chapters {
		for _, r := range c.Requirements {
			if _, twice := all[r.ID]; twice {
				mistakes = append(mistakes, r.ID+" stands twice in the catalogue")
			}
			if strings.ContainsAny(r.ID, "&|!,()/ .") || !strings.Contains(r.ID, "-") {
				mistakes = append(mistakes, fmt.Sprintf("%q is no requirement ID", r.ID))
			}
			for what, text := range map[string]string{"sentence": r.Says, "citation": r.Cite, "reason": r.Why, "advice": r.Advice.Any} {
				if text == "" {
					mistakes = append(mistakes, r.ID+" has no "+what)
				}
			}
			if !slices.Contains([]Level{Must, Should, May}, r.Level) {
				mistakes = append(mistakes, fmt.Sprintf("%s has the level %q", r.ID, r.Level))
			}
			all[r.ID] = r
		}
	}
	if len(mistakes) > 0 {
		slices.Sort(mistakes)
		return nil, fmt.Errorf("the catalogue has mistakes:\n  %s", strings.Join(mistakes, "\n  "))
	}
	return all, nil
}

// IDs are the catalogue's requirement IDs, sorted.
func (c Catalogue) IDs() []string {
	ids := make([]string, 0, len(c))
	for id := range c {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
