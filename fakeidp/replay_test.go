package fakeidp_test

import (
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
)

// tally counts how the exchanges of a file, a version or all came out.
type tally struct{ equal, all, excepted, notYet int }

func (t *tally) add(o tally) {
	t.equal, t.all, t.excepted, t.notYet = t.equal+o.equal, t.all+o.all, t.excepted+o.excepted, t.notYet+o.notYet
}

func (t tally) String() string {
	return fmt.Sprintf("%d of %d exchanges equal (%d excepted, %d not yet)", t.equal, t.all, t.excepted, t.notYet)
}

// TestRecordings plays every recorded exchange to the fake, over real TLS, and compares the answers.
func TestRecordings(t *testing.T) {
	files := recordings(t)
	if testing.Short() { // a sample, for the race detector
		files = slices.DeleteFunc(files, func(f *recording) bool { return len(f.Exchanges) > 100 })
	}
	results := make([]tally, len(files))
	problems := make([][]string, len(files))
	work := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range work {
				results[i], problems[i] = replay(files[i])
			}
		})
	}
	for i := range files {
		work <- i
	}
	close(work)
	workers.Wait()

	const shown = 5
	for i, list := range problems {
		for j, p := range list {
			if j == shown {
				t.Errorf("%s: and %d more", files[i].name, len(list)-shown)
				break
			}
			t.Errorf("%s: %s", files[i].name, p)
		}
	}
	var total, version tally
	for i, r := range files {
		fmt.Printf("recordings: %s: %s\n", r.name, results[i])
		total.add(results[i])
		version.add(results[i])
		name, _, _ := strings.Cut(r.name, "/")
		if i+1 == len(files) || !strings.HasPrefix(files[i+1].name, name+"/") {
			fmt.Printf("recordings: %s: %s\n", name, version)
			version = tally{}
		}
	}
	fmt.Printf("recordings: %s\n", total)
}

// replay plays one file and returns its count and what is wrong.
func replay(r *recording) (tally, []string) {
	count := tally{all: len(r.Exchanges)}
	s := &script{recording: r, bound: map[string]string{}, pages: &hostPages{version: r.version}}
	ticking := &clock{at: time.Now()}
	s.now = ticking.now
	var err error
	if s.clothes, err = dressOnce(r.Certificates); err != nil {
		return count, []string{err.Error()}
	}
	if s.makers, err = newMakers(); err != nil {
		return count, []string{err.Error()}
	}
	options, err := s.options()
	if err != nil {
		return count, []string{err.Error()}
	}
	idp, err := fakeidp.New(append(options, fakeidp.Clock(ticking.now))...)
	if err != nil {
		return count, []string{err.Error()}
	}
	defer idp.Close()
	s.pages.idp = idp
	w := &wire{address: idp.Addr().String(), roots: x509.NewCertPool(), clothes: s.clothes, kept: map[string]*conversation{}}
	if a := idp.PlainAddr(); a != nil {
		w.plain = a.String()
	}
	w.roots.AddCert(s.clothes["ca"].certificate)
	defer w.close()
	if s.key, err = publishedKey(s, w); err != nil {
		return count, []string{err.Error()}
	}

	var problems []string
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		if excepted(r, e) != "" {
			count.excepted++
			continue
		}
		if p := s.unbound(e); p != "" {
			problems = append(problems, fmt.Sprintf("%d %q: nothing was answered that %s could stand for", i, e.Title, p))
			continue
		}
		ticking.pass(time.Duration(e.Request.AfterSeconds) * time.Second)
		a, err := w.send(e, s.fill)
		switch {
		case e.Response.TransportError != "" && err == nil:
			err = fmt.Errorf("recorded %q, answered %d %s", e.Response.TransportError, a.status, a.body)
		case e.Response.TransportError != "" && broken(err):
			err = nil
		case err == nil:
			err = s.compare(e, a)
		}
		if err == nil {
			count.equal++
		} else {
			problems = append(problems, fmt.Sprintf("%d %q: %s %s%s certificate %s: %v", i, e.Title, e.Request.Method, e.Request.Host, e.Request.Path, name(e.Request.Certificate), err))
		}
	}
	return count, problems
}

func name(certificate *string) string {
	if certificate == nil {
		return "none"
	}
	return *certificate
}

// dressOnce makes each set of certificates once: all files have the same.
var dressOnce = func() func(map[string]recordedCertificate) (wardrobe, error) {
	var mu sync.Mutex
	made := map[string]wardrobe{}
	return func(d map[string]recordedCertificate) (wardrobe, error) {
		b, err := json.Marshal(d)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		if w := made[string(b)]; w != nil {
			return w, nil
		}
		w, err := dress(d)
		made[string(b)] = w
		return w, err
	}
}()

