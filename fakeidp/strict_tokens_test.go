package fakeidp_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// decoded are header and claims of a JWT.
func decoded(jwt string) (header, claims map[string]any, err error) {
	pieces := strings.Split(jwt, ".")
	if len(pieces) != 3 {
		return nil, nil, fmt.Errorf("%q is no JWT", jwt)
	}
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(pieces[i])
		if err != nil {
			return nil, nil, err
		}
		if err := json.Unmarshal(text, into); err != nil {
			return nil, nil, err
		}
	}
	return header, claims, nil
}

func token(t testing.TB, idp *fakeidp.Server, q question) string {
	t.Helper()
	r := put(t, idp, q)
	text, _ := r.body["access_token"].(string)
	if text == "" {
		t.Fatalf("no token: %d %s %v", r.status, r.text, r.err)
	}
	return text
}

func boundTo(id *pki.Identity) map[string]any {
	return map[string]any{"x5t#S256": id.Thumbprints().X5tS256}
}

func TestStrictServerBindsTokens(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	idp := l.start(t)
	alias := idp.MTLSURL + "/token"
	chained := l.ca.Fault(l.client, "via-intermediate")

	for name, c := range map[string]struct {
		question
		cnf any
	}{
		"by name":               {question{to: alias, shows: l.client.TLS(), form: grant("named")}, boundTo(l.client)},
		"to the leaf":           {question{to: alias, shows: chained.TLS(), form: grant("named")}, boundTo(chained)},
		"by certificate":        {question{to: alias, shows: l.alone.TLS(), form: grant("alone")}, boundTo(l.alone)},
		"asked for by a secret": {question{to: alias, shows: l.other.TLS(), form: grant("bound", "client_secret", "s3cret")}, boundTo(l.other)},
		"not asked for":         {question{to: alias, shows: l.other.TLS(), form: grant("shared", "client_secret", "s3cret")}, nil},
	} {
		header, claims, err := decoded(token(t, idp, c.question))
		if err != nil {
			t.Fatal(err)
		}
		if header["typ"] != "at+jwt" || header["alg"] != "ES256" {
			t.Errorf("%s: header %v", name, header)
		}
		if !reflect.DeepEqual(claims["cnf"], c.cnf) {
			t.Errorf("%s: cnf is %v, want %v", name, claims["cnf"], c.cnf)
		}
		if id := c.form.Get("client_id"); claims["iss"] != idp.URL || claims["client_id"] != id || claims["sub"] != id || !reflect.DeepEqual(claims["aud"], []any{"api", "api-by-name"}) || claims["scope"] != "api1" {
			t.Errorf("%s: claims %v", name, claims)
		}
		for _, required := range []string{"iat", "exp", "jti"} {
			if claims[required] == nil {
				t.Errorf("%s: no %s", name, required)
			}
		}
	}
}

