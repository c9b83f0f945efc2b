package fakeidp

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestReadsFormsAsASPNET(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body, charset, key string
		values                   []string
		err                      error
	}{
		{"one value", "a=1", "", "a", []string{"1"}, nil},
		{"keys ignore case", "Client_Id=x", "", "client_id", []string{"x"}, nil},
		{"several values", "a=1&b=2&a=3", "", "a", []string{"1", "3"}, nil},
		{"plus and escapes", "a=x+y%2Bz", "", "a", []string{"x y+z"}, nil},
		{"a bad escape is literal", "a=100%&b=%zz", "", "a", []string{"100%"}, nil},
		{"a key without a value", "a", "", "a", []string{""}, nil},
		{"a semicolon is a character", "a=1;b=2", "", "a", []string{"1;b=2"}, nil},
		{"invalid UTF-8", "a=%ff", "", "a", []string{"\ufffd"}, nil},
		{"latin 1", "a=%e9", "iso-8859-1", "a", []string{"é"}, nil},
		{"a NUL", "a=1&b=%00", "", "", nil, errUnreadableForm},
		{"a NUL in a key", "%00=1", "", "", nil, errUnreadableForm},
		{"as many values as allowed", strings.Repeat("a=1&", formValues), "", "a", slices.Repeat([]string{"1"}, formValues), nil},
		{"one value too many", strings.Repeat("a=1&", formValues+1), "", "", nil, errUnreadableForm},
		{"the longest key", strings.Repeat("k", formKeyChars) + "=v", "", strings.Repeat("k", formKeyChars), []string{"v"}, nil},
		{"a key too long", strings.Repeat("k", formKeyChars+1) + "=v", "", "", nil, errUnreadableForm},
		{"a value too long", "a=" + strings.Repeat("v", formValueLen+1), "", "", nil, errUnreadableForm},
		{"an encoding that .NET forbids", "a=1", "utf-7", "", nil, errBrokenForm},
		{"an encoding that is not the body's", "a=1x", "utf-16", "a", nil, nil},
	} {
		f, err := parseForm([]byte(c.body), c.charset, false)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.err)
		} else if err == nil && !slices.Equal(f.all(c.key), c.values) {
			t.Errorf("%s: %q, want %q", c.name, f.all(c.key), c.values)
		}
	}
}

func TestReadsBasicCredentials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		encoded, id, secret string
		ok                  bool
	}{
		{"c2hhcmVkOnNlY3JldA==", "shared", "secret", true},
		{"YTpiOmM=", "a", "b:c", true},          // the first colon splits
		{"YSUyQmI6KyUyMA==", "a+b", "  ", true}, // form encoding inside
		{"bXRscy5uYW1l", "", "", false},         // no colon
		{"%%%", "", "", false},
		{"YTpi\n", "a", "b", true},
		{"YTp", "", "", false},
	} {
		id, secret, ok := decodeBasic(c.encoded)
		if ok != c.ok || ok && (id != c.id || secret != c.secret) {
			t.Errorf("%q: %q %q %v, want %q %q %v", c.encoded, id, secret, ok, c.id, c.secret, c.ok)
		}
	}
}

// FuzzForm: any bytes are a form within the limits, or an error; nothing has a NUL.
func FuzzForm(f *testing.F) {
	for _, s := range []string{"", "a=1&b=2", "a=%00", "%", "%zz=%e9&&=&a", "grant_type=client_credentials&client_id=müller", strings.Repeat("a&", 1100)} {
		f.Add([]byte(s), "")
	}
	f.Add([]byte("a=1"), "utf-16")
	f.Add([]byte("a=\xe9"), "iso-8859-1")
	f.Fuzz(func(t *testing.T, body []byte, charset string) {
		form, err := parseForm(body, charset, false)
		if err != nil {
			if form != nil || !errors.Is(err, errUnreadableForm) && !errors.Is(err, errBrokenForm) {
				t.Fatalf("%v, %v", form, err)
			}
			return
		}
		count := 0
		for key, values := range form.values {
			count += len(values)
			if key != strings.ToLower(key) || !slices.Contains(form.keys, key) {
				t.Fatalf("key %q", key)
			}
		}
		if count > formValues {
			t.Fatalf("%d values", count)
		}
	})
}

// FuzzBasic: any header is read or not; what is read has no more than what was sent.
func FuzzBasic(f *testing.F) {
	for _, s := range []string{"", "c2hhcmVkOnNlY3JldA==", "YTpiOmM=", "%%%", "Og==", "/////w==", strings.Repeat("QUFB", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		id, secret, ok := decodeBasic(encoded)
		if ok && len(id)+len(secret) > 3*len(encoded) {
			t.Fatalf("%q gives %q and %q", encoded, id, secret)
		}
	})
}

// FuzzJWS: any text is a JWS or an error, and none verifies that nobody signed.
func FuzzJWS(f *testing.F) {
	for _, s := range []string{"", "..", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiJ9.eyJhIjpbMSx7ImIiOm51bGx9XX0.AA"} {
		f.Add(s)
	}
	keys := &keyring{keys: []*signingKey{{create: signer}}, alg: "RS256", typ: accessTokenType}
	key := keys.current().key
	f.Fuzz(func(t *testing.T, text string) {
		j, err := parseJWS(text)
		if err == nil && j.verifiedBy(key.Public()) {
			t.Fatalf("%q verifies", text)
		}
		if keys.read(text) != nil {
			t.Fatalf("%q is an access token", text)
		}
	})
}
