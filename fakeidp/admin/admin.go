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
	"net"
	"net/http"
	"slices"
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

// served is a page, or anything else that is no JSON.
type served struct {
	method, path, says, media string
	do                        func(h *handler, w http.ResponseWriter, r *http.Request)
}

// handler serves one server.
type handler struct {
	plane *Plane
	idp   *fakeidp.Server
}

// Handler serves the administration of a server: JSON in and out, and whatever is wrong as {"error": "…"}, in the words of the
// request: 400 for what it says, 404 for what is not there, 405, 408 where what was waited for did not come, 413 and 415 for its body,
// 403 for other sites.
func (p *Plane) Handler(idp *fakeidp.Server) http.Handler {
	h := &handler{p, idp}
	mux := http.NewServeMux()
	methods := map[string][]string{}
	handle := func(method, path string, do http.HandlerFunc) {
		mux.HandleFunc(method+" "+path, do)
		methods[path] = append(methods[path], method)
	}
	for _, r := range routes() {
		handle(r.method, r.path, func(w http.ResponseWriter, hr *http.Request) { h.answer(w, hr, r) })
	}
	for _, s := range pages() {
		handle(s.method, exactly(s.path), func(w http.ResponseWriter, hr *http.Request) { s.do(h, w, hr) })
	}
	for path, allowed := range methods {
		if slices.Contains(allowed, http.MethodGet) {
			allowed = append(allowed, http.MethodHead)
		}
		mux.HandleFunc(path, func(w http.ResponseWriter, hr *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			fail(w, http.StatusMethodNotAllowed, fmt.Errorf("%s does not take %s; it takes %s", hr.URL.Path, hr.Method, strings.Join(allowed, ", ")))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) {
		fail(w, http.StatusNotFound, fmt.Errorf("there is nothing at %s; GET /openapi.json tells what there is", hr.URL.Path))
	})
	others := http.NewCrossOriginProtection()
	others.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusForbidden, errors.New("another site's page may change nothing here"))
	}))
	return guarded(others.Handler(mux))
}

// exactly is the pattern for a path and nothing below it.
func exactly(path string) string {
	if path == "/" {
		return "/{$}"
	}
	return path
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
			fail(w, http.StatusForbidden, errors.New("ask for the administration by an address or a name without dots"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// failure is what is answered where something is wrong with a request.
type failure struct {
	Error string `json:"error"`
}

// refusal is an error with a status of its own.
type refusal struct {
	status int
	error
}

func (h *handler) answer(w http.ResponseWriter, hr *http.Request, to route) {
	hr.Body = http.MaxBytesReader(w, hr.Body, maxBody)
	err := checkHead(hr, to)
	if err == nil && to.takes == nil {
		err = noBody(hr)
	}
	var v any
	if err == nil {
		v, err = to.do(h, hr)
	}
	status := http.StatusBadRequest
	if refused := (refusal{}); errors.As(err, &refused) {
		status = refused.status
	}
	if err != nil {
		fail(w, status, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// fail answers with what is wrong, in one sentence for each thing.
func fail(w http.ResponseWriter, status int, err error) {
	text := strings.ReplaceAll(strings.TrimPrefix(err.Error(), "fakeidp: "), "\n", "; ")
	writeJSON(w, status, failure{text})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the peer may be gone; there is nobody to tell
}