func TestStrictServerTellsAboutTokens(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	idp := l.start(t)
	bound := token(t, idp, question{to: idp.MTLSURL + "/token", shows: l.client.TLS(), form: grant("named")})
	opaque := token(t, idp, question{to: idp.MTLSURL + "/token", shows: l.client.TLS(), form: grant("opaque")})
	free := token(t, idp, question{to: idp.URL + "/token", form: grant("shared", "client_secret", "s3cret")})
	plain, alias := idp.URL+"/introspect", idp.MTLSURL+"/introspect"
	about := func(token, id string, more ...string) url.Values {
		v := grant(id, append([]string{"token", token}, more...)...)
		v.Del("grant_type")
		if id == "" {
			v.Del("client_id")
		}
		return v
	}
	asAPI := [2]string{"api", "of-the-api"}

	for name, c := range map[string]struct {
		question
		status int
		code   string
		active any
		cnf    any
	}{
		"to the API":               {question{to: plain, basic: asAPI, form: about(bound, "")}, 200, "", true, boundTo(l.client)},
		"of the token, not mine":   {question{to: alias, shows: l.other.TLS(), form: about(bound, "api-by-name")}, 200, "", true, boundTo(l.client)},
		"to its client":            {question{to: alias, shows: l.client.TLS(), form: about(bound, "named")}, 200, "", true, boundTo(l.client)},
		"opaque":                   {question{to: plain, basic: asAPI, form: about(opaque, "")}, 200, "", true, boundTo(l.client)},
		"unbound":                  {question{to: plain, basic: asAPI, form: about(free, "")}, 200, "", true, nil},
		"another client's":         {question{to: alias, shows: l.other.TLS(), form: about(bound, "named-2")}, 200, "", false, nil},
		"garbage":                  {question{to: plain, basic: asAPI, form: about("garbage", "")}, 200, "", false, nil},
		"with another signature":   {question{to: plain, basic: asAPI, form: about(bound[:strings.LastIndexByte(bound, '.')]+free[strings.LastIndexByte(free, '.'):], "")}, 200, "", false, nil},
		"to nobody":                {question{to: plain, form: about(bound, "")}, 401, "invalid_client", nil, nil},
		"to a public client":       {question{to: plain, form: about(bound, "public")}, 401, "invalid_client", nil, nil},
		"without the certificate":  {question{to: alias, form: about(bound, "api-by-name")}, 401, "invalid_client", nil, nil},
		"with another certificate": {question{to: alias, shows: l.client.TLS(), form: about(bound, "api-by-name")}, 401, "invalid_client", nil, nil},
		"without a token":          {question{to: plain, basic: asAPI, form: url.Values{}}, 400, "invalid_request", nil, nil},
		"of two tokens":            {question{to: plain, basic: asAPI, form: url.Values{"token": {bound, free}}}, 400, "invalid_request", nil, nil},
	} {
		r := put(t, idp, c.question)
		if r.err != nil || r.status != c.status || r.oauthError() != c.code || r.body["active"] != c.active || !reflect.DeepEqual(r.body["cnf"], c.cnf) {
			t.Errorf("%s: got %d %s %v, want %d %s active %v cnf %v", name, r.status, r.text, r.err, c.status, c.code, c.active, c.cnf)
		}
		if c.active == false && len(r.body) != 1 {
			t.Errorf("%s: an inactive token and more: %s", name, r.text)
		}
	}

	revoke := func(form url.Values, shows *pki.Identity) int {
		q := question{to: idp.MTLSURL + "/revocation", form: form}
		if shows != nil {
			q.shows = shows.TLS()
		}
		return put(t, idp, q).status
	}
	active := func(token string) any {
		return put(t, idp, question{to: plain, basic: asAPI, form: about(token, "")}).body["active"]
	}
	for _, step := range []struct {
		name   string
		form   url.Values
		shows  *pki.Identity
		status int
		active any
	}{
		{"without the certificate", about(bound, "named"), nil, 401, true},
		{"as another client", about(bound, "named-2"), l.other, 400, true},
		{"as its client", about(bound, "named"), l.client, 200, false},
		{"a second time", about(bound, "named"), l.client, 200, false},
		{"garbage", about("garbage", "named"), l.client, 200, false},
	} {
		if status := revoke(step.form, step.shows); status != step.status {
			t.Errorf("revoked %s: got %d, want %d", step.name, status, step.status)
		}
		if got := active(bound); got != step.active {
			t.Errorf("revoked %s: active is %v, want %v", step.name, got, step.active)
		}
	}
}

