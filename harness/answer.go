package harness

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// An Answer is what came back. A refused handshake is an answer; silence is not, and ends a scenario before any
// assertion sees it.
//
// Status, Header and Body hold what the server said, unredacted, for assertions; what is printed is Evidence.
type Answer struct {
	Status   int         // HTTP status; 0: no HTTP answer, see TLS.Alert and Closed
	Header   http.Header // nil without an HTTP answer
	Body     []byte      // at most 1 MiB
	TLS      Handshake
	Closed   bool // the server completed the handshake, then closed or reset without a byte of HTTP and without an alert
	Served   bool // set by package suite: the control was served again after Closed, so the closing was meant for this person
	Evidence *Evidence
}

// A Phase says when an alert came.
type Phase string

// In TLS 1.3 a server refuses a client certificate after the client's side of the handshake is done: its alert comes
// with the first read.
const (
	InHandshake    Phase = "in the handshake"
	AfterHandshake Phase = "after the handshake"
)

// A Handshake is what TLS showed of one connection.
type Handshake struct {
	Version        string               `json:"version,omitempty"` // "TLS 1.3"
	Suite          string               `json:"suite,omitempty"`
	Group          string               `json:"group,omitempty"`
	ALPN           string               `json:"alpn,omitempty"`
	ServerName     string               `json:"server_name,omitempty"`
	Asked          bool                 `json:"asked"`                    // the server sent a CertificateRequest
	AcceptableCAs  []string             `json:"acceptable_cas,omitempty"` // the names in it, RFC 4514; none: any CA
	AcceptableRaw  [][]byte             `json:"-"`                        // the same as DER
	Signatures     []string             `json:"signatures,omitempty"`     // signature algorithms in it
	Shown          *CertificateSummary  `json:"shown,omitempty"`          // what we sent; nil: an empty hand
	Alert          string               `json:"alert,omitempty"`          // what the peer said, as Go names it: "unknown certificate authority"
	AlertPhase     Phase                `json:"alert_phase,omitempty"`
	Resumed        bool                 `json:"resumed,omitempty"`
	Server         []CertificateSummary `json:"server,omitempty"` // the server's chain, leaf first; only where it verified, even if the handshake then failed
	HandshakeTook  time.Duration        `json:"-"`
	HandshakeMilli float64              `json:"handshake_ms,omitempty"`
}

// JSON decodes the body into v. It fails if the body is no JSON.
func (a Answer) JSON(v any) error { return json.Unmarshal(a.Body, v) }

// Member is a top-level string member of a JSON object body; empty if there is none of that type.
func (a Answer) Member(name string) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(a.Body, &members) != nil {
		return ""
	}
	var s string
	if json.Unmarshal(members[name], &s) != nil {
		return ""
	}
	return s
}

// Error is the OAuth error code of the body (RFC 6749 §5.2), empty if there is none.
func (a Answer) Error() string { return a.Member("error") }

// AccessToken is the access token of a token response (RFC 6749 §5.1), empty if there is none.
func (a Answer) AccessToken() string { return a.Member("access_token") }

// IsJSON reports whether the answer says that it is JSON: application/json, or any type with the suffix +json.
func (a Answer) IsJSON() bool {
	media, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	return err == nil && (media == "application/json" || len(media) > 5 && media[len(media)-5:] == "+json")
}

// Format prints what String says, whatever the verb. Without it package fmt would take an Answer for an error, because of
// its method Error, and print the OAuth error code alone.
func (a Answer) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, a.String()) }

// String says in a few words what came back, without anything secret and without the server's text beyond an OAuth
// error code.
func (a Answer) String() string {
	switch {
	case a.TLS.Alert != "":
		return fmt.Sprintf("a TLS alert %s: %s", a.TLS.AlertPhase, a.TLS.Alert)
	case a.Closed:
		return "the connection closed after the handshake, without an alert and without an answer"
	case a.Error() != "":
		return fmt.Sprintf("%d %s", a.Status, Printable(a.Error()))
	case a.AccessToken() != "":
		return fmt.Sprintf("%d and an access token", a.Status)
	case len(a.Body) == 0:
		return fmt.Sprintf("%d and an empty body", a.Status)
	}
	media := a.Header.Get("Content-Type")
	if media == "" {
		media = "no content type"
	}
	return fmt.Sprintf("%d (%s, %d bytes)", a.Status, Printable(media), len(a.Body))
}
