package admin

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// counters count requests since the start.
type counters struct {
	mu          sync.Mutex
	requests    map[requestSeries]uint64
	connections map[connectionSeries]uint64
	handshakes  uint64 // that failed
	durations   map[string]*histogram
	// logoutTokens that the server sent, by the status that came back.
	logoutTokens map[int]uint64
}

// The labels of what is counted. They hold nothing that a client wrote, or a client could fill the memory with series.
type (
	requestSeries struct {
		endpoint, code, grant string
		status                int
	}
	connectionSeries struct {
		version              string
		certificate, resumed bool
	}
)

// bounds are the upper bounds of the buckets of a histogram.
func bounds() [12]time.Duration {
	const us, ms = time.Microsecond, time.Millisecond
	return [...]time.Duration{100 * us, 250 * us, 500 * us, ms, 2500 * us, 5 * ms, 10 * ms, 25 * ms, 50 * ms, 100 * ms, 250 * ms, time.Second}
}

// histogram counts durations: each bucket those up to its bound and above the one before, the last those above all.
type histogram struct {
	buckets [13]uint64
	sum     time.Duration
}

func (h *histogram) add(took time.Duration) {
	all := bounds()
	i, _ := slices.BinarySearch(all[:], took)
	h.buckets[i]++
	h.sum += took
}

// knownGrants keep what clients write out of the labels.
func knownGrants() [9]string {
	return [...]string{"", fakeidp.ClientCredentials, fakeidp.AuthorizationCode, fakeidp.DeviceCode, fakeidp.CIBA, fakeidp.Password, "refresh_token",
		fakeidp.TokenExchangeGrant, "urn:ietf:params:oauth:grant-type:jwt-bearer"}
}

func (c *counters) count(r fakeidp.Request) {
	grants := knownGrants()
	grant := r.GrantType
	if !slices.Contains(grants[:], grant) {
		grant = "other"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests == nil {
		c.requests, c.connections, c.durations, c.logoutTokens = map[requestSeries]uint64{}, map[connectionSeries]uint64{}, map[string]*histogram{}, map[int]uint64{}
	}
	if r.Handshake != "" {
		c.handshakes++
		return
	}
	if r.Outgoing {
		c.logoutTokens[r.Status]++
		return
	}
	c.requests[requestSeries{r.Endpoint, r.Error, grant, r.Status}]++
	if r.Nth == 1 {
		c.connections[connectionSeries{r.TLS.Version, len(r.TLS.Presented) > 0, r.TLS.Resumed}]++
	}
	h := c.durations[r.Endpoint]
	if h == nil {
		h = &histogram{}
		c.durations[r.Endpoint] = h
	}
	h.add(r.Took)
}

// metrics are the counters in the text format of Prometheus.
func (h *handler) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(h.plane.counters.text() + family("fakeidp_faults", "gauge", "Faults that the server has now.", []string{line("fakeidp_faults", len(h.idp.Broken()))})))
}

// text writes the families in the order of their names.
func (c *counters) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	const connections, handshakes, durations, requests = "fakeidp_connections_total", "fakeidp_failed_handshakes_total", "fakeidp_request_duration_seconds", "fakeidp_requests_total"
	var counted, made []string
	for s, n := range c.requests {
		counted = append(counted, line(requests, n, "endpoint", s.endpoint, "error", s.code, "grant_type", s.grant, "status", strconv.Itoa(s.status)))
	}
	for s, n := range c.connections {
		made = append(made, line(connections, n, "certificate", strconv.FormatBool(s.certificate), "resumed", strconv.FormatBool(s.resumed), "version", s.version))
	}
	const tokens = "fakeidp_logout_tokens_total"
	var sent []string
	for status, n := range c.logoutTokens {
		sent = append(sent, line(tokens, n, "status", strconv.Itoa(status)))
	}
	slices.Sort(sent)
	slices.Sort(counted)
	slices.Sort(made)
	var took []string
	for _, endpoint := range slices.Sorted(maps.Keys(c.durations)) {
		took = append(took, c.durations[endpoint].lines(durations, endpoint)...)
	}
	return family(connections, "counter", "Connections with a request, by TLS version, resumption and whether a certificate was shown.", made) +
		family(handshakes, "counter", "Connections that came to nothing.", []string{line(handshakes, c.handshakes)}) +
		family(tokens, "counter", "Logout tokens for clients, by the status that they answered; 0: not sent or not answered.", sent) +
		family(durations, "histogram", "Time until the answer was ready, by endpoint.", took) +
		family(requests, "counter", "Requests, by endpoint, grant type, status and OAuth error.", counted)
}

// lines are the buckets, which add up, the sum and the count.
func (h *histogram) lines(name, endpoint string) []string {
	var out []string
	n := uint64(0)
	for i, bound := range bounds() {
		n += h.buckets[i]
		out = append(out, line(name+"_bucket", n, "endpoint", endpoint, "le", strconv.FormatFloat(bound.Seconds(), 'f', -1, 64)))
	}
	n += h.buckets[len(h.buckets)-1]
	return append(out, line(name+"_bucket", n, "endpoint", endpoint, "le", "+Inf"),
		line(name+"_sum", strconv.FormatFloat(h.sum.Seconds(), 'f', -1, 64), "endpoint", endpoint), line(name+"_count", n, "endpoint", endpoint))
}

// family is a metric with what is said of it.
func family(name, kind, help string, lines []string) string {
	return fmt.Sprintf("# HELP %s %s\n# TYPE %s %s\n%s", name, help, name, kind, strings.Join(lines, ""))
}

// line is one value of a metric; its labels are names and values in turn.
func line(name string, value any, labels ...string) string {
	var b strings.Builder
	for i := 0; i < len(labels); i += 2 {
		escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(labels[i+1])
		b.WriteString("," + labels[i] + `="` + escaped + `"`)
	}
	if b.Len() == 0 {
		return fmt.Sprintf("%s %v\n", name, value)
	}
	return fmt.Sprintf("%s{%s} %v\n", name, b.String()[1:], value)
}
