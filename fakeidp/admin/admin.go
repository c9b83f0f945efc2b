// Package admin is the administration of a running fake over HTTP, for tests that are not written in Go, and a page for people:
// journal, faults, clock, keys, clients, trust, tokens without a flow, health, metrics. GET /openapi.json describes it.
//
//	plane := admin.New()
//	idp, err := fakeidp.New(fakeidp.Watch(plane.Watch))
//	go http.Serve(loopback, plane.Handler(idp))
//
// It has no authentication: serve it on loopback, or where only tests can reach it. It answers no other sites' pages in a browser.
package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// Plane counts what a server is asked, and serves its administration.
type Plane struct{ counters counters }

// New is a plane that has counted nothing.
func New() *Plane { return &Plane{} }

// Watch counts a request; give it to fakeidp.Watch. Without it the metrics stay empty.
func (p *Plane) Watch(r fakeidp.Request) { p.counters.count(r) }

// route is one operation of the plane.
type route struct {
	method, path string
	says         string // what it does, for the OpenAPI document
	query        []string
	takes        any // an example of the body; nil: none
	returns      any // an example of the answer
	do           func(h *handler, r *http.Request) (any, error)
}

// handler serves one server.
type handler struct {
	plane *Plane
	idp   *fakeidp.Server
}

// Handler serves the administration of a server: JSON in and out, mistakes as {"error": "…"} with status 400 or 404.
func (p *Plane) Handler(idp *fakeidp.Server) http.Handler {
	h := &handler{p, idp}
	mux := http.NewServeMux()
	for _, r := range routes() {
		mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, hr *http.Request) { h.answer(w, hr, r) })
	}
	mux.HandleFunc("GET /{$}", h.page)
	mux.HandleFunc("GET /metrics", h.metrics)
	return guarded(http.NewCrossOriginProtection().Handler(mux))
}

// guarded keeps pages of other sites out that were led here by their own name (DNS rebinding): an address, localhost or a bare
// name, as within a container network, is no such name.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.Trim(host, "[]")
		if strings.Contains(host, ".") && net.ParseIP(host) == nil && !strings.HasSuffix(host, ".localhost") {
			writeJSON(w, http.StatusForbidden, failure{"ask for the administration by an address or a name without dots"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// failure is what is answered where something is wrong with a request.
type failure struct {
	Error string `json:"error"`
}

// notFound is an error about what is not there.
type notFound struct{ error }

// timeout is an error about what did not come in time.
type timeout struct{ error }

func (h *handler) answer(w http.ResponseWriter, hr *http.Request, r route) {
	hr.Body = http.MaxBytesReader(w, hr.Body, maxBody)
	v, err := r.do(h, hr)
	var missing notFound
	var late timeout
	switch {
	case errors.As(err, &missing):
		writeJSON(w, http.StatusNotFound, failure{err.Error()})
	case errors.As(err, &late):
		writeJSON(w, http.StatusRequestTimeout, failure{err.Error()})
	case err != nil:
		writeJSON(w, http.StatusBadRequest, failure{err.Error()})
	default:
		writeJSON(w, http.StatusOK, v)
	}
}

// maxBody is how long the body of a request may be.
const maxBody = 1 << 20

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the peer may be gone; there is nobody to tell
}

// read is the body of a request: one JSON object with no member that is not known.
func read[T any](r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			return v, errors.New("the body is empty; send a JSON object")
		}
		return v, fmt.Errorf("the body: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return v, errors.New("the body holds more than one JSON object")
	}
	return v, nil
}
