package fakeidp_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// anyHost is a session cache that does not look at where a session was made.
type anyHost struct{ tls.ClientSessionCache }

func (c anyHost) Get(string) (*tls.ClientSessionState, bool) { return c.ClientSessionCache.Get("any") }
func (c anyHost) Put(_ string, s *tls.ClientSessionState)    { c.ClientSessionCache.Put("any", s) }

// visit is what a connection came to: was it resumed, whom did the server see, and what did it answer.
type visit struct {
	Resumed bool
	Seen    string
	Status  int
}

// visitor makes one connection per request, with one session cache.
type visitor struct {
	t       *testing.T
	version uint16
	cache   tls.ClientSessionCache
}

func newVisitor(t *testing.T, version uint16) *visitor {
	return &visitor{t, version, anyHost{tls.NewLRUClientSessionCache(1)}}
}

// asks for a token at a URL with a certificate, or without.
func (v *visitor) asks(idp *fakeidp.Server, to string, shows *pki.Identity, clientID string) visit {
	v.t.Helper()
	c := client(idp, shows)
	transport := c.Transport.(*http.Transport)
	transport.TLSClientConfig.ClientSessionCache = v.cache
	transport.TLSClientConfig.MinVersion, transport.TLSClientConfig.MaxVersion = v.version, v.version
	if idp.AliasAddr() != nil && strings.HasPrefix(to, idp.MTLSURL) {
		transport.DialContext = nil
	}
	before := len(idp.Requests())
	status, _ := ask(v.t, c, to, clientCredentials(clientID)) // an alert would be an error, and the end of the test
	all := idp.Requests()
	if len(all) != before+1 {
		v.t.Fatalf("%d entries for one request: %+v", len(all)-before, all[before:])
	}
	last := all[before]
	out := visit{Resumed: last.TLS.Resumed, Status: status}
	if len(last.TLS.Presented) > 0 {
		out.Seen = last.TLS.Presented[0].Subject
	}
	return out
}

