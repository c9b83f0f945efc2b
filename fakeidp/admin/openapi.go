package admin

import (
	"reflect"
	"regexp"
	"strings"
	"time"
)

// openAPI describes the routes as OpenAPI 3.1 does. It is made from the table of routes, so it cannot say anything else.
func openAPI() map[string]any {
	paths := map[string]any{}
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	for _, r := range routes() {
		parameters := []any{}
		for _, m := range parameter.FindAllStringSubmatch(r.path, -1) {
			parameters = append(parameters, map[string]any{"name": m[1], "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
		}
		for _, name := range r.query {
			parameters = append(parameters, map[string]any{"name": name, "in": "query", "schema": map[string]any{"type": "string"}})
		}
		content := func(v any) map[string]any {
			return map[string]any{"application/json": map[string]any{"schema": schemaOf(reflect.TypeOf(v))}}
		}
		operation := map[string]any{
			"summary": r.says, "parameters": parameters,
			"responses": map[string]any{
				"200":     map[string]any{"description": "done", "content": content(r.returns)},
				"default": map[string]any{"description": "what is wrong", "content": content(failure{})},
			},
		}
		if r.takes != nil {
			operation["requestBody"] = map[string]any{"required": true, "content": content(r.takes)}
		}
		at, _ := paths[r.path].(map[string]any)
		if at == nil {
			at = map[string]any{}
			paths[r.path] = at
		}
		at[strings.ToLower(r.method)] = operation
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": "fakeidp administration", "version": "1", "description": "For tests. There is no authentication."},
		"paths":   paths,
	}
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
	case reflect.Struct:
		properties, required := map[string]any{}, []string{}
		for i := range t.NumField() {
			name, rest, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			properties[name] = schemaOf(t.Field(i).Type)
			if !strings.Contains(rest, "omitempty") {
				required = append(required, name)
			}
		}
		return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	}
	return map[string]any{} // any JSON
}
