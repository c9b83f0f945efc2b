package fakefile

import (
	"encoding/json"

	"github.com/invopop/jsonschema"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// SchemaID is the identifier of the JSON Schema of the file. It is a name, not a place.
const SchemaID = "urn:mtlscheck:schema:fakeidp:v1"

// The form of the file, for its JSON Schema. The loader reads the tree itself, since it has to say where a mistake stands; the test
// of the schema holds the two together.
type (
	fileForm struct {
		Version    int            `json:"version" jsonschema:"enum=1" jsonschema_description:"version of this form"`
		Fake       string         `json:"fake,omitempty" jsonschema_description:"whom the fake plays; --fake goes before it"`
		Clients    []clientForm   `json:"clients,omitempty" jsonschema_description:"clients, beside those that every fake has"`
		Duende     []string       `json:"duende,omitempty" jsonschema_description:"files with clients as IdentityServer's configuration has them"`
		Scopes     []string       `json:"scopes,omitempty" jsonschema_description:"API scopes"`
		Resources  []resourceForm `json:"resources,omitempty" jsonschema_description:"API resources: what stands in aud, and who may introspect"`
		Identities []identityForm `json:"identity_resources,omitempty" jsonschema_description:"scopes of OpenID Connect; none: openid and profile"`
		Users      []userForm     `json:"users,omitempty" jsonschema_description:"who can sign in"`
		Pages      string         `json:"pages,omitempty" jsonschema:"enum=none,enum=approve,enum=people" jsonschema_description:"what users see: nothing (404), a login that approves at once, or pages; none: pages where there are users"`
		Trust      []string       `json:"trust,omitempty" jsonschema_description:"PEM files of roots to which the certificates of clients may chain"`
		Faults     []faultForm    `json:"faults,omitempty" jsonschema_description:"what the fake does wrong on purpose"`
	}
	clientForm struct {
		ID            string       `json:"id" jsonschema:"minLength=1" jsonschema_description:"client_id"`
		Secrets       []secretForm `json:"secrets,omitempty" jsonschema_description:"each one way to prove who it is"`
		Grants        []string     `json:"grants,omitempty" jsonschema_description:"grant types; none: client_credentials"`
		Scopes        []string     `json:"scopes,omitempty" jsonschema_description:"scopes and identity resources that it may ask for"`
		RedirectURIs  []string     `json:"redirect_uris,omitempty" jsonschema_description:"absolute URIs, compared as they are"`
		PostLogout    []string     `json:"post_logout_redirect_uris,omitempty" jsonschema_description:"absolute URIs, compared as they are"`
		FrontChannel  string       `json:"front_channel_logout_uri,omitempty" jsonschema:"pattern=^https?://." jsonschema_description:"loaded in a frame when its user signs out"`
		FrontAlone    bool         `json:"front_channel_logout_without_session,omitempty" jsonschema_description:"that frame gets neither iss nor sid"`
		BackChannel   string       `json:"back_channel_logout_uri,omitempty" jsonschema:"pattern=^https?://." jsonschema_description:"gets a logout token when its user signs out, on loopback"`
		Consent       bool         `json:"require_consent,omitempty" jsonschema_description:"the user is asked each time"`
		Disabled      bool         `json:"disabled,omitempty" jsonschema_description:"not served"`
		Public        bool         `json:"public,omitempty" jsonschema_description:"no secret is looked at"`
		OfflineAccess bool         `json:"offline_access,omitempty" jsonschema_description:"refresh tokens"`
		NoPKCE        bool         `json:"no_pkce,omitempty" jsonschema_description:"a code without PKCE"`
		Reference     bool         `json:"reference,omitempty" jsonschema_description:"access tokens are handles"`
		RequirePAR    bool         `json:"require_par,omitempty" jsonschema_description:"authorization requests must be pushed"`
		RequireDPoP   bool         `json:"require_dpop,omitempty" jsonschema_description:"token requests need a DPoP proof"`
		OneTime       bool         `json:"one_time_refresh,omitempty" jsonschema_description:"a new refresh token at each use"`
		Bound         bool         `json:"bound,omitempty" jsonschema_description:"tokens are bound to the certificate of the connection (rfc8705)"`
		Lifetime      durationForm `json:"lifetime,omitempty" jsonschema_description:"of access tokens; none: one hour"`
	}
	resourceForm struct {
		Name    string       `json:"name" jsonschema:"minLength=1"`
		Scopes  []string     `json:"scopes,omitempty" jsonschema_description:"scopes of this API"`
		Secrets []secretForm `json:"secrets,omitempty" jsonschema_description:"by which the API introspects"`
	}
	userForm struct {
		Subject  string               `json:"subject" jsonschema:"minLength=1" jsonschema_description:"sub"`
		Username string               `json:"username" jsonschema:"minLength=1"`
		Password string               `json:"password,omitempty" jsonschema:"minLength=1" jsonschema_description:"the password, env:NAME or file:PATH"`
		Claims   map[string]claimForm `json:"claims,omitempty" jsonschema_description:"what userinfo may tell"`
	}
	durationForm string
	secretForm   struct{}
	identityForm struct{}
	claimForm    struct{}
	faultForm    struct{}
)

// JSONSchema says how long something takes.
func (durationForm) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
}