// publishedKey is the signing key that the server shows, to verify tokens with.
func publishedKey(s *script, w *wire) (*rsa.PublicKey, error) {
	e := &exchange{}
	e.Request.Method, e.Request.Path, e.Request.Host = "GET", s.Config.Options.PathBase+"/.well-known/openid-configuration/jwks", "localhost:"+port
	if s.Config.Options.ClientCertificateMode == "RequireCertificate" {
		good := "good"
		e.Request.Certificate = &good
	}
	a, err := w.send(e, s.fill)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	var set struct{ Keys []struct{ N, E string } }
	if err := json.Unmarshal([]byte(a.body), &set); err != nil || len(set.Keys) != 1 {
		return nil, fmt.Errorf("key set %s: %w", a.body, errors.Join(err, errors.New("one key expected")))
	}
	n, err := base64.RawURLEncoding.DecodeString(set.Keys[0].N)
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, err
}

// options are the recorded configuration as options of the fake.
func (s *script) options() ([]fakeidp.Option, error) {
	c := s.Config
	o := c.Options
	types, ok := map[string]fakeidp.CertificateTypes{"All": fakeidp.AllCertificates, "Chained": fakeidp.ChainedCertificates,
		"SelfSigned": fakeidp.SelfSignedCertificates}[o.AllowedCertificateType]
	if !ok {
		return nil, fmt.Errorf("allowedCertificateTypes %q", o.AllowedCertificateType)
	}
	mode, ok := map[string]fakeidp.CertificateMode{"AllowCertificate": fakeidp.AllowCertificate, "NoCertificate": fakeidp.NoCertificate,
		"RequireCertificate": fakeidp.RequireCertificate, "DelayCertificate": fakeidp.DelayCertificate}[o.ClientCertificateMode]
	if !ok {
		return nil, fmt.Errorf("clientCertificateMode %q", o.ClientCertificateMode)
	}
	parser, ok := map[string]fakeidp.AssertionParser{"none": fakeidp.NoAssertions, "before": fakeidp.AssertionsFirst, "after": fakeidp.AssertionsLast}[o.JWTParser]
	if !ok {
		return nil, fmt.Errorf("jwtParser %q", o.JWTParser)
	}
	revocation := fakeidp.NoRevocationCheck
	if o.Revocation == "Online" {
		revocation = fakeidp.OnlineRevocation
	}
	identity := func(name string) *pki.Identity { return s.clothes[name].identity }
	options := []fakeidp.Option{
		fakeidp.Version(s.version), fakeidp.MutualTLS(o.MTLS), fakeidp.SecretValidators(o.Validators), fakeidp.CertificateScheme(o.CertificateScheme),
		fakeidp.Assertions(parser), fakeidp.IssuerURI(s.fill(o.Issuer)), fakeidp.PathBase(o.PathBase), fakeidp.AlwaysEmitConfirmationClaim(o.AlwaysEmit),
		fakeidp.SpaceDelimitedScopes(o.SpaceDelimitedScopes), fakeidp.StaticAudience(o.StaticAudience), fakeidp.ClientCertificates(mode),
		fakeidp.AllowedCertificateTypes(types), fakeidp.Revocation(revocation), fakeidp.InvariantGlobalization(!c.ICU),
		fakeidp.SessionTickets(true), fakeidp.ServerIdentity(identity("server")), fakeidp.Mode(fakeidp.Domain(s.fill(o.DomainName))),
		fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice", Password: "alice", Claims: []fakeidp.Claim{{Type: "name", Value: "Alice"}}}),
		fakeidp.Application(s.pages), fakeidp.ForwardedHeaders(o.ForwardedProto), fakeidp.KestrelValidates(o.KestrelValidates),
	}
	if o.ForwardHeader != "" {
		format := fakeidp.ForwardBase64
		if o.ForwardFormat == "pem-url" {
			format = fakeidp.ForwardPEM
		}
		options = append(options, fakeidp.CertificateForwarding(o.ForwardHeader, format), fakeidp.ListenPlain("127.0.0.1:0"))
	}
	if o.Signing != "" {
		options = append(options, fakeidp.SigningIdentity(identity(o.Signing)))
	}
	for _, name := range o.TrustedCAs {
		options = append(options, fakeidp.Trust(s.clothes[name].certificate))
	}
	for _, name := range o.Intermediates {
		options = append(options, fakeidp.Intermediates(s.clothes[name].certificate))
	}
	var scopes []fakeidp.Scope
	for _, name := range append(append([]string(nil), c.APIScopes...), o.ExtraScopes...) {
		scopes = append(scopes, fakeidp.Scope{Name: name})
	}
	for _, name := range o.DisabledScopes {
		scopes = append(scopes, fakeidp.Scope{Name: name, Disabled: true})
	}
	var resources []fakeidp.Resource
	for _, r := range c.APIResources {
		secrets, err := s.secrets(r.Secrets)
		if err != nil {
			return nil, err
		}
		resources = append(resources, fakeidp.Resource{Name: r.Name, Scopes: r.Scopes, Secrets: secrets})
	}
	options = append(options, fakeidp.Scopes(scopes...), fakeidp.Resources(resources...))
	for _, r := range c.Clients {
		secrets, err := s.secrets(r.Secrets)
		if err != nil {
			return nil, fmt.Errorf("client %s: %w", r.ID, err)
		}
		scopes := r.Scopes
		if scopes == nil {
			scopes = []string{"api1"}
		}
		options = append(options, fakeidp.Clients(fakeidp.Client{
			ID: r.ID, Secrets: secrets, Grants: r.Grants, Scopes: scopes, RedirectURIs: []string{"https://client.example/cb"}, Disabled: r.Disabled,
			Public: r.Public, OfflineAccess: r.Offline, NoPKCE: r.PKCE != nil && !*r.PKCE, Reference: r.Reference, RequirePAR: r.PAR,
			OneTimeRefresh: r.RefreshOneTime, RequireDPoP: r.RequireDPoP, Lifetime: time.Duration(r.Lifetime) * time.Second,
		}))
	}
	return options, nil
}

