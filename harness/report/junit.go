package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

type junitRoot struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	seconds    float64
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Classname string       `xml:"classname,attr"`
	Name      string       `xml:"name,attr"`
	Time      string       `xml:"time,attr"`
	Skipped   *junitReason `xml:"skipped"`
	Error     *junitReason `xml:"error"`
	Failure   *junitReason `xml:"failure"`
	Out       string       `xml:"system-out,omitempty"`
}

type junitReason struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes an outcome as JUnit XML: a suite per chapter, a test per case whose name never changes, and the preflight as a
// suite of its own, since viewers that see nothing but skipped tests show green. A broken Must is a failure; what could
// not be judged is an error; what does not apply or did not run, and what is waived, is skipped.
func JUnit(w io.Writer, o *harness.Outcome) error {
	root := junitRoot{Name: "mtlscheck", Suites: junitSuites(o)}
	for i := range root.Suites {
		s := &root.Suites[i]
		s.Time, s.Timestamp = seconds(s.seconds), o.Started.UTC().Format("2006-01-02T15:04:05")
		s.Hostname = "localhost" // the schema wants one; the machine's own name is nobody's business
		s.Properties = properties(o)
		root.Tests, root.Failures = root.Tests+s.Tests, root.Failures+s.Failures
		root.Errors, root.Skipped = root.Errors+s.Errors, root.Skipped+s.Skipped
	}
	root.Time = seconds(o.Ended.Sub(o.Started).Seconds())
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(root); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitSuites(o *harness.Outcome) []junitSuite {
	var out []junitSuite
	add := func(suite string, c junitCase, took float64) {
		name := "mtlscheck." + safe(suite)
		i := slices.IndexFunc(out, func(s junitSuite) bool { return s.Name == name })
		if i < 0 {
			out, i = append(out, junitSuite{Name: name}), len(out)
		}
		c.Classname, c.Time = name, seconds(took)
		s := &out[i]
		s.Cases = append(s.Cases, c)
		s.Tests++
		s.seconds += took
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	for _, step := range o.Preflight {
		c := junitCase{Name: safe(step.Name)}
		if !step.OK {
			c.Error = &junitReason{Message: safe(step.Detail), Type: "preflight", Text: safe(step.Detail) + "\ntry: " + safe(step.Advice)}
		}
		add("preflight", c, 0)
	}
	for _, c := range o.Cases {
		add(c.Chapter, junitOf(c), c.DurationMS/1000)
	}
	return out
}

func junitOf(c harness.Case) junitCase {
	out := junitCase{Name: safe(c.Name())}
	switch c.Verdict {
	case harness.Fail:
		out.Failure = &junitReason{Type: string(c.Level), Text: "\n" + Failure(c),
			Message: safe(fmt.Sprintf("%s Expected %s; observed %s", c.Says, c.Expected, c.Observed))}
	case harness.Inconclusive:
		out.Error = &junitReason{Type: string(c.Verdict), Message: safe(c.Because), Text: "\n" + Failure(c)}
	case harness.NotApplicable, harness.NotRun, harness.Waived:
		out.Skipped = &junitReason{Message: safe(word(c.Verdict) + ": " + c.Because)}
	case harness.Warn, harness.Note:
		lines := []string{strings.ToUpper(string(c.Verdict)) + " " + safe(c.Says)}
		for _, text := range []string{sentence("expected ", c.Expected), sentence("observed ", c.Observed), c.Because} {
			if text != "" {
				lines = append(lines, logLine(safe(text)))
			}
		}
		out.Out = strings.Join(lines, "\n")
	}
	return out
}

func properties(o *harness.Outcome) []junitProperty {
	return []junitProperty{
		{"tool", safe(o.Tool.Name + " " + o.Tool.Version)}, {"catalogue", safe(o.Catalogue)}, {"profile", safe(o.Profile)},
		{"target", safe(o.Target.Name)}, {"issuer", safe(o.Target.Issuer)}, {"verdict", string(o.Verdict)}, {"exit_code", fmt.Sprint(o.ExitCode)},
	}
}

func seconds(s float64) string {
	return fmt.Sprintf("%.3f", time.Duration(s*float64(time.Second)).Seconds())
}
