package wire_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/wire"
	"github.com/mtlscheck/mtlscheck/pki"
)

// listener is a server that says by which connection a request came, and whose certificate was shown on it. At /last it ends the
// connection after its answer, at /gone instead of it.
func listener(t *testing.T, change func(*tls.Config)) (client *wire.Client, issuer string, shows *harness.Certificate) {
	t.Helper()
	store, err := pki.Memory(pki.InitOptions{Seed: "wire"})
	if err != nil {
		t.Fatal(err)
	}
	identity := func(name string) *pki.Identity {
		id, err := store.Identity(name)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	var mu sync.Mutex
	numbers := map[string]int{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if numbers[r.RemoteAddr] == 0 {
			numbers[r.RemoteAddr] = len(numbers) + 1
		}
		number := numbers[r.RemoteAddr]
		mu.Unlock()
		switch r.URL.Path {
		case "/last":
			w.Header().Set("Connection", "close")
		case "/garbage":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("what?\r\n\r\n"))
				_ = conn.Close()
			}
			return
		case "/gone":
			panic(http.ErrAbortHandler)
		}
		shown := "nothing"
		if certs := r.TLS.PeerCertificates; len(certs) > 0 {
			shown = certs[0].Subject.CommonName
		}
		fmt.Fprintf(w, "%s on %d, %s shown", r.FormValue("client_id"), number, shown)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*identity("server").TLS()}, ClientAuth: tls.RequestClientCert}
	if change != nil {
		change(server.TLS)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	u, _ := url.Parse(server.URL)
	trust := x509.NewCertPool()
	trust.AddCert(store.CA().Certificate())
	own := identity("client")
	return &wire.Client{Target: &harness.Target{Trust: trust, Resolve: map[string]string{"localhost": "127.0.0.1"}}, Timeout: 10 * time.Second},
		"https://localhost:" + u.Port(), &harness.Certificate{Name: "client", Chain: own.Chain(), Key: own.Key()}
}

func TestQuestionsInTurnShareAConnection(t *testing.T) {
	t.Parallel()
	client, issuer, certificate := listener(t, nil)
	ask := func(id, path string) wire.Question {
		return wire.Question{Person: harness.Person{Name: id, Certificate: certificate}, URL: issuer + path, Form: wire.Form{{Name: "client_id", Value: id}}}
	}
	said := func(answers []harness.Answer) (out []string) {
		for _, a := range answers {
			out = append(out, string(a.Body))
		}
		return out
	}
	for _, test := range []struct {
		name      string
		questions []wire.Question
		want      []string
	}{
		{"three", []wire.Question{ask("a", "/"), ask("b", "/"), ask("a", "/")}, []string{"a on 1, client shown", "b on 1, client shown", "a on 1, client shown"}},
		{"another connection", []wire.Question{ask("a", "/")}, []string{"a on 2, client shown"}},
		{"an end that was announced", []wire.Question{ask("a", "/"), ask("b", "/last"), ask("c", "/")}, []string{"a on 3, client shown", "b on 3, client shown"}},
		{"an end that was not", []wire.Question{ask("a", "/"), ask("b", "/gone"), ask("c", "/")}, []string{"a on 4, client shown"}},
	} {
		answers, err := client.AskInTurn(t.Context(), test.questions...)
		if diff := cmp.Diff(test.want, said(answers)); diff != "" || err != nil {
			t.Errorf("%s: error %v, answers (- expected, + got):\n%s", test.name, err, diff)
		}
	}

	answers, err := client.AskInTurn(t.Context(), ask("a", "/"), ask("b", "/garbage"))
	if silence := (*wire.NoAnswer)(nil); !errors.As(err, &silence) || len(answers) != 1 || !strings.Contains(err.Error(), "no HTTP") {
		t.Errorf("garbage: %d answers, the error %v", len(answers), err)
	}

	answers, err = client.AskInTurn(t.Context(), ask("a", "/"), ask("b", "/"))
	if err != nil {
		t.Fatal(err)
	}
	if line := answers[1].Evidence.Curl; strings.Count(line, "curl ") != 1 || !strings.Contains(line, "client_id=a "+issuer+"/ --next -sS ") || !strings.HasSuffix(line, "client_id=b "+issuer+"/") {
		t.Errorf("curl does not ask both in turn: %s", line)
	}
	if answers[1].Evidence.TLS.Shown == nil {
		t.Error("the second answer does not tell the handshake of its connection")
	}
	for name, questions := range map[string][]wire.Question{
		"no URL":       {{URL: "token"}},
		"another host": {ask("a", "/"), {URL: "https://id.example/"}},
	} {
		if answers, err := client.AskInTurn(t.Context(), questions...); err == nil || len(answers) > 0 {
			t.Errorf("%s: %d answers, no error", name, len(answers))
		}
	}
}

func TestSilenceInTurnIsAnError(t *testing.T) {
	t.Parallel()
	client, issuer, certificate := listener(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.AskInTurn(ctx, wire.Question{Person: harness.Person{Certificate: certificate}, URL: issuer})
	if silence := (*wire.NoAnswer)(nil); !errors.As(err, &silence) || silence.Evidence == nil {
		t.Errorf("the error is %v, expected *wire.NoAnswer with evidence", err)
	}
	client.Target.Trust = x509.NewCertPool()
	if _, err := client.AskInTurn(t.Context(), wire.Question{URL: issuer}, wire.Question{URL: issuer}); !wire.Untrusted(err) {
		t.Errorf("the error is %v, expected that the server is not trusted", err)
	}
}

// A session is resumed on the next connection, with what was shown on the first; without one nothing is resumed.
func TestASessionIsResumed(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"TLS 1.3": tls.VersionTLS13, "TLS 1.2": tls.VersionTLS12} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, issuer, certificate := listener(t, nil)
			ask := func(session *wire.Session, shows *harness.Certificate) harness.Answer {
				a, err := client.Ask(t.Context(), wire.Question{Person: harness.Person{Certificate: shows}, URL: issuer, TLS: wire.TLS{MaxVersion: version, Session: session}})
				if err != nil {
					t.Fatal(err)
				}
				return a
			}
			session := new(wire.Session)
			if !session.Empty() {
				t.Error("a new session is not empty")
			}
			first := ask(session, certificate)
			if first.TLS.Resumed || session.Empty() {
				t.Errorf("the first connection: resumed %t, no ticket came %t", first.TLS.Resumed, session.Empty())
			}
			second := ask(session, nil)
			if !second.TLS.Resumed || !second.Evidence.TLS.Resumed || !strings.HasSuffix(string(second.Body), "client shown") {
				t.Errorf("the second connection: resumed %t, %s", second.TLS.Resumed, second.Body)
			}
			if second.Evidence.Curl != "" {
				t.Errorf("curl cannot ask so: %s", second.Evidence.Curl)
			}
			if third := ask(nil, nil); third.TLS.Resumed || !strings.HasSuffix(string(third.Body), "nothing shown") {
				t.Errorf("without a session: resumed %t, %s", third.TLS.Resumed, third.Body)
			}
		})
	}
}

func TestNoTicketsNoSession(t *testing.T) {
	t.Parallel()
	client, issuer, _ := listener(t, func(c *tls.Config) { c.SessionTicketsDisabled = true })
	session := new(wire.Session)
	if _, err := client.Ask(t.Context(), wire.Question{URL: issuer, TLS: wire.TLS{Session: session}}); err != nil || !session.Empty() {
		t.Errorf("error %v, empty %t", err, session.Empty())
	}
}
