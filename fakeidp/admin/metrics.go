package admin

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// counters count requests since the start.
type counters struct {
	mu     sync.Mutex
	counts map[series]uint64
}

// series is one line of the metrics: its name and labels.
type series struct{ name, labels string }

// knownGrants keep what clients write out of the labels.
func knownGrants() []string {
	return []string{"", fakeidp.ClientCredentials, fakeidp.AuthorizationCode, fakeidp.DeviceCode, fakeidp.CIBA, fakeidp.Password, "refresh_token",
		"urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer"}
}

func (c *counters) count(r fakeidp.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[series]uint64{}
	}
	add := func(name string, labels ...string) {
		var b strings.Builder
		for i := 0; i < len(labels); i += 2 {
			b.WriteString(cmp.Or(map[bool]string{true: ","}[i > 0], "") + labels[i] + "=" + strconv.Quote(labels[i+1]))
		}
		c.counts[series{name, b.String()}]++
	}
	if r.Handshake != "" {
		add("fakeidp_failed_handshakes_total")
		return
	}
	grant := r.GrantType
	if !slices.Contains(knownGrants(), grant) {
		grant = "other"
	}
	add("fakeidp_requests_total", "endpoint", r.Endpoint, "error", r.Error, "grant_type", grant, "status", strconv.Itoa(r.Status))
	if r.Nth == 1 {
		add("fakeidp_connections_total", "certificate", strconv.FormatBool(len(r.TLS.Presented) > 0), "resumed", strconv.FormatBool(r.TLS.Resumed), "version", r.TLS.Version)
	}
}

// metrics are the counters in the text format of Prometheus.
func (h *handler) metrics(w http.ResponseWriter, _ *http.Request) {
	help := map[string]string{
		"fakeidp_requests_total":          "Requests, by endpoint, grant type, status and OAuth error.",
		"fakeidp_connections_total":       "Connections with a request, by TLS version, resumption and whether a certificate was shown.",
		"fakeidp_failed_handshakes_total": "Connections that came to nothing.",
	}
	c := &h.plane.counters
	c.mu.Lock()
	counts := maps.Clone(c.counts)
	c.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	for _, name := range slices.Sorted(maps.Keys(help)) {
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s counter\n", name, help[name], name)
		lines := []string{}
		for s, n := range counts {
			if s.name == name {
				lines = append(lines, fmt.Sprintf("%s%s %d\n", name, map[bool]string{true: "{" + s.labels + "}"}[s.labels != ""], n))
			}
		}
		slices.Sort(lines)
		fmt.Fprint(w, strings.Join(lines, ""))
	}
	fmt.Fprintf(w, "# HELP fakeidp_faults Faults that the server has now.\n# TYPE fakeidp_faults gauge\nfakeidp_faults %d\n", len(h.idp.Broken()))
}
