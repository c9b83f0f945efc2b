package harness

import (
	"encoding/json"
	"time"
)

// Evidence is an answer with its question, made fit to print: secrets were taken out when it was recorded, by field.
// It is what reports show; nothing in it needs further redaction, only escaping for the sink.
type Evidence struct {
	Person   string    `json:"person"`            // "client, expired"
	Role     Role      `json:"role,omitempty"`    // the role that asked
	Control  bool      `json:"control,omitempty"` // asked to prove that somebody is served
	At       time.Time `json:"at"`
	Took     float64   `json:"took_ms"`
	Question Message   `json:"question"`
	Reply    *Message  `json:"answer,omitempty"` // nil: no HTTP answer
	TLS      Handshake `json:"tls"`
	Tokens   []Token   `json:"tokens,omitempty"`    // decoded tokens of the answer; never a signature
	Silence  string    `json:"no_answer,omitempty"` // why there is no answer at all
	Curl     string    `json:"curl,omitempty"`      // the same question for curl, with file names for certificate and key
}

// A Message is one HTTP message, redacted.
type Message struct {
	Line   string   `json:"line"`             // "POST /connect/token HTTP/1.1"; "HTTP/1.1 200 OK"
	Host   string   `json:"host,omitempty"`   // of a question
	Header []string `json:"header,omitempty"` // "Content-Type: application/json"
	Body   string   `json:"body,omitempty"`   // redacted, at most 4 KiB
}

// A Token is a JSON Web Token in an answer: header and claims, never the signature.
type Token struct {
	Member string          `json:"member"` // "access_token"
	Mark   string          `json:"mark"`   // "[JWT 812 B sha256:9f2c41d0]"
	Header json.RawMessage `json:"header,omitempty"`
	Claims json.RawMessage `json:"claims,omitempty"`
}

// Summary says in one line who asked and what came back.
func (e *Evidence) Summary() string {
	out := e.Person + " → "
	switch {
	case e.Silence != "":
		out += "no answer: " + e.Silence
	case e.Reply != nil:
		out += e.Reply.Line
	case e.TLS.Alert != "":
		out += "TLS alert " + string(e.TLS.AlertPhase) + ": " + e.TLS.Alert
	default:
		out += "closed after the handshake, without an alert"
	}
	if e.Control {
		out += " (control)"
	}
	return out
}
