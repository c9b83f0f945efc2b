package fakeidp_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TestFaultsAndVariationsAreNamedAndExplained: each can be found by a name of its own, and says in a sentence what it does.
func TestFaultsAndVariationsAreNamedAndExplained(t *testing.T) {
	t.Parallel()
	docs := map[string]string{}
	add := func(name, doc string) {
		if docs[name] != "" {
			t.Errorf("%s is there twice", name)
		}
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("the name %q is not made of small letters, digits and hyphens", name)
		}
		if !strings.HasSuffix(doc, ".") || strings.ToUpper(doc[:1]) != doc[:1] && !strings.Contains(doc[:strings.IndexByte(doc, ' ')], "_") {
			t.Errorf("%s: %q is not a sentence", name, doc)
		}
		docs[name] = doc
	}
	for _, f := range fakeidp.Faults() {
		add(f.Name, f.Doc)
		if found, ok := fakeidp.FaultNamed(f.Name); !ok || found.Doc != f.Doc {
			t.Errorf("the fault %s is not found by its name", f.Name)
		}
		if !f.Fits("rfc8705") && !f.Fits("7.4") {
			t.Errorf("%s fits no server", f.Name)
		}
	}
	for _, v := range fakeidp.Variations() {
		add(v.Name, v.Doc)
		if found, ok := fakeidp.VariationNamed(v.Name); !ok || found.Doc != v.Doc {
			t.Errorf("the variation %s is not found by its name", v.Name)
		}
		if !v.Fits("rfc8705") && !v.Fits("7.4") {
			t.Errorf("%s fits no server", v.Name)
		}
	}
	if n := len(fakeidp.Variations()); n < 25 {
		t.Errorf("%d variations, want at least 25", n)
	}
}

func TestRefusesAVariationThatDoesNotFit(t *testing.T) {
	t.Parallel()
	v, ok := fakeidp.VariationNamed("answers-401")
	if !ok {
		t.Fatal("there is no answers-401")
	}
	if _, err := fakeidp.New(fakeidp.Version("rfc8705"), fakeidp.Varies(v)); err == nil || !strings.Contains(err.Error(), "answers-401") {
		t.Errorf("got %v, want an error that names the variation", err)
	}
}

func TestRefusesAFaultThatDoesNotFit(t *testing.T) {
	t.Parallel()
	for version, name := range map[string]string{"7.4": "ignores-use", "rfc8705": "ids-no-door"} {
		f, ok := fakeidp.FaultNamed(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		if _, err := fakeidp.New(fakeidp.Version(version), fakeidp.Breaks(f)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want an error that names the fault", version, err)
		}
	}
}

// TestEachVariationCanBeSeen: who looks at the server from outside sees a difference, or the variation is none; and its own
// clients are served all the same.
func TestEachVariationCanBeSeen(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	for _, version := range []string{"rfc8705", "7.4"} {
		usual, seen := l.looks(t, version)
		if seen != nil {
			t.Fatalf("%s: %v", version, seen)
		}
		usualUser := looksAsUser(t, version)
		for _, v := range fakeidp.Variations() {
			if !v.Fits(version) {
				continue
			}
			t.Run(version+"/"+v.Name, func(t *testing.T) {
				t.Parallel()
				got, unserved := l.looks(t, version, fakeidp.Varies(v))
				if slices.Equal(got, usual) && looksAsUser(t, version, fakeidp.Varies(v)) == usualUser {
					t.Errorf("nothing is different: %s", strings.Join(got, "\n"))
				}
				if unserved != nil {
					t.Errorf("a registered client is not served: %v", unserved)
				}
			})
		}
	}
}

// looks is what can be seen of a server, without what differs from run to run; the error tells of a registered client that
// was not served.
func (l *strictLab) looks(t testing.TB, version string, o ...fakeidp.Option) (seen []string, unserved error) {
	t.Helper()
	expired, self, plain := l.ca.Fault(l.client, "expired"), l.SelfSigned("seen", trait.Subject("CN=nobody")), l.ca.Fault(l.client, "no-eku")
	outOfDate := l.ca.Fault(l.alone, "self-expired")
	upper := fakeidp.Client{ID: "other-case", Secrets: []fakeidp.Secret{fakeidp.Name(strings.ToUpper(clientName))}, Scopes: []string{"api1"}}
	old := fakeidp.Client{ID: "out-of-date", Secrets: []fakeidp.Secret{fakeidp.JWK(jwkOf(outOfDate))}, Scopes: []string{"api1"}}
	host := fakeidp.Client{ID: "host", Secrets: []fakeidp.Secret{fakeidp.NameDNS("client.example")}, Scopes: []string{"api1"}} // IdentityServer knows nobody so
	options := []fakeidp.Option{fakeidp.Version(version), fakeidp.Clients(upper, old, host)}
	if version != "rfc8705" {
		options = append(options, fakeidp.Clients(
			fakeidp.Client{ID: "named", Secrets: []fakeidp.Secret{fakeidp.Name("CN=client-1, OU=Conformance, O=mtlscheck, C=SE")}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "alone", Secrets: []fakeidp.Secret{fakeidp.Thumbprint(l.alone.Thumbprints().SHA1Upper)}, Scopes: []string{"api1"}}))
	}
	idp := l.start(t, append(options, o...)...)
	port := strings.NewReplacer(idp.URL, "URL", idp.MTLSURL, "MTLS")
	note := func(what string, q question) reply {
		r := put(t, idp, q)
		header := []string{}
		for name, values := range r.header {
			switch name {
			case "Date":
			case "Content-Length":
				header = append(header, name)
			default:
				header = append(header, name+": "+strings.Join(values, ", "))
			}
		}
		slices.Sort(header)
		lines := strings.Count(r.text, "\n")
		seen = append(seen, fmt.Sprintf("%s: %d %s %v, %d lines, refused %v", what, r.status, shape(port, r), header, lines, r.err != nil))
		return r
	}
	alias := idp.MTLSURL + "/token"
	for _, id := range []string{"named", "alone"} {
		shows := l.client.TLS()
		if id == "alone" {
			shows = l.alone.TLS()
		}
		if r := note("good "+id, question{to: alias, shows: shows, form: grant(id)}); r.status != 200 {
			unserved = fmt.Errorf("%s: %d %s %w", id, r.status, r.text, r.err)
		}
	}
	note("none", question{to: alias, form: grant("named")})
	note("expired", question{to: alias, shows: expired.TLS(), form: grant("named")})
	note("no purpose", question{to: alias, shows: plain.TLS(), form: grant("named")})
	note("other case", question{to: alias, shows: l.client.TLS(), form: grant("other-case")})
	note("wrong", question{to: alias, shows: l.other.TLS(), form: grant("named")})
	note("unregistered", question{to: alias, shows: self.TLS(), form: grant("alone")})
	note("out of date", question{to: alias, shows: outOfDate.TLS(), form: grant("out-of-date")})
	for _, name := range []string{"Client.example", "client.example."} {
		note("known as "+name, question{to: alias, shows: l.ca.Client("host", trait.DNS(name)).TLS(), form: grant("host")})
	}
	note("nobody", question{to: alias, shows: l.client.TLS(), form: url.Values{"grant_type": {"client_credentials"}}})
	note("both", question{to: alias, shows: l.client.TLS(), form: grant("named", "client_secret", "x")})
	note("shared", question{to: alias, shows: l.client.TLS(), form: grant("shared", "client_secret", "s3cret")})
	note("bound", question{to: idp.URL + "/token", form: grant("bound", "client_secret", "s3cret")})
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks", "/introspect", "/revocation"} {
		note(path, question{to: idp.URL + path, method: http.MethodGet})
	}
	seen = append(seen, fmt.Sprint("late: ", hurry(t, idp) >= 100*time.Millisecond))
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, door := range []string{idp.Addr().String(), addressOf(idp)} {
			seen = append(seen, handshake(idp, door, hostOf(idp.MTLSURL), version))
		}
	}
	return seen, unserved
}

