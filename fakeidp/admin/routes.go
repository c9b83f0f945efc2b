package admin

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// done is the answer of an operation that has nothing to tell.
type done struct {
	Done bool `json:"done"`
}

// count is the answer of an operation that tells how many.
type count struct {
	Count int `json:"count"`
}

// requestFilter are the parameters that choose requests.
func requestFilter() []string { return []string{"endpoint", "client", "certificate"} }

// routes are all operations, in the order of the OpenAPI document.
func routes() []route {
	return []route{
		{"GET", "/health", "Tells that the server answers.", nil, nil, health{Status: "ok"}, func(h *handler, _ *http.Request) (any, error) {
			return health{Status: "ok", Version: h.idp.Version(), Issuer: h.idp.URL, MTLS: h.idp.MTLSURL}, nil
		}},
		{"GET", "/openapi.json", "This description.", nil, nil, map[string]any{}, func(*handler, *http.Request) (any, error) { return openAPI(), nil }},

		{"GET", "/requests", "The last requests and failed handshakes, oldest first, without secrets.", requestFilter(), nil, []requestJSON{{}}, func(h *handler, r *http.Request) (any, error) {
			m, err := matchOf(r.URL.Query())
			if err != nil {
				return nil, err
			}
			found := []requestJSON{}
			for _, e := range h.idp.Requests() {
				if m.Fits(e) {
					found = append(found, requestOf(e))
				}
			}
			return found, nil
		}},
		{"GET", "/requests/wait", "Waits until so many requests have come (n, default 1), at most so long (timeout, default 10s); 408 if they have not.", append(requestFilter(), "n", "timeout"), nil, []requestJSON{{}}, wait},
		{"DELETE", "/requests", "Empties the journal.", nil, nil, done{true}, func(h *handler, _ *http.Request) (any, error) {
			h.idp.ForgetRequests()
			return done{true}, nil
		}},

		{"GET", "/faults", "The faults that the server has now, and all that it can have.", nil, nil, faultsJSON{Active: []faultJSON{{}}, Known: []named{{}}}, func(h *handler, _ *http.Request) (any, error) {
			return faultsOf(h.idp), nil
		}},
		{"POST", "/faults", "Breaks the server on purpose: for every request, or for the next so many, those of a client, an endpoint or a certificate.", nil, faultJSON{}, faultsJSON{}, func(h *handler, r *http.Request) (any, error) {
			f, err := read[faultJSON](r)
			if err != nil {
				return nil, err
			}
			known, ok := fakeidp.FaultNamed(f.Fault)
			if !ok {
				return nil, fmt.Errorf("fault: there is no fault %q; %s", f.Fault, cmp.Or(nearest(f.Fault, namesOf(fakeidp.Faults(), func(f fakeidp.Fault) string { return f.Name })), "GET /faults lists all"))
			}
			if err := checkEndpoint(f.Endpoint); err != nil {
				return nil, err
			}
			if err := h.knows("client", f.Client); err != nil {
				return nil, err
			}
			if err := h.idp.Break(fakeidp.Limit{Next: f.Next, Match: fakeidp.Match{Endpoint: f.Endpoint, Client: f.Client, Certificate: f.Certificate}}, known); err != nil {
				return nil, err
			}
			return faultsOf(h.idp), nil
		}},
		{"DELETE", "/faults", "Ends all faults.", nil, nil, count{}, func(h *handler, _ *http.Request) (any, error) { return count{h.idp.Mend()}, nil }},
		{"DELETE", "/faults/{name}", "Ends one fault.", nil, nil, count{}, func(h *handler, r *http.Request) (any, error) {
			n := h.idp.Mend(r.PathValue("name"))
			if n == 0 {
				return nil, refusal{http.StatusNotFound, fmt.Errorf("the server does not have the fault %q", r.PathValue("name"))}
			}
			return count{n}, nil
		}},

		{"GET", "/clock", "The server's time.", nil, nil, clockJSON{}, func(h *handler, _ *http.Request) (any, error) { return clockJSON{h.idp.Now()}, nil }},
		{"POST", "/clock", "Moves the clock (advance, as in 1h30m), stops it at a moment (freeze), or lets it run again (run).", nil, moveJSON{}, clockJSON{}, moveClock},

		{"POST", "/keys/rotate", "Signs with a new key; the old one stays in the key set.", nil, nil, done{true}, func(h *handler, _ *http.Request) (any, error) {
			h.idp.RotateKeys()
			return done{true}, nil
		}},
		{"POST", "/keys/retire", "Takes the old keys out of the key set.", nil, nil, done{true}, func(h *handler, _ *http.Request) (any, error) {
			h.idp.RetireKeys()
			return done{true}, nil
		}},
		{"POST", "/certificates/revoke", "Refuses certificates (PEM) from now on; with an authority's all below it.", nil, pemJSON{}, count{}, func(h *handler, r *http.Request) (any, error) {
			certificates, err := certificatesOf(r)
			if err != nil {
				return nil, err
			}
			for _, c := range certificates { // all or none
				if bytes.Equal(c.RawSubject, c.RawIssuer) {
					return nil, fmt.Errorf("pem: %s is self-signed, so nobody can revoke it; change the client that is registered by it, or PUT /trust", c.Subject)
				}
			}
			for _, c := range certificates {
				if err := h.idp.Revoke(c); err != nil {
					return nil, err
				}
			}
			return count{len(certificates)}, nil
		}},
		{"PUT", "/trust", "Replaces the roots (PEM) to which certificates must chain.", nil, pemJSON{}, count{}, func(h *handler, r *http.Request) (any, error) {
			roots, err := certificatesOf(r)
			if err != nil {
				return nil, err
			}
			h.idp.SetTrust(roots...)
			return count{len(roots)}, nil
		}},
		{"POST", "/connections/drop", "Closes each connection once it is idle.", nil, nil, count{}, func(h *handler, _ *http.Request) (any, error) { return count{h.idp.DropIdle()}, nil }},
		{"POST", "/connections/drain", "Lets each connection end with its next answer, over HTTP/2 by GOAWAY.", nil, nil, count{}, func(h *handler, _ *http.Request) (any, error) { return count{h.idp.Drain()}, nil }},

		{"GET", "/clients", "The registered clients, without the values of their shared secrets.", nil, nil, []clientJSON{{}}, func(h *handler, _ *http.Request) (any, error) {
			out := []clientJSON{}
			for _, c := range h.idp.Clients() {
				out = append(out, clientOf(c))
			}
			return out, nil
		}},
		{"PUT", "/clients/{id}", "Registers a client, or replaces it.", nil, clientJSON{}, clientJSON{}, func(h *handler, r *http.Request) (any, error) {
			c, err := read[clientJSON](r)
			if err != nil {
				return nil, err
			}
			client, err := c.client(r.PathValue("id"))
			if err == nil {
				err = h.idp.Check(client)
			}
			if err != nil {
				return nil, err
			}
			h.idp.SetClient(client)
			return clientOf(client), nil
		}},
		{"DELETE", "/clients/{id}", "Removes a client.", nil, nil, done{true}, func(h *handler, r *http.Request) (any, error) {
			if !h.idp.RemoveClient(r.PathValue("id")) {
				return nil, refusal{http.StatusNotFound, fmt.Errorf("there is no client %q", r.PathValue("id"))}
			}
			return done{true}, nil
		}},

		{"GET", "/flaws", "What can be wrong with a token that POST /tokens makes.", nil, nil, []named{{}}, func(*handler, *http.Request) (any, error) {
			var out []named
			for _, f := range fakeidp.Flaws() {
				out = append(out, named{f.Name, f.Doc})
			}
			return out, nil
		}},
		{"POST", "/tokens", "Makes an access token without a flow, right or with flaws.", nil, tokenJSON{}, mintedJSON{}, mint},
	}
}

