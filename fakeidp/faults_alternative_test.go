package fakeidp_test

import (
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TestFaultsOfAlternativeNamesGoTogether: who is let in by one fault does not make the other fail.
func TestFaultsOfAlternativeNamesGoTogether(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	who := map[string]fakeidp.Secret{"dns": fakeidp.NameDNS("client-1.example"), "uri": fakeidp.NameURI("https://client-1.example/app"),
		"ip": fakeidp.NameIP("192.0.2.7"), "mail": fakeidp.NameEmail("service@client-1.example")}
	var clients []fakeidp.Client
	for id, s := range who {
		clients = append(clients, fakeidp.Client{ID: id, Secrets: []fakeidp.Secret{s}, Scopes: []string{"api1"}})
	}
	shown := []*pki.Identity{l.ca.Client("nameless", trait.NoNames), l.ca.Client("of another kind", trait.Subject("CN=a"), trait.DNS("other.example")), l.ca.Client("of an address", trait.Subject("CN=b"), trait.IP("192.0.2.8"))}
	for _, opens := range []string{"alternative-names-of-anybody", "alternative-names-may-be-absent", "alternative-names-of-another-kind"} {
		for _, narrows := range []string{"alternative-names-first-alone", "addresses-as-texts", "dns-names-in-unicode", "mailboxes-by-the-letter"} {
			var faults []fakeidp.Fault
			for _, name := range []string{opens, narrows} {
				f, ok := fakeidp.FaultNamed(name)
				if !ok {
					t.Fatalf("there is no %s", name)
				}
				faults = append(faults, f)
			}
			idp := l.start(t, fakeidp.Clients(clients...), fakeidp.Breaks(faults...))
			for _, c := range shown {
				for id := range who {
					put(t, idp, question{to: idp.MTLSURL + "/token", shows: c.TLS(), form: grant(id)})
				}
			}
			for _, r := range idp.Requests() {
				if r.Failure != "" || len(r.TLS.Presented) != 1 {
					t.Errorf("%s and %s, the client %s with %d certificates: %s", opens, narrows, r.ClientID, len(r.TLS.Presented), r.Failure)
				}
			}
		}
	}
}
