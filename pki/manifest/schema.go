package manifest

import (
	"encoding/json"

	"github.com/invopop/jsonschema"

	"github.com/mtlscheck/mtlscheck/pki"
)

// SchemaID is the identifier of the JSON Schema of manifests. It is a name, not a place.
const SchemaID = "urn:mtlscheck:schema:pki:v1"

// The form of the file, for its JSON Schema. The loader reads the tree itself, since it has to say where a mistake stands; the
// test of the schema holds the two together.
type (
	fileForm struct {
		Version     int                      `json:"version" jsonschema:"enum=1" jsonschema_description:"version of this form"`
		Seed        string                   `json:"seed,omitempty" jsonschema:"minLength=1" jsonschema_description:"makes the same keys everywhere, which are no secret then; none: random keys"`
		Clock       string                   `json:"clock,omitempty" jsonschema:"pattern=^(today|[0-9]{4}-[0-9]{2}-[0-9]{2})$" jsonschema_description:"the day that dates count from: today, or a date; none: today"`
		Key         string                   `json:"key,omitempty" jsonschema_description:"kind of key of everybody who has no other; none: p256"`
		P12Password string                   `json:"p12_password,omitempty" jsonschema:"pattern=^(env|file):.+$" jsonschema_description:"where the password of every .p12 is: env:NAME or file:PATH; none: changeit"`
		Authorities map[string]authorityForm `json:"authorities,omitempty" jsonschema_description:"who issues, by name"`
		Identities  map[string]identityForm  `json:"identities,omitempty" jsonschema_description:"servers and clients, by name"`
		Faults      *faultSetsForm           `json:"faults,omitempty" jsonschema_description:"bad twins of one identity, or a list of such"`
		Revoked     map[string][]string      `json:"revoked,omitempty" jsonschema_description:"what each authority takes back"`
	}
	commonForm struct {
		Issuer  string       `json:"issuer,omitempty" jsonschema_description:"authority that signs"`
		Subject string       `json:"subject,omitempty" jsonschema_description:"name as RFC 4514 writes it: CN=client,OU=production,O=company; none: CN=the entry's name"`
		For     string       `json:"for,omitempty" jsonschema:"pattern=^[0-9]+[hdwy]$" jsonschema_description:"how long it is valid: from now 12h, from today 90d, 10y"`
		Valid   []string     `json:"valid,omitempty" jsonschema:"minItems=2,maxItems=2" jsonschema_description:"beginning and end: dates, or durations such as -30d from today and 12h from now"`
		Key     string       `json:"key,omitempty" jsonschema_description:"kind of key"`
		CSR     *requestForm `json:"csr,omitempty" jsonschema_description:"certificate request of cfssl: here, or a file"`
		Profile *requestForm `json:"profile,omitempty" jsonschema_description:"signing profile of cfssl: here, a file, or FILE#NAME for a profile of a configuration"`
	}
	authorityForm struct {
		commonForm
		PathLen *int  `json:"pathlen,omitempty" jsonschema:"minimum=0,maximum=100" jsonschema_description:"how many authorities may stand below; none: any below a root, 0 below others"`
		Trusted *bool `json:"trusted,omitempty" jsonschema_description:"false leaves a root out of trust.pem"`
	}
	identityForm struct {
		commonForm
		Use        string   `json:"use,omitempty" jsonschema:"enum=client,enum=server" jsonschema_description:"none: client"`
		SANs       []string `json:"sans,omitempty" jsonschema_description:"subject alternative names, each with its type: dns: ip: email: uri: dirname: other: raw:"`
		Usages     []string `json:"usages,omitempty" jsonschema_description:"all usages, in the words of cfssl"`
		SelfSigned bool     `json:"self_signed,omitempty" jsonschema_description:"its own issuer"`
		Like       string   `json:"like,omitempty" jsonschema_description:"identity that this is a twin of: same key, name and dates but for what stands here"`
		Fault      string   `json:"fault,omitempty" jsonschema_description:"what is wrong with the twin on purpose"`
		Export     []string `json:"export,omitempty" jsonschema_description:"further forms"`
	}
	faultsForm struct {
		Of  string  `json:"of" jsonschema_description:"the good identity"`
		Set setForm `json:"set" jsonschema_description:"all, or a list"`
	}
	faultSetsForm struct{}
	requestForm   struct{}
	setForm       struct{}
)

// JSONSchema says that the faults of one identity stand alone or in a list.
func (faultSetsForm) JSONSchema() *jsonschema.Schema {
	one := reflector().Reflect(faultsForm{})
	one.Version = ""
	most := uint64(maxFaultSets)
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{one, {Type: "array", Items: one, MaxItems: &most}}}
}

func reflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, DoNotReference: true}
}

// JSONSchema says that something of cfssl stands here or in a file.
func (requestForm) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "object"}}}
}

// JSONSchema says that a set of faults is all of them or a list.
func (setForm) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Const: "all"}, {Type: "array", Items: &jsonschema.Schema{Type: "string", Enum: words(faultNames())}}}}
}

func words(list []string) []any {
	var out []any
	for _, w := range list {
		out = append(out, w)
	}
	return out
}

func faultNames() []string {
	var out []string
	for _, f := range pki.Faults() {
		out = append(out, f.Name)
	}
	return out
}

// Schema is the JSON Schema (draft 2020-12) of a manifest, for editors. It knows the form; that names lead somewhere, and what a
// certificate can be, only the reader knows.
func Schema() ([]byte, error) {
	root := reflector().Reflect(fileForm{})
	root.ID, root.Title = SchemaID, "Certificates that mtlscheck pki apply makes"
	limit := func(s *jsonschema.Schema, name string, values []string) {
		p, ok := s.Properties.Get(name)
		switch {
		case !ok:
		case p.Items != nil:
			p.Items.Enum = words(values)
		default:
			p.Enum = words(values)
		}
	}
	limit(root, "key", kinds())
	for _, name := range []string{"authorities", "identities"} {
		if p, ok := root.Properties.Get(name); ok {
			limit(p.AdditionalProperties, "key", kinds())
			limit(p.AdditionalProperties, "usages", usageWords())
			limit(p.AdditionalProperties, "export", exportWords())
			limit(p.AdditionalProperties, "fault", faultNames())
			p.PropertyNames = &jsonschema.Schema{Pattern: "^[a-z0-9][a-z0-9._-]*$"}
		}
	}
	out, err := json.MarshalIndent(root, "", "  ")
	return append(out, '\n'), err
}
