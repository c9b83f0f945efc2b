package fakeidp

import (
	"crypto/x509"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// request is what a decision may know of a request: facts, none of them bytes of the wire.
type request struct {
	// length of the body, as declared; -1: not declared.
	length int64
	method string
	scheme string // "https", or "http" behind a proxy
	host   string // the Host header, with its port
	// path without the path base, percent escapes undone but for %2F.
	path     string
	pathBase string
	query    url.Values
	rawQuery string
	header   http.Header
	// serverName is the host for which the connection was made (SNI); atAlias: it was made to the alias's own port.
	serverName string
	atAlias    bool
	// connection is that by which the request came; resumed: its TLS session was made on an earlier one.
	connection *connection
	resumed    bool
	// exactNames: names of parameters are compared exactly.
	exactNames bool
	// presented is what the client showed, leaf first; empty if it showed nothing.
	presented []*x509.Certificate
	// delayed: the certificate would have to be asked for now, and cannot be; wanted: somebody looked.
	delayed, wanted bool
	// body reads the body once; it reports a form that is too long to be read.
	body func() ([]byte, error)

	formRead bool
	form     *form
	formErr  error
}

// certificate is the leaf that the client showed, or nil.
func (r *request) certificate() *x509.Certificate {
	r.wanted = true
	if len(r.presented) == 0 {
		return nil
	}
	return r.presented[0]
}

// mediaType splits Content-Type into the type in lower case and its charset.
func (r *request) mediaType() (kind, charset string) {
	kind, parameters, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil && kind == "" {
		return "", ""
	}
	return kind, parameters["charset"]
}

// isForm tells whether the body says that it is a URL-encoded form.
func (r *request) isForm() bool {
	kind, _ := r.mediaType()
	return kind == "application/x-www-form-urlencoded"
}

// readForm parses the body once. It is nil without error where the body is no form.
func (r *request) readForm() (*form, error) {
	if r.formRead {
		return r.form, r.formErr
	}
	r.formRead = true
	if !r.isForm() {
		return nil, nil
	}
	body, err := r.body()
	if err != nil {
		r.formErr = err
		return nil, err
	}
	_, charset := r.mediaType()
	r.form, r.formErr = parseForm(body, charset, r.exactNames)
	return r.form, r.formErr
}

// hostname is the host without its port.
func (r *request) hostname() string { return hostOf(r.host) }

// hostOf cuts the port off.
func hostOf(hostport string) string {
	if i := strings.LastIndexByte(hostport, ':'); i >= 0 && !strings.HasSuffix(hostport, "]") {
		return hostport[:i]
	}
	return hostport
}

// portOf is the port of host[:port], or "443" where there is none or it is no number.
func portOf(hostport string) string {
	i := strings.LastIndexByte(hostport, ':')
	if i < 0 || strings.HasSuffix(hostport, "]") {
		return "443"
	}
	port := hostport[i+1:]
	if port == "" || strings.Trim(port, "0123456789") != "" {
		return "443"
	}
	return port
}

// origin is scheme and host of the request.
func (r *request) origin() string { return r.scheme + "://" + r.host }

// base is the URL below which the server's endpoints stand for this request.
func (r *request) base() string { return r.origin() + r.pathBase }