func TestStrictServerDescribesItself(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	methods := []any{"client_secret_basic", "client_secret_post", "tls_client_auth", "self_signed_tls_client_auth"}
	for name, c := range map[string]struct {
		options []fakeidp.Option
		at      func(idp *fakeidp.Server) []string
	}{
		"at its root": {nil, func(idp *fakeidp.Server) []string {
			return []string{idp.URL + "/.well-known/openid-configuration", idp.URL + "/.well-known/oauth-authorization-server"}
		}},
		"with a path": {[]fakeidp.Option{fakeidp.PathBase("/t1")}, func(idp *fakeidp.Server) []string {
			return []string{idp.URL + "/.well-known/openid-configuration", strings.TrimSuffix(idp.URL, "/t1") + "/.well-known/oauth-authorization-server/t1"}
		}},
	} {
		idp := l.start(t, c.options...)
		want := map[string]any{
			"issuer": idp.URL, "token_endpoint": idp.URL + "/token", "jwks_uri": idp.URL + "/jwks", "introspection_endpoint": idp.URL + "/introspect",
			"revocation_endpoint": idp.URL + "/revocation", "scopes_supported": []any{"api1"}, "grant_types_supported": []any{"client_credentials"},
			"token_endpoint_auth_methods_supported": methods, "introspection_endpoint_auth_methods_supported": methods, "revocation_endpoint_auth_methods_supported": methods,
			"tls_client_certificate_bound_access_tokens": true, "introspection_signing_alg_values_supported": []any{"ES256"},
			"dpop_signing_alg_values_supported": []any{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"},
			"mtls_endpoint_aliases": map[string]any{"token_endpoint": idp.MTLSURL + "/token", "introspection_endpoint": idp.MTLSURL + "/introspect",
				"revocation_endpoint": idp.MTLSURL + "/revocation"},
		}
		for _, at := range c.at(idp) {
			if r := put(t, idp, question{to: at, method: http.MethodGet}); r.status != 200 || !reflect.DeepEqual(r.body, want) {
				t.Errorf("%s: %s: got %d %s, want %v", name, at, r.status, r.text, want)
			}
		}
		if idp.AliasAddr() == nil || strings.HasPrefix(idp.MTLSURL, idp.URL) {
			t.Errorf("%s: the alias %s is not on another port than %s", name, idp.MTLSURL, idp.URL)
		}
		r := put(t, idp, question{to: idp.URL + "/jwks", method: http.MethodGet})
		keys, _ := r.body["keys"].([]any)
		if len(keys) != 1 || keys[0].(map[string]any)["kty"] != "EC" || strings.Contains(r.text, `"d"`) {
			t.Errorf("%s: keys %s", name, r.text)
		}
	}
}

// TestStrictServerAsksAtTheAlias looks at the handshakes: which doors ask for a certificate, and whom they name.
func TestStrictServerAsksAtTheAlias(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	for name, options := range map[string][]fakeidp.Option{"another port": nil, "another host": {fakeidp.Mode(fakeidp.SubDomain("mtls"))}} {
		idp := l.start(t, options...)
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			for _, door := range []struct {
				host string
				at   string
				asks bool
			}{{"localhost", idp.Addr().String(), false}, {hostOf(idp.MTLSURL), addressOf(idp), true}} {
				asked, authorities := asks(t, idp, door.at, door.host, version)
				if asked != door.asks || authorities != 0 {
					t.Errorf("%s, %s, %s: asked for a certificate: %v, naming %d authorities; want %v and 0", name, door.host, tls.VersionName(version), asked, authorities, door.asks)
				}
			}
		}
	}
	idp := l.start(t, fakeidp.Mode(fakeidp.SubDomain("mtls")))
	alias := hostOf(idp.MTLSURL)
	dial := func(host string) func(*tls.Config) { return func(c *tls.Config) { c.ServerName = host } }
	at := "https://" + idp.Addr().String() + "/token"
	for name, c := range map[string]struct {
		question
		status int
	}{
		"connected and asked for the alias":            {question{to: at, shows: l.client.TLS(), form: grant("named"), host: alias, tls: dial(alias)}, 200},
		"connected for the server, asked at it":        {question{to: at, shows: l.client.TLS(), form: grant("named"), host: "localhost", tls: dial("localhost")}, 401},
		"connected for the server, asked at the alias": {question{to: at, shows: l.client.TLS(), form: grant("named"), host: alias, tls: dial("localhost")}, 421},
		"connected for the alias, asked at the server": {question{to: at, shows: l.client.TLS(), form: grant("named"), host: "localhost", tls: dial(alias)}, 421},
		"alias in upper case":                          {question{to: at, shows: l.client.TLS(), form: grant("named"), host: strings.ToUpper(alias), tls: dial(alias)}, 200},
	} {
		if r := put(t, idp, c.question); r.err != nil || r.status != c.status {
			t.Errorf("%s: got %d %s %v, want %d", name, r.status, r.text, r.err, c.status)
		}
	}
}

func hostOf(u string) string {
	parsed, _ := url.Parse(u)
	return parsed.Hostname()
}

// addressOf is where the alias listens.
func addressOf(idp *fakeidp.Server) string {
	if a := idp.AliasAddr(); a != nil {
		return a.String()
	}
	return idp.Addr().String()
}

// asks tells whether a door asks for a certificate, and how many authorities it names.
func asks(t testing.TB, idp *fakeidp.Server, address, host string, version uint16) (asked bool, authorities int) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	c, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: host, MinVersion: version, MaxVersion: version,
		GetClientCertificate: func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked, authorities = true, len(info.AcceptableCAs)
			return &tls.Certificate{}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	return asked, authorities
}

