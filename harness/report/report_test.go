package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

func outcomes() map[string]*harness.Outcome {
	return map[string]*harness.Outcome{"examined": examined(), "unreachable": unreachable()}
}

func written(t *testing.T, write func(io.Writer, *harness.Outcome) error, o *harness.Outcome) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for name, o := range outcomes() {
		for _, f := range report.Formats() {
			golden(t, name+"."+f.Name+".golden", written(t, f.Write, o))
		}
		golden(t, name+".colour.golden", written(t, func(w io.Writer, o *harness.Outcome) error {
			return report.Text(w, o, report.Style{Colour: true, Width: 72})
		}, o))
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (- file, + now; -update writes it):\n%s", path, diff)
	}
}

// TestServerTextIsHarmless looks for what each sink could be fooled with. The outcome holds it wherever a server can put it.
func TestServerTextIsHarmless(t *testing.T) {
	t.Parallel()
	for name, o := range outcomes() {
		for _, f := range report.Formats() {
			text := string(written(t, f.Write, o))
			if !utf8.ValidString(text) {
				t.Errorf("%s as %s is no UTF-8", name, f.Name)
			}
			for _, r := range text {
				if r != '\n' && r != ' ' && (!unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r)) {
					t.Errorf("%s as %s holds %U", name, f.Name, r)
				}
			}
			for line := range strings.SplitSeq(text, "\n") {
				if strings.HasPrefix(strings.TrimSpace(line), "::") {
					t.Errorf("%s as %s gives an order to GitHub: %q", name, f.Name, line)
				}
				if f.Name == "text" && (strings.Contains(line, "##[") || strings.Contains(line, "##vso[")) {
					t.Errorf("%s as %s gives an order to a CI system: %q", name, f.Name, line)
				}
			}
		}
	}
}

func TestColourOnlyRepeats(t *testing.T) {
	t.Parallel()
	plain := written(t, func(w io.Writer, o *harness.Outcome) error { return report.Text(w, o, report.Style{}) }, examined())
	coloured := written(t, func(w io.Writer, o *harness.Outcome) error { return report.Text(w, o, report.Style{Colour: true}) }, examined())
	stripped := coloured
	for _, code := range []string{"31", "32", "33", "1", "0"} {
		stripped = bytes.ReplaceAll(stripped, []byte("\x1b["+code+"m"), nil)
	}
	if bytes.Equal(plain, coloured) {
		t.Error("there is no colour")
	}
	if diff := cmp.Diff(string(plain), string(stripped)); diff != "" {
		t.Errorf("without its colours the text differs (- plain, + stripped):\n%s", diff)
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := report.Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(report.SchemaID, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(report.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSchemaIsTheCommittedOne(t *testing.T) {
	t.Parallel()
	text, err := report.Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("..", "result-v1.schema.json"), text)
}

func TestJSONKeepsTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for name, o := range outcomes() {
		validate(t, schema, name, written(t, report.JSON, o))
		for line := range bytes.Lines(written(t, report.JSONLines, o)) {
			validate(t, schema, name, line)
		}
	}
	empty := &harness.Outcome{}
	empty.Conclude()
	empty.Reason = "nothing"
	validate(t, schema, "an empty outcome", written(t, report.JSON, empty))
}

func validate(t *testing.T, schema *jsonschema.Schema, name string, text []byte) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %#v", name, err)
	}
}

// TestSchemaRefuses proves that the schema can be broken.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for name, change := range map[string]func(map[string]any){
		"another schema":       func(d map[string]any) { d["schema"] = "mtlscheck.result/v2" },
		"an unknown verdict":   func(d map[string]any) { d["verdict"] = "fine" },
		"no summary":           func(d map[string]any) { delete(d, "summary") },
		"cases that are null":  func(d map[string]any) { d["cases"] = nil },
		"a time that is none":  func(d map[string]any) { d["started"] = "yesterday" },
		"a case without an ID": func(d map[string]any) { delete(d["cases"].([]any)[0].(map[string]any), "id") },
		"an unknown type":      func(d map[string]any) { d["type"] = "run.paused" },
	} {
		var doc map[string]any
		if err := json.Unmarshal(written(t, report.JSON, examined()), &doc); err != nil {
			t.Fatal(err)
		}
		change(doc)
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(value) == nil {
			t.Errorf("the schema allows %s", name)
		}
	}
}