// TestSessions: what a client meets that keeps its TLS sessions while certificates, trust and time change. At the end of each story
// nobody was sent an alert.
func TestSessions(t *testing.T) {
	t.Parallel()
	on := fakeidp.SessionTickets(true)
	type scene struct {
		*visitor
		idp        *fakeidp.Server
		token      string
		ca         *pki.Authority
		alice, bob *pki.Identity // both certificates have the client's name
		other      *pki.Identity // of an authority that is not trusted
		otherCA    *pki.Authority
		plain      string // the plain token endpoint
	}
	alice, bob := "CN=alice, OU=1", "CN=alice, OU=2"
	for _, story := range []struct {
		name    string
		options []fakeidp.Option
		tell    func(s *scene) []visit
		want    []visit
	}{
		{"R15: without tickets each connection shows what the client has", nil, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.token, s.alice, "a"), s.asks(s.idp, s.token, s.bob, "b")}
		}, []visit{{false, alice, 200}, {false, bob, 200}}},
		{"R1: a client that changed its certificate still comes with the old one", []fakeidp.Option{on}, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.token, s.alice, "a"), s.asks(s.idp, s.token, s.bob, "b"), s.asks(s.idp, s.token, s.bob, "a")}
		}, []visit{{false, alice, 200}, {true, alice, 400}, {true, alice, 200}}},
		{"R2: a session without a certificate is not resumed where one is asked for, if the test says so", []fakeidp.Option{on, fakeidp.ResumeWithoutCertificate(false)}, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.plain, nil, "a"), s.asks(s.idp, s.token, s.alice, "a"), s.asks(s.idp, s.token, s.alice, "a")}
		}, []visit{{false, "", 400}, {false, alice, 200}, {true, alice, 200}}},
		{"R2: nor at the strict server", []fakeidp.Option{on, fakeidp.Version("rfc8705")}, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.token, nil, "a"), s.asks(s.idp, s.token, s.alice, "a"), s.asks(s.idp, s.token, s.alice, "a")}
		}, []visit{{false, "", 401}, {false, alice, 200}, {true, alice, 200}}},
		{"R2: but IdentityServer resumes it, and the client comes with an empty hand", []fakeidp.Option{on}, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.plain, nil, "a"), s.asks(s.idp, s.token, s.alice, "a")}
		}, []visit{{false, "", 400}, {true, "", 400}}},
		{"R3, R4: a revoked certificate does not come back by a session", []fakeidp.Option{on}, func(s *scene) []visit {
			first := s.asks(s.idp, s.token, s.alice, "a")
			if err := s.idp.Revoke(s.alice.Certificate()); err != nil {
				s.t.Error(err)
			}
			return []visit{first, s.asks(s.idp, s.token, s.alice, "a")}
		}, []visit{{false, alice, 200}, {false, alice, 400}}},
		{"R5: who has a new certificate is served at once after the old one was revoked", []fakeidp.Option{on}, func(s *scene) []visit {
			first := s.asks(s.idp, s.token, s.alice, "a")
			if err := s.idp.Revoke(s.alice.Certificate()); err != nil {
				s.t.Error(err)
			}
			return []visit{first, s.asks(s.idp, s.token, s.bob, "b"), s.asks(s.idp, s.token, s.bob, "b")}
		}, []visit{{false, alice, 200}, {false, bob, 200}, {true, bob, 200}}},
		{"R6: rotation of the keys ends sessions", []fakeidp.Option{on}, func(s *scene) []visit {
			first := s.asks(s.idp, s.token, s.alice, "a")
			s.idp.RotateKeys()
			return []visit{first, s.asks(s.idp, s.token, s.bob, "b")}
		}, []visit{{false, alice, 200}, {false, bob, 200}}},
		{"R6: another registration ends sessions", []fakeidp.Option{on}, func(s *scene) []visit {
			first := s.asks(s.idp, s.token, s.alice, "a")
			s.idp.SetClient(fakeidp.Client{ID: "a", Secrets: []fakeidp.Secret{fakeidp.Name(bob)}, Scopes: []string{"api1"}})
			return []visit{first, s.asks(s.idp, s.token, s.bob, "a")}
		}, []visit{{false, alice, 200}, {false, bob, 200}}},
		{"R7: trust in another authority ends sessions, and the client shows what it has", []fakeidp.Option{on}, func(s *scene) []visit {
			first := s.asks(s.idp, s.token, s.alice, "a")
			s.idp.SetTrust(s.otherCA.Certificate())
			return []visit{first, s.asks(s.idp, s.token, s.alice, "a"), s.asks(s.idp, s.token, s.other, "a")}
		}, []visit{{false, alice, 200}, {false, alice, 400}, {true, alice, 400}}},
		{"R8: a resumed session is judged like any other", []fakeidp.Option{on}, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.token, s.other, "a"), s.asks(s.idp, s.token, s.other, "a"), s.asks(s.idp, s.token, s.other, "b")}
		}, []visit{{false, alice, 400}, {true, alice, 400}, {true, alice, 400}}},
		{"R9: a session of one host is not resumed at another", []fakeidp.Option{on, fakeidp.Mode(fakeidp.SubDomain("mtls"))}, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.plain, s.alice, "a"), s.asks(s.idp, s.token, s.bob, "b"), s.asks(s.idp, s.token, s.bob, "b")}
		}, []visit{{false, alice, 200}, {false, bob, 200}, {true, bob, 200}}},
		{"R10: a session of a port that asks for no certificate is not resumed at one that does", []fakeidp.Option{on, fakeidp.Version("rfc8705")}, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.plain, s.alice, "a"), s.asks(s.idp, s.plain, s.alice, "a"), s.asks(s.idp, s.token, s.alice, "a"), s.asks(s.idp, s.token, s.alice, "a")}
		}, []visit{{false, "", 401}, {true, "", 401}, {false, alice, 200}, {true, alice, 200}}},
		{"R10: nor where the two are hosts of one port", []fakeidp.Option{on, fakeidp.Version("rfc8705"), fakeidp.Mode(fakeidp.SubDomain("mtls"))}, func(s *scene) []visit {
			return []visit{s.asks(s.idp, s.plain, s.alice, "a"), s.asks(s.idp, s.plain, s.alice, "a"), s.asks(s.idp, s.token, s.alice, "a"), s.asks(s.idp, s.token, s.alice, "a")}
		}, []visit{{false, "", 401}, {true, "", 401}, {false, alice, 200}, {true, alice, 200}}},
		{"R11: a session ends with its certificate", []fakeidp.Option{on}, func(s *scene) []visit {
			first := s.asks(s.idp, s.token, s.alice, "a")
			s.idp.Freeze(s.alice.Certificate().NotAfter.Add(time.Second))
			return []visit{first, s.asks(s.idp, s.token, s.alice, "a")}
		}, []visit{{false, alice, 200}, {false, alice, 400}}},
		{"R12: a ticket of another server is no ticket", []fakeidp.Option{on, fakeidp.Seed("same")}, func(s *scene) []visit {
			first := s.asks(s.idp, s.token, s.alice, "a")
			again, _, _ := company(s.t, on, fakeidp.Seed("same"), fakeidp.Trust(s.ca.Certificate()),
				fakeidp.Clients(fakeidp.Client{ID: "b", Secrets: []fakeidp.Secret{fakeidp.Name(bob)}, Scopes: []string{"api1"}}))
			return []visit{first, s.asks(again, again.MTLSURL+"/token", s.bob, "b")}
		}, []visit{{false, alice, 200}, {false, bob, 200}}},
	} {
		for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
			t.Run(story.name+"/"+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				lab := pki.New(pki.Options{})
				ca, otherCA := lab.Root("Root"), lab.Root("Other")
				s := &scene{visitor: newVisitor(t, version), ca: ca, otherCA: otherCA,
					alice: ca.Client("alice", trait.Subject("CN=alice,OU=1")), bob: ca.Client("bob", trait.Subject("CN=alice,OU=2")),
					other: otherCA.Client("alice", trait.Subject("CN=alice,OU=1"))}
				named := func(id, name string) fakeidp.Client {
					return fakeidp.Client{ID: id, Secrets: []fakeidp.Secret{fakeidp.Name(name)}, Scopes: []string{"api1"}}
				}
				s.idp = fakeidp.Start(t, append([]fakeidp.Option{fakeidp.Trust(ca.Certificate()), fakeidp.Clients(named("a", alice), named("b", bob))}, story.options...)...)
				s.token, s.plain = s.idp.MTLSURL+"/token", s.idp.URL+"/connect/token"
				if s.idp.AliasAddr() != nil || strings.Contains(s.idp.MTLSURL, "mtls.localhost") && !strings.HasSuffix(s.idp.MTLSURL, "/connect") {
					s.plain = s.idp.URL + "/token"
				}
				if diff := cmp.Diff(story.want, story.tell(s)); diff != "" {
					t.Errorf("visits (- want, + got):\n%s", diff)
				}
			})
		}
	}
}