// TestStrictServerReadsRegistrations is about how names and keys may be written.
func TestStrictServerReadsRegistrations(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{Seed: t.Name()})
	ca := lab.Root("Example Root")
	odd := ca.Client("odd", trait.Subject(`CN=Acme\, Inc.,businessCategory=Private,OU=a+CN=b`))
	alone, second := lab.SelfSigned("alone"), lab.SelfSigned("second")
	rsa := lab.SelfSigned("rsa", trait.Key(trait.RSA2048))
	if err := lab.Err(); err != nil {
		t.Fatal(err)
	}
	der := func(id *pki.Identity) string { return base64.StdEncoding.EncodeToString(id.DER()) }
	written := func(members map[string]any) string {
		text, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	own := func(of, conveys *pki.Identity) string {
		x, y := pointOf(t, of)
		return written(map[string]any{"kty": "EC", "crv": "P-256", "x": x, "y": y, "x5c": []string{der(conveys)}})
	}
	type row struct {
		name   string
		secret fakeidp.Secret
		shows  *pki.Identity
		served bool
	}
	rows := []row{
		{"escaped by a backslash", fakeidp.Name(`CN=Acme\, Inc.,2.5.4.15=Private,OU=a+CN=b`), odd, true},
		{"escaped in hexadecimal", fakeidp.Name(`CN=Acme\2C Inc.,businessCategory=Private,CN=b+OU=a`), odd, true},
		{"type and value in hexadecimal", fakeidp.Name(`CN=Acme\, Inc.,2.5.4.15=#0C0750726976617465,OU=a+CN=b`), odd, true},
		{"other case and blanks", fakeidp.Name(`cn=ACME\,  inc., BUSINESSCATEGORY=private , ou=A+cn=B`), odd, true},
		{"other order", fakeidp.Name(`OU=a+CN=b,businessCategory=Private,CN=Acme\, Inc.`), odd, false},
		{"set taken apart", fakeidp.Name(`CN=Acme\, Inc.,businessCategory=Private,OU=a,CN=b`), odd, false},
		{"no name", fakeidp.Name(``), odd, false},
		{"not a name", fakeidp.Name(`Acme, Inc.`), odd, false},
		{"members and certificate agree", fakeidp.JWK(own(alone, alone)), alone, true},
		{"members of another key", fakeidp.JWK(own(second, alone)), alone, false},
		{"members of another key, its certificate", fakeidp.JWK(own(second, alone)), second, false},
		{"without x5c", fakeidp.JWK(strings.Replace(own(alone, alone), `"x5c"`, `"x6c"`, 1)), alone, false},
		{"the second of x5c", fakeidp.JWK(jwkOf(alone, second)), second, false},
		{"the first of x5c", fakeidp.JWK(jwkOf(alone, second)), alone, true},
		{"only the declared thumbprint", fakeidp.JWK(written(map[string]any{"x5c": []string{der(alone)}, "x5t#S256": second.Thumbprints().X5tS256})), second, false},
		{"in spite of the declared thumbprint", fakeidp.JWK(written(map[string]any{"x5c": []string{der(alone)}, "x5t#S256": second.Thumbprints().X5tS256})), alone, true},
		{"for encryption", fakeidp.JWK(written(map[string]any{"x5c": []string{der(alone)}, "use": "enc"})), alone, false},
		{"in base64url", fakeidp.JWK(written(map[string]any{"x5c": []string{base64.URLEncoding.EncodeToString(alone.DER())}})), alone, !strings.ContainsAny(der(alone), "+/")},
		{"on two lines", fakeidp.JWK(written(map[string]any{"x5c": []string{der(alone)[:64] + "\n" + der(alone)[64:]}})), alone, false},
		{"a set of keys", fakeidp.JWK(`{"keys":[` + jwkOf(second) + `,` + jwkOf(alone) + `]}`), alone, true},
		{"an RSA certificate", fakeidp.JWK(jwkOf(rsa)), rsa, true},
		{"no JSON", fakeidp.JWK(`{`), alone, false},
		{"a thumbprint", fakeidp.Thumbprint(alone.Thumbprints().SHA1Upper), alone, false},
	}
	var clients []fakeidp.Client
	for _, r := range rows {
		clients = append(clients, fakeidp.Client{ID: r.name, Secrets: []fakeidp.Secret{r.secret}, Scopes: []string{"api1"}})
	}
	idp := fakeidp.Start(t, fakeidp.Version("rfc8705"), fakeidp.Trust(ca.Certificate()), fakeidp.Clients(clients...))
	for _, r := range rows {
		got := put(t, idp, question{to: idp.MTLSURL + "/token", shows: r.shows.TLS(), form: grant(r.name)})
		if got.err != nil || (got.status == 200) != r.served || !slices.Contains([]string{"", "invalid_client"}, got.oauthError()) {
			t.Errorf("%s: got %d %s %v, want served = %v", r.name, got.status, got.text, got.err, r.served)
		}
	}
}

// pointOf is the point of an elliptic curve key, as a JWK has them.
func pointOf(t testing.TB, id *pki.Identity) (x, y string) {
	t.Helper()
	key, ok := id.Key().Public().(*ecdsa.PublicKey)
	if !ok {
		t.Fatalf("%s has no elliptic curve key", id.Name())
	}
	point, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	half := len(point) / 2
	return base64.RawURLEncoding.EncodeToString(point[1 : 1+half]), base64.RawURLEncoding.EncodeToString(point[1+half:])
}
