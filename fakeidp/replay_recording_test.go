package fakeidp_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recording is one file: what a released server answered in one configuration.
type recording struct {
	name         string // duende-7.4/path
	version      string // 7.4
	Config       recordedConfig
	Certificates map[string]recordedCertificate
	Values       map[string]recordedValue
	Exchanges    []exchange
}

type recordedConfig struct {
	Options struct {
		MTLS                   bool `json:"mtls"`
		Validators             bool
		CertificateScheme      bool
		JWTParser              string `json:"jwtParser"`
		DomainName, Issuer     string
		PathBase               string
		AlwaysEmit             bool
		SpaceDelimitedScopes   bool
		StaticAudience         bool
		ClientCertificateMode  string
		KestrelValidates       bool
		AllowedCertificateType string `json:"allowedCertificateTypes"`
		Revocation             string
		TrustedCAs             []string `json:"trustedCAs"`
		Intermediates          []string
		ForwardHeader          string
		ForwardFormat          string
		ForwardedProto         bool
		ExtraScopes            []string
		DisabledScopes         []string
		Signing                string
	}
	ICU               bool `json:"icu"`
	Clients           []recordedClient
	APIScopes         []string `json:"api_scopes"`
	IdentityResources []string `json:"identity_resources"`
	APIResources      []struct {
		Name    string
		Scopes  []string
		Secrets []recordedSecret
	} `json:"api_resources"`
}

type recordedClient struct {
	ID             string `json:"id"`
	Secrets        []recordedSecret
	Grants         []string
	Scopes         []string
	Disabled       bool
	Public         bool
	Offline        bool
	PKCE           *bool `json:"pkce"`
	Reference      bool
	PAR            bool `json:"par"`
	RefreshOneTime bool
	RequireDPoP    bool
	Lifetime       int
}

type recordedSecret struct {
	Type, Value, Of, Form string
	Expired               bool
}

type recordedCertificate struct {
	SubjectDER       string   `json:"subject_der"`
	IssuerDER        string   `json:"issuer_der"`
	SignedBy         string   `json:"signed_by"`
	CA               *bool    `json:"ca"`
	KeyUsage         *string  `json:"key_usage"`
	ExtendedKeyUsage []string `json:"extended_key_usage"`
	Validity         string
	Key              string
	Sent             string
	LeafOf           string `json:"leaf_of"`
	SAN              string
}

type recordedValue struct {
	Shape string
	// Of a proof or an assertion that is to be made anew.
	Key, HTM, HTU string
	Over          map[string]any
	Iss, Sub      string
	Aud           any
	Alg, Typ      string
	Signature     string
}

type exchange struct {
	Title   string
	Request struct {
		Method, Path, Host string
		Certificate        *string
		Headers            [][2]string
		HeadersMore        *repeated `json:"headers_more"`
		Form               [][2]string
		HasForm            bool      `json:"-"`
		FormMore           *repeated `json:"form_more"`
		Body               *string
		CType              string `json:"ctype"`
		Length             *bool
		AfterSeconds       int `json:"after_seconds"`
		Transport          transport
	}
	Response struct {
		Status         int
		Headers        [][2]string
		Body           string
		TransportError string `json:"transport_error"`
	}
	Decoded map[string]struct {
		Header  string `json:"header_json"`
		Payload string `json:"payload_json"`
	}
}

type repeated struct {
	Key, Name, Value string
	Count            int
}

type transport struct {
	TLS               string `json:"tls"`
	ALPN              string `json:"alpn"`
	HTTP              string `json:"http"`
	Connection        string
	Raw               string
	HandshakeOnly     bool  `json:"handshake_only"`
	PostHandshakeAuth *bool `json:"post_handshake_auth"`
	Renegotiation     bool
	Resumes           *struct {
		Certificate  *string
		FirstRequest string `json:"first_request"`
	}
}

// recordings are the project's own and those of the folders in MTLSCHECK_RECORDINGS.
func recordings(t *testing.T) []*recording {
	t.Helper()
	folders := append([]string{filepath.Join("testdata", "recordings")}, filepath.SplitList(os.Getenv("MTLSCHECK_RECORDINGS"))...)
	var list []*recording
	for _, folder := range folders {
		found := 0
		err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			base := strings.TrimSuffix(path, ".gz")
			if err != nil || e.IsDir() || filepath.Ext(base) != ".json" {
				return err
			}
			r, err := readRecording(path)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if len(r.Exchanges) == 0 {
				return nil
			}
			version := filepath.Base(filepath.Dir(path))
			r.name = version + "/" + strings.TrimSuffix(filepath.Base(base), ".json")
			r.version, _, _ = strings.Cut(strings.TrimPrefix(version, "duende-"), ".0-alpha")
			list = append(list, r)
			found++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if found == 0 {
			t.Fatalf("no recordings in %s", folder)
		}
	}
	return list
}

func readRecording(path string) (*recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	b, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	r := &recording{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, err
	}
	// A form that is there and empty still sends the media type; encoding/json cannot tell it from one that is absent.
	var raw struct {
		Exchanges []struct{ Request map[string]json.RawMessage }
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, err
	}
	for i := range r.Exchanges {
		form, ok := raw.Exchanges[i].Request["form"]
		r.Exchanges[i].Request.HasForm = ok && string(form) != "null"
	}
	return r, nil
}