// health is the answer to GET /health.
type health struct {
	Status  string `json:"status"`
	Version string `json:"version"`
	Issuer  string `json:"issuer"`
	MTLS    string `json:"mtls"`
}

// matchOf reads a filter of requests. A client need not be registered: whoever is not is found in the journal by what it claims.
func matchOf(q url.Values) (fakeidp.Match, error) {
	return fakeidp.Match{Endpoint: q.Get("endpoint"), Client: q.Get("client"), Certificate: q.Get("certificate")}, checkEndpoint(q.Get("endpoint"))
}

// wait is GET /requests/wait.
func wait(h *handler, r *http.Request) (any, error) {
	q := r.URL.Query()
	m, err := matchOf(q)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(cmp.Or(q.Get("n"), "1"))
	if err != nil || n < 1 {
		return nil, fmt.Errorf("n: %q is no number from 1 on", q.Get("n"))
	}
	long, err := duration("timeout", cmp.Or(q.Get("timeout"), "10s"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), long, fmt.Errorf("no more within %s", long))
	defer cancel()
	found, err := h.idp.WaitFor(ctx, n, m)
	if err != nil {
		return nil, refusal{http.StatusRequestTimeout, err}
	}
	out := []requestJSON{}
	for _, e := range found {
		out = append(out, requestOf(e))
	}
	return out, nil
}

