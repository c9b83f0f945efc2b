package strict_test

import (
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/internal/strict"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	const text = `{list: [dns:localhost, ip:::1, "uri:https://a/", 'x', 'ü', dns:a # not this
  , b:c], wrong: [dns: a, 7, [x], null, true, {a: b}]}`
	root, r := strict.Parse("x.yaml", []byte(text))
	f := r.Fields(root, "", "list", "wrong")
	if got, _ := r.Texts(f["list"], "list"); strings.Join(got, "|") != "dns:localhost|ip:::1|uri:https://a/|x|ü|dns:a|b:c" || r.Err() != nil {
		t.Errorf("texts %q, %v", got, r.Err())
	}
	r.Texts(f["wrong"], "wrong")
	if got := r.Mistakes.Count(); got != 6 {
		t.Errorf("%d mistakes:\n%v", got, r.Err())
	}
}

func TestNear(t *testing.T) {
	t.Parallel()
	known := []string{"client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "api1", "api2"}
	for word, want := range map[string]string{
		"client_credential": "client_credentials", "ClientCredentials": "client_credentials", "client-credentials": "client_credentials", "clientcredental": "",
		"device-code": "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer": "", "delegation": "",
		"apy2": "api2", "apy3": "", "api": "api1", "a": "", "": "", strings.Repeat("a", 200): "",
	} {
		if got := strict.Near(word, known); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestNumbersAndTruth(t *testing.T) {
	t.Parallel()
	root, r := strict.Parse("x.yaml", []byte("a: 7\nb: -7\nc: 99999999999999999999\nd: true\ne: 1.5\nf: x\n"))
	f := r.Fields(root, "")
	if r.Integer(f["a"], "a", 0, 9, 1) != 7 || r.Integer(f["b"], "b", -9, 9, 1) != -7 || !r.Bool(f["d"], "d") || r.Err() != nil {
		t.Errorf("mistakes %v", r.Err())
	}
	for i, key := range []string{"b", "c", "d", "e", "f"} {
		if got := r.Integer(f[key], key, 0, 9, 1); got != 1 || r.Mistakes.Count() != i+1 {
			t.Errorf("%s: %d, %v", key, got, r.Err())
		}
	}
	if r.Bool(f["f"], "f") || r.Mistakes.Count() != 6 {
		t.Errorf("truth: %v", r.Err())
	}
}

// A file cannot give orders to the terminal that shows what is wrong with it, nor hide where.
func TestShowsTheLineAsItIs(t *testing.T) {
	t.Parallel()
	root, r := strict.Parse("x.yaml", []byte("\u202eüü: {b: c}\n"+strings.Repeat("k", 10)+": \""+strings.Repeat("o", 1000)+"\"\n"))
	for _, v := range r.Pairs(root, "") {
		r.Wrong(v.Value, "here", "try\x1b[2J", "wrong")
	}
	text := r.Err().Error()
	for _, want := range []string{"x.yaml:1:6  here: wrong\n     1 | ·üü: {b: c}\n       |      ^\n       try·[2J\n", "x.yaml:2:13", "     2 | kkkkkkkkkk: \"ooo", "o…\n       |             ^\n", "2 mistakes"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if strings.ContainsAny(text, "\u202e\x1b") {
		t.Errorf("control characters in %q", text)
	}
}

func TestCountsWhatOtherFilesHaveWrong(t *testing.T) {
	t.Parallel()
	_, one := strict.Parse("one.yaml", []byte("a: b"))
	_, two := strict.Parse("two.yaml", []byte("a: ["))
	one.Names(two)
	if err := one.Err(); err == nil || !strings.HasPrefix(err.Error(), "two.yaml:1:4  this is no YAML") {
		t.Errorf("got %v", err)
	}
}

// Whoever wrote JSON is not told of YAML.
func TestCallsJSONByItsName(t *testing.T) {
	t.Parallel()
	for _, f := range []struct{ name, text, want string }{
		{"a.json", "[", "this is no JSON: "}, {"A.JSON", "a: [", "this is no JSON: "}, {"a", "\n{ \"a\":", "this is no JSON: "},
		{"a.yaml", "{a: [", "this is no YAML: "}, {"json", "a: [", "this is no YAML: "},
	} {
		_, r := strict.Parse(f.name, []byte(f.text))
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), f.want) {
			t.Errorf("%s: %v, expected %q", f.name, err, f.want)
		}
	}
}

// Keys that stand twice are found wherever they stand, and the first of them counts.
func TestFindsRepeatedKeys(t *testing.T) {
	t.Parallel()
	root, r := strict.Parse("a.yaml", []byte("a: 1\n\"a\": 2\nlist:\n  - {b: {c: x, c: y, c: z}}\n  - d: x\n    d: y\nlast: z\n"))
	f := r.Fields(root, "", "a", "list", "last")
	if got := r.Integer(f["a"], "a", 0, 9, 0); got != 1 || r.Text(f["last"], "last") != "z" {
		t.Errorf("a is %d", got)
	}
	text := r.Err().Error()
	for _, want := range []string{"a.yaml:2:1  a: the key stands twice", "a.yaml:4:16  list[0].b.c: the key", "a.yaml:4:22  list[0].b.c: the key", "a.yaml:6:5  list[1].d: the key", "4 mistakes"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}
