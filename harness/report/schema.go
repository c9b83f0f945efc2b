package report

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/mtlscheck/mtlscheck/harness"
)

// SchemaID is the identifier of the JSON Schema of results. It is a name, not a place.
const SchemaID = "urn:mtlscheck:schema:result:v1"

// Schema is the JSON Schema of a result (draft 2020-12), made from the Go types: the document of -o json, and each record of
// -o jsonl.
func Schema() ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true, Mapper: special}
	root := &jsonschema.Schema{Version: jsonschema.Version, ID: SchemaID, Title: "A result of mtlscheck, " + harness.Schema,
		Definitions: jsonschema.Definitions{}}
	for _, part := range []struct {
		name string
		of   any
	}{{"Document", harness.Outcome{}}, {RunStarted, Started{}}, {Preflight, Checked{}}, {CaseJudged, Judged{}}, {RunFinished, Finished{}}} {
		one := r.Reflect(part.of)
		for name, s := range one.Definitions {
			root.Definitions[name] = s
		}
		root.OneOf = append(root.OneOf, &jsonschema.Schema{Ref: one.Ref, Title: part.name})
	}
	only(root.Definitions["Outcome"], "type")
	without(root.Definitions["Finished"], "cases")
	for _, name := range []string{"Outcome", "Started", "Checked", "Judged", "Finished"} {
		if schema, ok := root.Definitions[name].Properties.Get("schema"); ok {
			schema.Const = harness.Schema
		}
	}
	out, err := json.MarshalIndent(root, "", "  ")
	return append(out, '\n'), err
}

// only says that a document has no such member: it is what tells a document from the records.
func only(s *jsonschema.Schema, not string) {
	s.Not = &jsonschema.Schema{Required: []string{not}}
}

// without takes a member away that the Go type has from what it embeds and hides.
func without(s *jsonschema.Schema, member string) {
	s.Properties.Delete(member)
	s.Required = slices.DeleteFunc(s.Required, func(name string) bool { return name == member })
}

// special are the types whose JSON form is not that of their Go form, or which have few values.
func special(t reflect.Type) *jsonschema.Schema {
	text := func(values ...any) *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Enum: values} }
	switch t {
	case reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case reflect.TypeFor[json.RawMessage]():
		return &jsonschema.Schema{} // any JSON
	case reflect.TypeFor[harness.Level]():
		return text(string(harness.Must), string(harness.Should), string(harness.May))
	case reflect.TypeFor[harness.Conclusion]():
		return text(string(harness.Conformant), string(harness.NotConformant), string(harness.Partial), string(harness.NotJudged))
	case reflect.TypeFor[harness.Verdict]():
		var all []any
		for _, v := range harness.Verdicts() {
			all = append(all, string(v))
		}
		return text(all...)
	}
	return nil
}
