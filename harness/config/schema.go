package config

import (
	"encoding/json"
	"slices"

	"github.com/invopop/jsonschema"

	"github.com/mtlscheck/mtlscheck/harness"
)

// SchemaID is the identifier of the JSON Schema of configurations. It is a name, not a place.
const SchemaID = "urn:mtlscheck:schema:config:v1"

// The form of the file, for its JSON Schema. The loader reads the tree itself, since it has to say where a mistake stands;
// the test of the schema holds the two together.
type (
	fileForm struct {
		Version int                   `json:"version" jsonschema:"enum=1" jsonschema_description:"version of this form"`
		Profile string                `json:"profile,omitempty" jsonschema_description:"requirements to judge by"`
		Targets map[string]targetForm `json:"targets" jsonschema:"minProperties=1" jsonschema_description:"the servers, by name"`
		PKI     *pkiForm              `json:"pki,omitempty" jsonschema_description:"certificates made by mtlscheck pki init"`
		Clients []clientForm          `json:"clients,omitempty" jsonschema_description:"who is registered at the servers, by role"`
		Scope   string                `json:"scope,omitempty" jsonschema_description:"scope that the clients may ask for"`
		User    *userForm             `json:"user,omitempty" jsonschema_description:"who signs in where a grant needs a user"`
	}
	targetForm struct {
		Issuer         string            `json:"issuer" jsonschema:"pattern=^https://" jsonschema_description:"issuer as it stands in the discovery document"`
		Product        string            `json:"product,omitempty" jsonschema_description:"what the server is: chooses advice and tolerances, never Musts"`
		ProductVersion string            `json:"product_version,omitempty" jsonschema_description:"its version: numbers and dots, in quotes"`
		Trust          []string          `json:"trust,omitempty" jsonschema_description:"file:PATH of the CAs of the server's certificate; none: the system's"`
		Resolve        map[string]string `json:"resolve,omitempty" jsonschema_description:"host to address, or address:port, as curl --resolve"`
	}
	pkiForm struct {
		Dir string `json:"dir" jsonschema_description:"folder; its CA must be trusted by the server"`
	}
	clientForm struct {
		Role        string           `json:"role" jsonschema_description:"place in the cast; mtlscheck init lists them"`
		ClientID    string           `json:"client_id" jsonschema_description:"identifier at the server"`
		Certificate *certificateForm `json:"certificate,omitempty" jsonschema_description:"name in pki.dir, or files"`
		Secret      string           `json:"secret,omitempty" jsonschema:"pattern=^(env:|file:|prompt$)" jsonschema_description:"env:NAME, file:PATH or prompt"`
	}
	certificateForm struct{}
	userForm        struct {
		SignIn   *signInForm `json:"sign_in,omitempty" jsonschema_description:"redirects, or the words of a command that gets the URL to open and prints where the browser was sent"`
		Username string      `json:"username,omitempty" jsonschema_description:"name of the user: for a password, and as login_hint"`
		Password string      `json:"password,omitempty" jsonschema:"pattern=^(env:|file:|prompt$)" jsonschema_description:"env:NAME, file:PATH or prompt; for the password grant, instead of sign_in"`
	}
	signInForm struct{}
)

// JSONSchema says that a user signs in by redirects, or by a command.
func (signInForm) JSONSchema() *jsonschema.Schema {
	one := uint64(1)
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Const: redirects}, {Type: "array", MinItems: &one, Items: &jsonschema.Schema{Type: "string"}}}}
}

// JSONSchema says that a certificate is a name, or a pair of files, or one PKCS#12 file.
func (certificateForm) JSONSchema() *jsonschema.Schema {
	files := func(required []string, all ...string) *jsonschema.Schema {
		p := jsonschema.NewProperties()
		for _, name := range all {
			p.Set(name, &jsonschema.Schema{Type: "string"})
		}
		return &jsonschema.Schema{Type: "object", Properties: p, Required: required, AdditionalProperties: jsonschema.FalseSchema}
	}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, files([]string{"cert", "key"}, "cert", "key"), files([]string{"p12"}, "p12", "password")}}
}

// Schema is the JSON Schema (draft 2020-12) of a configuration file, for editors. Roles, profiles and products are those of
// Options; an empty list allows any.
func Schema(o Options) ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, DoNotReference: true}
	root := r.Reflect(fileForm{})
	root.ID, root.Title = SchemaID, "A configuration of mtlscheck"
	limit := func(s *jsonschema.Schema, name string, values []string) {
		if p, ok := s.Properties.Get(name); ok && len(values) > 0 {
			sorted := slices.Sorted(slices.Values(values))
			for _, v := range sorted {
				p.Enum = append(p.Enum, v)
			}
		}
	}
	limit(root, "profile", o.Profiles)
	if targets, ok := root.Properties.Get("targets"); ok {
		limit(targets.AdditionalProperties, "product", o.Products)
		if version, ok := targets.AdditionalProperties.Properties.Get("product_version"); ok {
			version.Pattern = harness.VersionPattern
		}
	}
	if clients, ok := root.Properties.Get("clients"); ok {
		limit(clients.Items, "role", o.Roles)
	}
	out, err := json.MarshalIndent(root, "", "  ")
	return append(out, '\n'), err
}