// writable reports whether a time, and what follows from it within a year, can be written in JSON.
func writable(t time.Time) bool { return t.Year() >= 1970 && t.Year() <= 9998 }

// moveClock is POST /clock.
func moveClock(h *handler, r *http.Request) (any, error) {
	m, err := read[moveJSON](r)
	if err != nil {
		return nil, err
	}
	said := 0
	for _, is := range []bool{m.Advance != "", m.Freeze != nil, m.Run} {
		if is {
			said++
		}
	}
	if said != 1 {
		return nil, errors.New("give one of advance, freeze and run")
	}
	switch {
	case m.Freeze != nil && !writable(*m.Freeze):
		return nil, errors.New("freeze: give a moment of the years 1970 to 9998")
	case m.Freeze != nil:
		h.idp.Freeze(*m.Freeze)
	case m.Run:
		h.idp.Freeze(time.Time{})
	default:
		d, err := duration("advance", m.Advance)
		if err != nil {
			return nil, err
		}
		if now := h.idp.Now(); !writable(now.Add(d)) || now.Add(d).Before(now) != (d < 0) {
			return nil, errors.New("advance: the clock stays in the years 1970 to 9998")
		}
		h.idp.Advance(d)
	}
	return clockJSON{h.idp.Now()}, nil
}

// certificatesOf are the certificates of a body.
func certificatesOf(r *http.Request) ([]*x509.Certificate, error) {
	body, err := read[pemJSON](r)
	if err != nil {
		return nil, err
	}
	return parsePEM("pem", body.PEM)
}

// parsePEM reads one certificate or more out of a member of the body.
func parsePEM(member, text string) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s: this holds a %s; only certificates are wanted", member, strings.ToLower(block.Type))
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: the certificate cannot be read: %s", member, strings.TrimPrefix(err.Error(), "x509: "))
		}
		out = append(out, c)
	}
	if out == nil {
		return nil, fmt.Errorf("%s: this holds no certificate; write -----BEGIN CERTIFICATE-----…", member)
	}
	return out, nil
}

// mint is POST /tokens.
func mint(h *handler, r *http.Request) (any, error) {
	body, err := read[tokenJSON](r)
	if err != nil {
		return nil, err
	}
	if err := h.known(body); err != nil {
		return nil, err
	}
	t := fakeidp.Token{Client: body.Client, Subject: body.Subject, Scopes: body.Scopes, Audience: body.Audience, Reference: body.Reference, Claims: body.Claims}
	if body.Certificate != "" {
		certificates, err := parsePEM("certificate", body.Certificate)
		if err != nil {
			return nil, err
		}
		t.Certificate = certificates[0]
	}
	if body.Lifetime != "" {
		if t.Lifetime, err = duration("lifetime", body.Lifetime); err != nil {
			return nil, err
		}
	}
	var flaws []fakeidp.Flaw
	for _, name := range body.Flaws {
		f, ok := fakeidp.FlawNamed(name)
		if !ok {
			return nil, fmt.Errorf("flaws: there is no flaw %q; %s", name, proposal(name, namesOf(fakeidp.Flaws(), func(f fakeidp.Flaw) string { return f.Name })))
		}
		flaws = append(flaws, f)
	}
	token, err := h.idp.Mint(t, flaws...)
	if err != nil {
		return nil, err
	}
	return mintedJSON{token}, nil
}
