package admin

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// checker compares a value with the form that is wanted, and collects what is wrong.
type checker struct{ wrong []error }

func (c *checker) add(path, format string, args ...any) {
	const most = 20
	if path == "" {
		path = "the body"
	}
	if len(c.wrong) < most {
		c.wrong = append(c.wrong, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
	}
}

// check compares a value with a Go type of forms.go.
func (c *checker) check(v any, t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	is := kindOf(v)
	switch {
	case t.Kind() == reflect.Interface:
		c.repeated(v, path)
	case t == reflect.TypeFor[time.Time]():
		text, ok := v.(string)
		if _, err := time.Parse(time.RFC3339, text); !ok || err != nil {
			c.add(path, `expected a time such as "2030-01-31T00:00:00Z", found %s`, is)
		}
	case t.Kind() == reflect.String:
		if _, ok := v.(string); !ok {
			c.add(path, "expected text, found %s", is)
		}
	case t.Kind() == reflect.Bool:
		if _, ok := v.(bool); !ok {
			c.add(path, "expected true or false, found %s", is)
		}
	case t.Kind() == reflect.Int:
		number, ok := v.(json.Number)
		if _, err := strconv.ParseInt(number.String(), 10, 32); !ok || err != nil {
			c.add(path, "expected a whole number, found %s", is)
		}
	case t.Kind() == reflect.Slice:
		list, ok := v.([]any)
		if !ok {
			c.add(path, "expected a list, found %s", is)
		}
		for i, item := range list {
			c.check(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
	case t.Kind() == reflect.Map:
		if _, ok := v.(object); !ok {
			c.add(path, "expected an object, found %s", is)
		}
		c.repeated(v, path)
	case t.Kind() == reflect.Struct:
		c.members(v, t, path)
	}
}

// members compares an object with the members of a struct.
func (c *checker) members(v any, t reflect.Type, path string) {
	o, ok := v.(object)
	if !ok {
		c.add(path, "expected an object, found %s", kindOf(v))
		return
	}
	known, required := membersOf(t)
	names := make([]string, 0, len(known))
	for _, k := range known {
		names = append(names, k.name)
	}
	for i, m := range o {
		at := join(path, m.name)
		j := slices.Index(names, m.name)
		switch {
		case j < 0:
			c.add(at, "there is no such member; %s", proposal(m.name, names))
		case slices.ContainsFunc(o[:i], func(before member) bool { return before.name == m.name }):
			c.add(at, "stands twice")
		case m.value == nil && !slices.Contains(required, m.name): // as some languages write what is left out
		default:
			c.check(m.value, known[j].of, at)
			number, _ := m.value.(json.Number)
			least, limited := strconv.Atoi(known[j].least)
			if n, err := strconv.Atoi(number.String()); err == nil && limited == nil && n < least {
				c.add(at, "%d is less than %d", n, least)
			}
		}
	}
	for _, name := range required {
		if !slices.ContainsFunc(o, func(m member) bool { return m.name == name }) {
			c.add(join(path, name), "is missing")
		}
	}
}

// repeated looks for members that stand twice where any JSON may stand.
func (c *checker) repeated(v any, path string) {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			c.repeated(item, fmt.Sprintf("%s[%d]", path, i))
		}
	case object:
		seen := map[string]bool{}
		for _, m := range v {
			if seen[m.name] {
				c.add(join(path, m.name), "stands twice")
			}
			seen[m.name] = true
			c.repeated(m.value, join(path, m.name))
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// kindOf names what a value is.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case []any:
		return "a list"
	}
	return "an object"
}

// written is how a duration is written, however long it is.
var written = regexp.MustCompile(`^[-+]?([0-9]+(\.[0-9]+)?(h|m|s|ms|us|µs|ns))+$`)

// duration is a length of time in a member or a parameter.
func duration(name, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil && written.MatchString(text) {
		return 0, fmt.Errorf("%s: %q is too long; at most 2562047h can be said at once", name, text)
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %q is no duration; write 10m or 1h30m", name, text)
	}
	return d, nil
}