func TestJUnitKeepsItsSchema(t *testing.T) {
	t.Parallel()
	for name, o := range outcomes() {
		path := filepath.Join(t.TempDir(), "junit.xml")
		if err := os.WriteFile(path, written(t, report.JUnit, o), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "xmllint", "--nonet", "--noout", "--schema", "testdata/junit.xsd", path).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	t.Parallel()
	for name, o := range outcomes() {
		for _, write := range []func(io.Writer, *harness.Outcome) error{report.JSON, report.JSONLines} {
			text := written(t, write, o)
			back, err := report.Read(bytes.NewReader(text), nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(string(text), string(written(t, write, back))); diff != "" {
				t.Errorf("%s (- written, + read and written):\n%s", name, diff)
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	head := `{"schema":"mtlscheck.result/v1",`
	for name, test := range map[string]struct{ text, says string }{
		"nothing":             {"", "the result ends before run.finished"},
		"another document":    {`{"schema":"x"}`, "record 1 is no mtlscheck.result/v1"},
		"a run that was cut":  {head + `"type":"run.started"}`, "the result ends before run.finished"},
		"half a record":       {head + `"type":"case"`, "the result ends within record 1; it was cut off"},
		"an unknown verdict":  {head + `"type":"case","id":"A-1","verdict":"fine"}` + head + `"type":"run.finished"}`, `the case "A-1" has the verdict "fine"`},
		"no object":           {`[]`, "record 1 is no mtlscheck.result/v1"},
		"cases of wrong type": {head + `"cases":7}`, "record 1: json: cannot unmarshal number into Go struct field Outcome.cases of type []harness.Case"},
	} {
		_, err := report.Read(strings.NewReader(test.text), nil)
		if err == nil || err.Error() != test.says {
			t.Errorf("%s: %v, expected %s", name, err, test.says)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, o := range outcomes() {
		for _, write := range []func(io.Writer, *harness.Outcome) error{report.JSON, report.JSONLines} {
			var b bytes.Buffer
			if err := write(&b, o); err != nil {
				f.Fatal(err)
			}
			f.Add(b.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := report.Read(bytes.NewReader(text), nil)
		if err != nil {
			return
		}
		for _, format := range report.Formats() {
			_ = written(t, format.Write, o)
		}
	})
}

// TestACaseThatIsJudgedAnewIsWrittenAgain: when a target dies, what was found since it last lived becomes unknown.
func TestACaseThatIsJudgedAnewIsWrittenAgain(t *testing.T) {
	t.Parallel()
	o := examined()
	var b bytes.Buffer
	l := report.NewLines(&b)
	l.Start(o, len(o.Cases))
	l.Preflight(o.Preflight)
	for _, c := range o.Cases {
		if c.ID == "AUTH-07" {
			c.Verdict = harness.Pass
		}
		l.Case(c)
	}
	if err := l.Finish(o); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), `"type":"case"`); got != len(o.Cases)+1 {
		t.Errorf("%d records of cases, expected %d", got, len(o.Cases)+1)
	}
	back, err := report.Read(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	back.Conclude()
	if diff := cmp.Diff(o.Summary, back.Summary); diff != "" {
		t.Errorf("summary (- expected, + read):\n%s", diff)
	}
}

func TestProgressInALog(t *testing.T) {
	t.Parallel()
	o := examined()
	chapters := map[string]int{}
	for _, c := range o.Cases {
		chapters[c.Chapter]++
	}
	var log, terminal bytes.Buffer
	for _, p := range []*report.Progress{report.NewProgress(&log, 0, chapters), report.NewProgress(&terminal, 40, chapters)} {
		p.Preflight(o.Preflight)
		for _, c := range o.Cases {
			p.Case(c)
		}
		p.End()
	}
	want := `preflight ok
2 of 9  token-endpoint: 1 pass, 1 not judged
3 of 9  discovery: 1 not run
7 of 9  chain: 2 fail, 1 warn, 1 note
8 of 9  names: 1 waived
9 of 9  self-signed: 1 not applicable
`
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("log (- expected, + got):\n%s", diff)
	}
	if strings.Contains(terminal.String(), "\n") || !strings.HasSuffix(terminal.String(), "\r\x1b[K") {
		t.Errorf("the terminal got more than one line, or it is left there: %q", terminal.String())
	}
	for line := range strings.SplitSeq(terminal.String(), "\r\x1b[K") {
		if utf8.RuneCountInString(line) >= 40 {
			t.Errorf("%q is wider than the terminal", line)
		}
	}
}

// A viewer that sees skipped tests only shows green.
func TestAPreflightThatFailedIsAnErrorInJUnit(t *testing.T) {
	t.Parallel()
	text := string(written(t, report.JUnit, unreachable()))
	if !strings.Contains(text, `<testcase classname="mtlscheck.preflight" name="connection" time="0.000">`+"\n      <error ") {
		t.Errorf("there is no error:\n%s", text)
	}
}
