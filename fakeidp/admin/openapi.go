package admin

import (
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// whatIsWrong are the statuses of answers that say what is wrong, as {"error": "…"}.
func whatIsWrong() map[int]string {
	return map[int]string{
		http.StatusBadRequest:            "a parameter or the body says what is wrong or not known here",
		http.StatusForbidden:             "another site's page asks, or somebody by a host name with dots",
		http.StatusNotFound:              "it is not there",
		http.StatusRequestTimeout:        "what was waited for did not come in time",
		http.StatusRequestEntityTooLarge: "the body has more than 1 MiB",
		http.StatusUnsupportedMediaType:  "the body is not application/json",
	}
}

// statuses are those that an operation may answer besides 200.
func (r route) statuses() []int {
	out := []int{http.StatusBadRequest, http.StatusForbidden, http.StatusRequestEntityTooLarge}
	if strings.Contains(r.path, "{") {
		out = append(out, http.StatusNotFound)
	}
	if r.takes != nil {
		out = append(out, http.StatusUnsupportedMediaType)
	}
	if r.path == "/requests/wait" {
		out = append(out, http.StatusRequestTimeout)
	}
	return out
}

// openAPI describes the routes as OpenAPI 3.1 does. It is made from the table of routes, so it cannot say anything else.
func openAPI() map[string]any {
	paths := map[string]any{}
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	add := func(method, path string, operation map[string]any) {
		at, _ := paths[path].(map[string]any)
		if at == nil {
			at = map[string]any{}
			paths[path] = at
		}
		operation["operationId"] = operationID(method, path)
		at[strings.ToLower(method)] = operation
	}
	for _, r := range routes() {
		parameters := []any{}
		for _, m := range parameter.FindAllStringSubmatch(r.path, -1) {
			parameters = append(parameters, map[string]any{"name": m[1], "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
		}
		for _, name := range r.query {
			parameters = append(parameters, map[string]any{"name": name, "in": "query", "schema": map[string]any{"type": "string"}})
		}
		responses := map[string]any{"200": answerOf("done", r.returns)}
		for _, status := range r.statuses() {
			responses[strconv.Itoa(status)] = answerOf(whatIsWrong()[status], failure{})
		}
		operation := map[string]any{"summary": r.says, "parameters": parameters, "responses": responses}
		if r.takes != nil {
			operation["requestBody"] = map[string]any{"required": true, "content": contentOf(r.takes)}
		}
		add(r.method, r.path, operation)
	}
	for _, s := range pages() {
		forbidden := strconv.Itoa(http.StatusForbidden)
		add(s.method, s.path, map[string]any{"summary": s.says, "parameters": []any{}, "responses": map[string]any{
			"200":     map[string]any{"description": "done", "content": map[string]any{s.media: map[string]any{"schema": map[string]any{"type": "string"}}}},
			forbidden: answerOf(whatIsWrong()[http.StatusForbidden], failure{}),
		}})
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{"title": "fakeidp administration", "version": "1", "description": "For tests. There is no authentication. " +
			"At any other path the answer is 404, and 405 with Allow for any other method, as {\"error\": \"…\"}, like all that says what is wrong."},
		"paths": paths,
	}
}

// operationID names an operation for programs that make clients out of the document.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{}.", r) })
	if len(words) == 0 {
		words = []string{"page"}
	}
	id := strings.ToLower(method)
	for _, w := range words {
		id += strings.ToUpper(w[:1]) + w[1:]
	}
	return id
}

func answerOf(says string, v any) map[string]any {
	return map[string]any{"description": says, "content": contentOf(v)}
}

func contentOf(v any) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": schemaOf(reflect.TypeOf(v))}}
}

// memberOf is a member of an object.
type memberOf struct {
	name  string
	of    reflect.Type
	least string // of a number; empty: any
}

// membersOf are the members of a struct of forms.go, and the names of those that must be there.
func membersOf(t reflect.Type) (members []memberOf, required []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		members = append(members, memberOf{name, f.Type, f.Tag.Get("min")})
		if !strings.Contains(rest, "omitempty") {
			required = append(required, name)
		}
	}
	return members, required
}

// schemaOf is the JSON Schema of a Go type.
func schemaOf(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem())
	}
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object"}
	case reflect.Struct:
		properties := map[string]any{}
		members, required := membersOf(t)
		for _, m := range members {
			schema := schemaOf(m.of)
			if least, err := strconv.Atoi(m.least); err == nil {
				schema["minimum"] = least
			}
			properties[m.name] = schema
		}
		schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
		if required != nil {
			schema["required"] = required
		}
		return schema
	}
	return map[string]any{} // any JSON
}