// shape is a body without what differs from run to run.
func shape(port *strings.Replacer, r reply) string {
	if r.body == nil {
		return r.text
	}
	var out []string
	for name, value := range r.body {
		text := port.Replace(fmt.Sprint(value))
		switch name {
		case "keys":
			key, _ := value.([]any)[0].(map[string]any)
			text = fmt.Sprint(key["kty"], key["alg"])
		case "access_token":
			text = fmt.Sprintf("%d parts", strings.Count(text, ".")+1)
			if strings.Count(fmt.Sprint(value), ".") == 2 {
				header, claims, err := decoded(fmt.Sprint(value))
				text += fmt.Sprint(header["typ"], header["alg"], claims["cnf"], err)
			}
		}
		out = append(out, name+"="+text)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// hurry is the shortest of three answers.
func hurry(t testing.TB, idp *fakeidp.Server) time.Duration {
	t.Helper()
	best := time.Hour
	for range 3 {
		began := time.Now()
		put(t, idp, question{to: idp.URL + "/jwks", method: http.MethodGet})
		best = min(best, time.Since(began))
	}
	return best
}

// handshake is what a door does in a handshake of one TLS version, and how it writes the names of its headers.
func handshake(idp *fakeidp.Server, address, host string, version uint16) string {
	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	asked, authorities := false, 0
	c, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: host, MinVersion: version, MaxVersion: version, NextProtos: []string{"h2", "http/1.1"},
		GetClientCertificate: func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked, authorities = true, len(info.AcceptableCAs)
			return &tls.Certificate{}, nil
		}})
	if err != nil {
		return "no handshake"
	}
	c.Close()
	seen := fmt.Sprint(asked, authorities, c.ConnectionState().NegotiatedProtocol)
	c, err = tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: host, MinVersion: version, MaxVersion: version})
	if err != nil {
		return seen
	}
	defer c.Close()
	path := "/token"
	if strings.Contains(idp.MTLSURL, "/connect/") {
		path = "/connect/token"
	}
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", path, host)
	for lines := bufio.NewScanner(c); lines.Scan() && lines.Text() != ""; {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if strings.EqualFold(name, "connection") {
			name += value
		}
		seen += " " + name
	}
	return seen
}
