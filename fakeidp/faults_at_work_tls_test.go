package fakeidp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// failure is what a client sees of a question without an answer.
func failure(err error) string {
	var invalid x509.CertificateInvalidError
	var alert *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && strings.Contains(invalid.Detail, "is before"):
		return "a certificate of the future"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "an expired certificate"
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return "a certificate for something else"
	case errors.As(err, new(x509.HostnameError)):
		return "a certificate of another host"
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "a certificate of an unknown authority"
	case errors.As(err, &alert) && alert.Op == "remote error":
		return "alert: " + strings.TrimPrefix(alert.Err.Error(), "tls: ")
	case errors.Is(err, syscall.ECONNRESET):
		return "reset"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "silence"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "half an answer"
	case errors.Is(err, io.EOF), strings.Contains(err.Error(), "server closed idle connection"): // the latter before the request was sent
		return "closed"
	case strings.Contains(err.Error(), "malformed HTTP"):
		return "no HTTP"
	}
	return "error: " + err.Error()
}

// said is what a client sees of an answer.
func said(r reply) string {
	active, told := r.body["active"]
	switch {
	case r.err != nil:
		return failure(r.err)
	case r.oauthError() != "":
		return r.oauthError()
	case told:
		return fmt.Sprintf("active %v", active)
	}
	return fmt.Sprint(r.status)
}

// shakes is what a handshake at this address ends in: the names of the authorities in the request for a certificate.
func (w *workshop) shakes(address string) string {
	ctx, cancel := context.WithTimeout(w.Context(), w.patience)
	defer cancel()
	asked := "asked for nothing"
	d := tls.Dialer{Config: &tls.Config{RootCAs: trusted(w.idp), ServerName: "localhost", GetClientCertificate: func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked = fmt.Sprintf("asked by %d authorities", len(r.AcceptableCAs))
		return &tls.Certificate{}, nil
	}}}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return failure(err)
	}
	c.Close()
	return asked
}

// atAlias is the address of the door for clients with certificates.
func (w *workshop) atAlias() string { return addressOf(w.idp) }

// looksUp is what a client sees that wants the metadata.
func looksUp(w *workshop) string {
	c := client(w.idp, nil)
	c.Timeout = w.patience
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := c.Get(w.idp.URL + "/.well-known/openid-configuration")
	if err != nil {
		return failure(err)
	}
	defer r.Body.Close()
	if _, err := io.ReadAll(r.Body); err != nil {
		return failure(err)
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.StatusCode, kind))
}

// getsToken is what the client machine hears that shows its certificate.
func getsToken(w *workshop) string { return said(w.asks("token", w.app, grant("machine"))) }

func tlsAtWork() []atWork {
	main := func(w *workshop) string { return looksUp(w) }
	door := func(w *workshop) string { return w.shakes(w.atAlias()) }
	const found = "200 application/json"
	return []atWork{
		{"shows-an-expired-certificate", found, "an expired certificate", main, nil},
		{"shows-a-future-certificate", found, "a certificate of the future", main, nil},
		{"shows-another-hosts-certificate", found, "a certificate of another host", main, nil},
		{"shows-a-client-certificate", found, "a certificate for something else", main, nil},
		{"shows-an-unknown-authoritys-certificate", found, "a certificate of an unknown authority", main, nil},
		{"shows-an-expired-certificate-at-the-alias", found + ", 200", found + ", an expired certificate", func(w *workshop) string { return looksUp(w) + ", " + getsToken(w) }, nil},
		{"asks-for-no-certificate", "asked by 0 authorities", "asked for nothing", door, nil},
		{"wants-certificates-everywhere", found, "alert: certificate required", main, nil},
		{"names-foreign-authorities", "asked by 0 authorities", "asked by 1 authorities", door, nil},
		{"alerts-everybody", found, "alert: internal error", main, nil},
		{"alerts-who-shows-a-certificate", "200", "alert: bad certificate", getsToken, nil},
		{"resets-handshakes", found, "reset", main, nil},
		{"stalls-in-the-handshake", found, "silence", main, nil},
		{"closes-after-the-handshake", found, "closed", main, nil},
	}
}

// begins is what a client sees that reads a first piece of the metadata, and then much more if there is more.
func begins(most int64) func(w *workshop) string {
	return func(w *workshop) string {
		r, err := client(w.idp, nil).Get(w.idp.URL + "/.well-known/openid-configuration")
		if err != nil {
			return failure(err)
		}
		defer r.Body.Close()
		n, err := r.Body.Read(make([]byte, 4096))
		if most > 0 && err == nil {
			if more, _ := io.Copy(io.Discard, io.LimitReader(r.Body, most)); more == most {
				return "no end"
			}
		}
		if n < 100 {
			return "a little"
		}
		return "much"
	}
}

func transportAtWork() []atWork {
	var rows []atWork
	for fault, wrong := range map[string]string{
		"resets-connections": "reset", "closes-connections-unanswered": "closed", "cuts-answers": "half an answer", "speaks-garbage": "no HTTP",
		"stalls": "silence", "answers-late": "silence", "answers-429": "429", "answers-500": "500", "answers-502": "502 text/html", "answers-503": "503 text/html",
		"redirects-elsewhere": "307", "answers-with-a-page": "200 text/html",
	} {
		rows = append(rows, atWork{fault, "200 application/json", wrong, looksUp, nil})
	}
	return append(rows, atWork{"drips", "much", "a little", begins(0), nil}, atWork{"answers-without-end", "much", "no end", begins(1 << 21), nil})
}

func routesAtWork() []atWork {
	forwarding := func(w *workshop) string {
		return said(put(w, w.idp, question{to: w.at("token"), form: grant("machine"), header: [2]string{"X-SSL-Client-Cert", base64.StdEncoding.EncodeToString(w.app.DER())}}))
	}
	return []atWork{
		{"believes-the-host", "421", "invalid_client", func(w *workshop) string {
			return said(put(w, w.idp, question{to: "https://" + w.idp.Addr().String() + "/token", shows: w.app.TLS(), form: grant("machine"), host: hostOf(w.idp.MTLSURL),
				tls: func(c *tls.Config) { c.ServerName = "localhost" }}))
		}, func(*workshop) []fakeidp.Option { return []fakeidp.Option{fakeidp.Mode(fakeidp.SubDomain("mtls"))} }},
		{"believes-forwarded-certificates", "invalid_client", "200", forwarding, nil},
	}
}