// TestHints is R13: a client that obeys the authorities which a server names keeps its certificate back where they are others.
func TestHints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		breaks []fakeidp.Fault
		obeys  bool
		want   string
	}{
		{"no authorities are named", nil, true, "CN=alice"},
		{"no authorities are named, and the client would not care", nil, false, "CN=alice"},
		{"others are named", []fakeidp.Fault{fault(t, "names-public-authorities")}, true, ""},
		{"others are named, and the client does not care", []fakeidp.Fault{fault(t, "names-public-authorities")}, false, "CN=alice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			idp, _, _ := company(t, fakeidp.Breaks(c.breaks...))
			stranger := pki.New(pki.Options{}).Root("Stranger").Client("alice", trait.Subject("CN=alice"))
			asking := client(idp, stranger)
			if c.obeys {
				config := asking.Transport.(*http.Transport).TLSClientConfig
				config.GetClientCertificate, config.Certificates = nil, []tls.Certificate{*stranger.TLS()}
			}
			ask(t, asking, idp.MTLSURL+"/token", clientCredentials("app"))
			got := ""
			if p := idp.Requests()[0].TLS.Presented; len(p) > 0 {
				got = p[0].Subject
			}
			if got != c.want {
				t.Errorf("the server saw %q, want %q", got, c.want)
			}
		})
	}
}

// TestLateAlert is R14: where a certificate is demanded and missing, TLS 1.2 fails in the handshake, TLS 1.3 at the first read. The
// journal knows it, although there was no request.
func TestLateAlert(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			t.Parallel()
			idp, _, _ := company(t, fakeidp.Version("rfc8705"), fakeidp.Varies(variation(t, "refuses-in-handshake")))
			config := &tls.Config{RootCAs: trusted(idp), ServerName: "localhost", MinVersion: version, MaxVersion: version}
			conn, err := tls.Dial("tcp", idp.AliasAddr().String(), config)
			if late := version == tls.VersionTLS13; late != (err == nil) {
				t.Fatalf("handshake: %v", err)
			}
			if err == nil {
				defer conn.Close()
				if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
					t.Fatal(err)
				}
				_, err = conn.Read(make([]byte, 1))
			}
			if err == nil || !strings.Contains(err.Error(), "remote error: tls") {
				t.Errorf("no alert came: %v", err)
			}
			all, err := idp.WaitFor(t.Context(), 1, fakeidp.Match{})
			if err != nil || all[0].Handshake == "" || all[0].Status != 0 {
				t.Errorf("journal: %+v, %v", all, err)
			}
		})
	}
}
