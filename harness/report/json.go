package report

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"

	"github.com/mtlscheck/mtlscheck/harness"
)

// JSON writes an outcome as one document, as the schema of [Schema] describes it.
func JSON(w io.Writer, o *harness.Outcome) error {
	return encode(w, complete(o), "  ")
}

// encode writes one JSON text and a newline. Characters that a terminal would obey are escaped.
func encode(w io.Writer, value any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // & and > are frequent in curl lines, and a JSON text is no HTML
	e.SetIndent("", indent)
	if err := e.Encode(value); err != nil {
		return err
	}
	_, err := w.Write(SafeJSON(b.Bytes()))
	return err
}

// complete is the outcome with empty lists where it has none, so that a reader finds [] and never null, and with times in UTC.
func complete(o *harness.Outcome) *harness.Outcome {
	out := *o
	out.SchemaName = harness.Schema
	out.Started, out.Ended = o.Started.UTC(), o.Ended.UTC()
	out.Preflight = list(o.Preflight)
	out.Target.Features = list(o.Target.Features)
	out.Cases = slices.Clone(list(o.Cases))
	for i := range out.Cases {
		out.Cases[i] = completeCase(out.Cases[i])
	}
	return &out
}

func completeCase(c harness.Case) harness.Case {
	c.Evidence = slices.Clone(list(c.Evidence))
	for i := range c.Evidence {
		c.Evidence[i].At = c.Evidence[i].At.UTC()
	}
	c.Certificates = list(c.Certificates)
	return c
}

func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}
