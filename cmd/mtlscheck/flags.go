package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// unreadable says in words which value a flag cannot have, and what it can have. It is nil for errors of other kinds.
func unreadable(err error) (try string, said error) {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return "", nil
	}
	kinds := map[string]struct{ is, try string }{ // by pflag's names of types
		"int":      {"no whole number", "write a number, like --%s 4"},
		"duration": {"no duration", "durations look like 10s or 2m: --%s 10s"},
		"bool":     {"neither true nor false", "write --%s alone to mean yes"},
	}
	f := wrong.GetFlag()
	kind, known := kinds[f.Value.Type()]
	if !known {
		return "", nil
	}
	return fmt.Sprintf(kind.try, f.Name), fmt.Errorf("--%s: %q is %s", f.Name, wrong.GetValue(), kind.is)
}
