package admin

import (
	"fmt"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// The forms of bodies and answers. The OpenAPI document is made from them; a member with omitempty may be left out.
type (
	requestJSON struct {
		Time       time.Time         `json:"time"`
		Connection int               `json:"connection"`
		Nth        int               `json:"nth"`
		Method     string            `json:"method"`
		Host       string            `json:"host"`
		Path       string            `json:"path"`
		Endpoint   string            `json:"endpoint"`
		MTLS       bool              `json:"mtls"`
		ClientID   string            `json:"client_id"`
		GrantType  string            `json:"grant_type"`
		Parameters []string          `json:"parameters"`
		Status     int               `json:"status"`
		Error      string            `json:"error"`
		Barred     string            `json:"barred"`
		Failure    string            `json:"failure"`
		Duration   float64           `json:"duration_ms"`
		Handshake  string            `json:"handshake"`
		Outgoing   bool              `json:"outgoing"`
		TLS        tlsJSON           `json:"tls"`
		Presented  []certificateJSON `json:"presented"`
	}
	tlsJSON struct {
		Version    string `json:"version"`
		Suite      string `json:"suite"`
		ServerName string `json:"server_name"`
		Protocol   string `json:"protocol"`
		Resumed    bool   `json:"resumed"`
	}
	certificateJSON struct {
		Subject  string    `json:"subject"`
		Serial   string    `json:"serial"`
		SHA1     string    `json:"sha1"`
		X5TS256  string    `json:"x5t#S256"`
		NotAfter time.Time `json:"not_after"`
	}
	named struct {
		Name string `json:"name"`
		Says string `json:"says"`
	}
	faultJSON struct {
		Fault       string `json:"fault"`
		Next        int    `json:"next,omitempty" min:"1"`
		Endpoint    string `json:"endpoint,omitempty"`
		Client      string `json:"client,omitempty"`
		Certificate string `json:"certificate,omitempty"`
	}
	faultsJSON struct {
		Active []faultJSON `json:"active"`
		Known  []named     `json:"known"`
	}
	clockJSON struct {
		Now time.Time `json:"now"`
	}
	moveJSON struct {
		Advance string     `json:"advance,omitempty"`
		Freeze  *time.Time `json:"freeze,omitempty"`
		Run     bool       `json:"run,omitempty"`
	}
	pemJSON struct {
		PEM string `json:"pem"`
	}
	secretJSON struct {
		Type    string     `json:"type"`
		Value   string     `json:"value,omitempty"`
		Hashed  bool       `json:"hashed,omitempty"`
		Expires *time.Time `json:"expires,omitempty"`
	}
	clientJSON struct {
		ID            string       `json:"id,omitempty"`
		Secrets       []secretJSON `json:"secrets,omitempty"`
		Grants        []string     `json:"grants,omitempty"`
		Scopes        []string     `json:"scopes,omitempty"`
		RedirectURIs  []string     `json:"redirect_uris,omitempty"`
		PostLogout    []string     `json:"post_logout_redirect_uris,omitempty"`
		FrontChannel  string       `json:"front_channel_logout_uri,omitempty"`
		FrontAlone    bool         `json:"front_channel_logout_without_session,omitempty"`
		BackChannel   string       `json:"back_channel_logout_uri,omitempty"`
		Consent       bool         `json:"require_consent,omitempty"`
		Disabled      bool         `json:"disabled,omitempty"`
		Public        bool         `json:"public,omitempty"`
		OfflineAccess bool         `json:"offline_access,omitempty"`
		NoPKCE        bool         `json:"no_pkce,omitempty"`
		Reference     bool         `json:"reference,omitempty"`
		RequirePAR    bool         `json:"require_par,omitempty"`
		RequireDPoP   bool         `json:"require_dpop,omitempty"`
		OneTime       bool         `json:"one_time_refresh,omitempty"`
		Bound         bool         `json:"bound,omitempty"`
		Lifetime      string       `json:"lifetime,omitempty"`
	}
	tokenJSON struct {
		Client      string         `json:"client"`
		Subject     string         `json:"subject,omitempty"`
		Scopes      []string       `json:"scopes,omitempty"`
		Audience    []string       `json:"audience,omitempty"`
		Certificate string         `json:"certificate,omitempty"`
		Lifetime    string         `json:"lifetime,omitempty"`
		Reference   bool           `json:"reference,omitempty"`
		Claims      map[string]any `json:"claims,omitempty"`
		Flaws       []string       `json:"flaws,omitempty"`
	}
	mintedJSON struct {
		Token string `json:"access_token"`
	}
)

func requestOf(r fakeidp.Request) requestJSON {
	out := requestJSON{
		Time: r.Time, Connection: r.Connection, Nth: r.Nth, Method: r.Method, Host: r.Host, Path: r.Path, Endpoint: r.Endpoint, MTLS: r.MTLS,
		ClientID: r.ClientID, GrantType: r.GrantType, Parameters: r.Parameters, Status: r.Status, Error: r.Error, Barred: r.Barred, Failure: r.Failure,
		Duration: float64(r.Took.Microseconds()) / 1000, Handshake: r.Handshake, Outgoing: r.Outgoing,
		TLS:       tlsJSON{r.TLS.Version, r.TLS.Suite, r.TLS.ServerName, r.TLS.Protocol, r.TLS.Resumed},
		Presented: []certificateJSON{},
	}
	if out.Parameters == nil {
		out.Parameters = []string{}
	}
	for _, c := range r.TLS.Presented {
		out.Presented = append(out.Presented, certificateJSON{c.Subject, c.Serial, c.SHA1, c.X5TS256, c.NotAfter})
	}
	return out
}

func faultsOf(idp *fakeidp.Server) faultsJSON {
	out := faultsJSON{Active: []faultJSON{}}
	for _, f := range idp.Broken() {
		out.Active = append(out.Active, faultJSON{f.Name, f.Next, f.Endpoint, f.Client, f.Certificate})
	}
	for _, f := range fakeidp.Faults() {
		out.Known = append(out.Known, named{f.Name, f.Doc})
	}
	return out
}

// clientOf describes a client; the value of a shared secret is not shown.
func clientOf(c fakeidp.Client) clientJSON {
	out := clientJSON{
		ID: c.ID, Grants: c.Grants, Scopes: c.Scopes, RedirectURIs: c.RedirectURIs, Disabled: c.Disabled, Public: c.Public, OfflineAccess: c.OfflineAccess,
		NoPKCE: c.NoPKCE, Reference: c.Reference, RequirePAR: c.RequirePAR, RequireDPoP: c.RequireDPoP, OneTime: c.OneTimeRefresh, Bound: c.Bound,
		PostLogout: c.PostLogoutRedirectURIs, FrontChannel: c.FrontChannelLogoutURI, FrontAlone: c.FrontChannelLogoutWithoutSession,
		BackChannel: c.BackChannelLogoutURI, Consent: c.RequireConsent,
	}
	if c.Lifetime != 0 {
		out.Lifetime = c.Lifetime.String()
	}
	for _, s := range c.Secrets {
		shown := secretJSON{Type: string(s.Type), Hashed: s.Hashed}
		if public(s.Type) {
			shown.Value = s.Value
		}
		if !s.Expires.IsZero() {
			shown.Expires = &s.Expires
		}
		out.Secrets = append(out.Secrets, shown)
	}
	return out
}

// public reports whether what is registered under a type is no secret. The server takes types that it does not know, and does not
// show what may be a secret under a name that was misspelt.
func public(t fakeidp.SecretType) bool {
	switch t {
	case fakeidp.X509Name, fakeidp.X509Thumbprint, fakeidp.JSONWebKey, fakeidp.KeySetURI, fakeidp.SubjectDNS, fakeidp.SubjectURI, fakeidp.SubjectIP, fakeidp.SubjectEmail:
		return true
	}
	return strings.EqualFold(string(t), string(fakeidp.X509Name)) || strings.EqualFold(string(t), string(fakeidp.X509Thumbprint))
}

// client is the client that a body describes.
func (c clientJSON) client(id string) (fakeidp.Client, error) {
	if c.ID != "" && c.ID != id {
		return fakeidp.Client{}, fmt.Errorf("the body is about the client %q, the path about %q", c.ID, id)
	}
	out := fakeidp.Client{
		ID: id, Grants: c.Grants, Scopes: c.Scopes, RedirectURIs: c.RedirectURIs, Disabled: c.Disabled, Public: c.Public, OfflineAccess: c.OfflineAccess,
		NoPKCE: c.NoPKCE, Reference: c.Reference, RequirePAR: c.RequirePAR, RequireDPoP: c.RequireDPoP, OneTimeRefresh: c.OneTime, Bound: c.Bound,
		PostLogoutRedirectURIs: c.PostLogout, FrontChannelLogoutURI: c.FrontChannel, FrontChannelLogoutWithoutSession: c.FrontAlone,
		BackChannelLogoutURI: c.BackChannel, RequireConsent: c.Consent,
	}
	if c.Lifetime != "" {
		d, err := duration("lifetime", c.Lifetime)
		switch {
		case err != nil:
			return out, err
		case d <= 0:
			return out, fmt.Errorf("lifetime: %s is no time to live", c.Lifetime)
		}
		out.Lifetime = d
	}
	for i, s := range c.Secrets {
		if s.Value == "" { // GET /clients leaves it out
			return out, fmt.Errorf("secrets[%d].value: is missing or empty", i)
		}
		secret := fakeidp.Secret{Type: fakeidp.SecretType(s.Type), Value: s.Value, Hashed: s.Hashed}
		if s.Expires != nil {
			secret = secret.Until(*s.Expires)
		}
		out.Secrets = append(out.Secrets, secret)
	}
	return out, nil
}