// secrets are the recorded secrets with the values of the certificates made here.
func (s *script) secrets(list []recordedSecret) ([]fakeidp.Secret, error) {
	var secrets []fakeidp.Secret
	for _, r := range list {
		v := r.Value
		if r.Of != "" && r.Of != "jwt-key" {
			der := s.clothes[r.Of].certificate.Raw
			sum1, sum256 := sha1.Sum(der), sha256.Sum256(der)
			lower := hex.EncodeToString(sum1[:])
			upper := strings.ToUpper(lower)
			forms := map[string]string{
				"lower-hex": lower, "upper-hex": upper, "mixed-hex": upper[:20] + lower[20:], "leading-space": " " + lower, "trailing-space": lower + " ",
				"colons": strings.Join(pairs(upper), ":"), "leading-U+200E": "\u200e" + lower, "sha256": hex.EncodeToString(sum256[:]),
			}
			var ok bool
			if v, ok = forms[r.Form]; !ok {
				return nil, fmt.Errorf("thumbprint form %q", r.Form)
			}
		}
		secret := fakeidp.Secret{Type: fakeidp.SecretType(r.Type), Value: v}
		switch r.Type {
		case "name":
			secret.Type = fakeidp.X509Name
		case "thumbprint":
			secret.Type = fakeidp.X509Thumbprint
		case "shared":
			secret.Type = fakeidp.SharedSecret
		case "JWK":
			secret.Value = s.makers.jwk()
		}
		if r.Expired {
			secret = secret.Until(time.Now().Add(-24 * time.Hour))
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

func pairs(hex string) []string {
	var list []string
	for ; hex != ""; hex = hex[2:] {
		list = append(list, hex[:2])
	}
	return list
}

// hostPages are the pages of the host that was recorded; they are not IdentityServer's.
type hostPages struct {
	idp     *fakeidp.Server
	version string
}

// knowsCIBA: the host of older versions had no such page.
func (h *hostPages) knowsCIBA() bool { return h.version != "is4-4.1" && h.version != "5.2" }

func (h *hostPages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cookie, _ := r.Cookie("idsrv")
	q := r.URL.Query()
	switch {
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusNotFound)
	case r.URL.Path == "/":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("up"))
	case r.URL.Path == "/login":
		back := q.Get("ReturnUrl")
		if back == "" {
			back = q.Get("returnUrl")
		}
		h.idp.SignIn(w, "1")
		w.Header().Set("Location", back)
		w.WriteHeader(http.StatusFound)
	case r.URL.Path == "/device" && h.idp.ApproveDevice(q.Get("userCode"), h.idp.SignIn(w, "1")):
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Write([]byte(`{"isError":false,"errorDescription":null}`))
	case r.URL.Path == "/ciba/approve" && h.knowsCIBA() && cookie != nil:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		fmt.Fprintf(w, `{"approved":%d}`, h.idp.ApproveBackchannel("1"))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// excepted is the class of an exchange that Go cannot send or serve, or "".
func excepted(r *recording, e *exchange) string {
	t := e.Request.Transport
	switch {
	case e.Request.Certificate != nil && r.Certificates[*e.Request.Certificate].Key == rsaPSS:
		return "Go's TLS has no keys of OID id-RSASSA-PSS"
	case t.PostHandshakeAuth != nil && *t.PostHandshakeAuth || t.Renegotiation || t.ALPN == "http/1.1" && r.Config.Options.ClientCertificateMode == "DelayCertificate":
		return "Go's TLS has no post-handshake authentication, and as a server no renegotiation"
	case t.HandshakeOnly:
		return "the offer of signature algorithms is OpenSSL's"
	case strings.Contains(e.Request.Host, " ") || t.Raw != "" && !strings.Contains(t.Raw, "\r\nHost:"):
		return "net/http itself refuses a request without a proper Host"
	}
	return ""
}