// JSONSchema says that a secret is one way to prove something. A reference may stand for each value.
func (secretForm) JSONSchema() *jsonschema.Schema {
	p := jsonschema.NewProperties()
	var one []*jsonschema.Schema
	for _, way := range []struct{ key, pattern, says string }{
		{"name", "", "subject as .NET prints it; RFC 4514 for rfc8705"},
		{"thumbprint", "^(env:|file:|[0-9A-Fa-f]{40}$)", "SHA-1 of a certificate"},
		{"shared", "", "a secret in the clear"},
		{"hashed", "^(env:|file:|[A-Za-z0-9+/]{43}=$|[A-Za-z0-9+/]{86}==$)", "SHA-256 or SHA-512 of a secret in base64, as IdentityServer stores it"},
		{"jwk", "", "a public key as JSON"},
		{"jwks_uri", "^(env:|file:|https?:)", "rfc8705: where its JWK Set is, on loopback"},
		{"dns", "", "rfc8705: DNS name of the certificate"},
		{"uri", "", "rfc8705: URI of the certificate"},
		{"ip", "", "rfc8705: IP address of the certificate"},
		{"email", "", "rfc8705: mail address of the certificate"},
		{"certificate", "", "PEM file, of whose certificate the thumbprint is registered"},
	} {
		least := uint64(1)
		p.Set(way.key, &jsonschema.Schema{Type: "string", Pattern: way.pattern, MinLength: &least, Description: way.says})
		one = append(one, &jsonschema.Schema{Required: []string{way.key}})
	}
	p.Set("until", &jsonschema.Schema{Type: "string", Format: "date-time", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`, Description: "when it stops to count"})
	return &jsonschema.Schema{Type: "object", Properties: p, OneOf: one, AdditionalProperties: jsonschema.FalseSchema}
}

// JSONSchema says that an identity resource is one of OpenID Connect's, or has a name and claims.
func (identityForm) JSONSchema() *jsonschema.Schema {
	p := jsonschema.NewProperties()
	least := uint64(1)
	p.Set("name", &jsonschema.Schema{Type: "string", MinLength: &least})
	p.Set("claims", &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}})
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "string", Enum: []any{"openid", "profile"}},
		{Type: "object", Properties: p, Required: []string{"name"}, AdditionalProperties: jsonschema.FalseSchema},
	}}
}

// JSONSchema says that a claim has one value or several.
func (claimForm) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "array", Items: &jsonschema.Schema{Type: "string"}}}}
}

// JSONSchema says that a fault is its name, or has a limit.
func (faultForm) JSONSchema() *jsonschema.Schema {
	var endpoints []any
	for _, e := range fakeidp.Endpoints() {
		endpoints = append(endpoints, e)
	}
	name := &jsonschema.Schema{Ref: "#/$defs/fault"}
	p := jsonschema.NewProperties()
	p.Set("fault", name)
	p.Set("next", &jsonschema.Schema{Type: "integer", Minimum: "1", Maximum: "1000000", Description: "for so many requests of those that match"})
	p.Set("endpoint", &jsonschema.Schema{Type: "string", Enum: endpoints})
	p.Set("client", &jsonschema.Schema{Type: "string", Description: "client_id that the request claims"})
	p.Set("certificate", &jsonschema.Schema{Type: "string", Description: "subject as .NET prints it, SHA-1 thumbprint, or x5t#S256"})
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{name, {Type: "object", Properties: p, Required: []string{"fault"}, AdditionalProperties: jsonschema.FalseSchema}}}
}

// Schema is the JSON Schema (draft 2020-12) of the file, for editors. It knows the form; that names lead somewhere, that nothing stands
// twice, and which faults and secrets a version has, only the reader knows.
func Schema() ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, DoNotReference: true}
	root := r.Reflect(fileForm{})
	root.ID, root.Title = SchemaID, "What mtlscheck serve --setup registers at the fake"
	fault := &jsonschema.Schema{Type: "string"}
	for _, f := range fakeidp.Faults() {
		fault.Enum = append(fault.Enum, f.Name)
	}
	root.Definitions = jsonschema.Definitions{"fault": fault}
	if p, ok := root.Properties.Get("fake"); ok {
		for _, v := range fakeidp.Versions() {
			p.Enum = append(p.Enum, v)
		}
	}
	if clients, ok := root.Properties.Get("clients"); ok {
		for _, name := range []string{"redirect_uris", "post_logout_redirect_uris"} {
			if p, ok := clients.Items.Properties.Get(name); ok {
				p.Items.Pattern = "^[A-Za-z][A-Za-z0-9+.-]*:"
			}
		}
		if p, ok := clients.Items.Properties.Get("grants"); ok {
			p.Items.Pattern, p.Items.Not = `^\S+$`, &jsonschema.Schema{Const: "refresh_token"}
		}
	}
	out, err := json.MarshalIndent(root, "", "  ")
	return append(out, '\n'), err
}
