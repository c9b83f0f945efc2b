package admin_test

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/fakeidp/admin"
)

// scrape reads metrics as Prometheus does: the values by series, each below the HELP and TYPE of its family.
func (s *stage) scrape() (series map[string]float64, kinds map[string]string) {
	s.Helper()
	_, text := s.call("GET", "/metrics", "")
	series, kinds = map[string]float64{}, map[string]string{}
	sample := regexp.MustCompile(`^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? ([0-9.]+)$`)
	helped, current := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			helped, _, _ = strings.Cut(rest, " ")
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			if name != helped || kinds[name] != "" {
				s.Errorf("TYPE %s follows HELP %s, or stands twice", name, helped)
			}
			current, kinds[name] = name, kind
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil {
			s.Fatalf("this is no sample: %q", line)
		}
		name := m[1]
		if kinds[current] == "histogram" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				name = strings.TrimSuffix(name, suffix)
			}
		}
		if name != current {
			s.Errorf("%s stands below %s", name, current)
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			s.Fatal(err)
		}
		if _, twice := series[m[1]+m[2]]; twice {
			s.Errorf("%s stands twice", m[1]+m[2])
		}
		series[m[1]+m[2]] = value
	}
	return series, kinds
}

func TestCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.token(s.alice, credentials("app"), nil)
	s.token(s.alice, credentials("app"), nil)
	s.token(nil, credentials("app"), nil)
	s.token(s.alice, url.Values{"grant_type": {"x\"}\n"}, "client_id": {"app"}}, nil)
	got, kinds := s.scrape()
	want := map[string]float64{
		`fakeidp_connections_total{certificate="false",resumed="false",version="TLS 1.3"}`:                             1,
		`fakeidp_connections_total{certificate="true",resumed="false",version="TLS 1.3"}`:                              3,
		`fakeidp_failed_handshakes_total`:                                                                              0,
		`fakeidp_faults`:                                                                                               0,
		`fakeidp_requests_total{endpoint="token",error="",grant_type="client_credentials",status="200"}`:               2,
		`fakeidp_requests_total{endpoint="token",error="invalid_client",grant_type="client_credentials",status="400"}`: 1,
		`fakeidp_requests_total{endpoint="token",error="unsupported_grant_type",grant_type="other",status="400"}`:      1,
	}
	for name := range got {
		if strings.HasPrefix(name, "fakeidp_request_duration_seconds") {
			delete(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (- want, + got):\n%s", diff)
	}
	wantKinds := map[string]string{"fakeidp_connections_total": "counter", "fakeidp_failed_handshakes_total": "counter", "fakeidp_faults": "gauge",
		"fakeidp_logout_tokens_total": "counter", "fakeidp_request_duration_seconds": "histogram", "fakeidp_requests_total": "counter"}
	if diff := cmp.Diff(wantKinds, kinds); diff != "" {
		t.Errorf("types (- want, + got):\n%s", diff)
	}
}

// TestMeasures: a duration stands in each bucket whose bound it does not exceed, and what clients wrote stands in no label.
func TestMeasures(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	plane := admin.New()
	for _, took := range []time.Duration{0, 100 * time.Microsecond, 101 * time.Microsecond, time.Second, time.Minute} {
		plane.Watch(fakeidp.Request{Endpoint: "token", Status: 200, Took: took})
	}
	plane.Watch(fakeidp.Request{Endpoint: "a\"\\\n", Status: 200, Took: time.Millisecond})
	for _, status := range []int{204, 0, 204} {
		plane.Watch(fakeidp.Request{Endpoint: "back-channel logout", Outgoing: true, Status: status, Error: "anything"})
	}
	s.serve(plane)
	got, _ := s.scrape()
	if sent, lost := got[`fakeidp_logout_tokens_total{status="204"}`], got[`fakeidp_logout_tokens_total{status="0"}`]; sent != 2 || lost != 1 {
		t.Errorf("logout tokens: %v sent, %v not", sent, lost)
	}
	at := func(endpoint, le string) float64 {
		n, ok := got[`fakeidp_request_duration_seconds_bucket{endpoint="`+endpoint+`",le="`+le+`"}`]
		if !ok {
			t.Errorf("no bucket %s of %s", le, endpoint)
		}
		return n
	}
	if counts := []float64{at("token", "0.0001"), at("token", "0.00025"), at("token", "0.25"), at("token", "1"), at("token", "+Inf"), at(`a\"\\\n`, "0.001"), at(`a\"\\\n`, "0.0005")}; !slices.Equal(counts, []float64{2, 3, 3, 4, 5, 1, 0}) {
		t.Errorf("buckets %v", counts)
	}
	if n, sum := got[`fakeidp_request_duration_seconds_count{endpoint="token"}`], got[`fakeidp_request_duration_seconds_sum{endpoint="token"}`]; n != 5 || sum != 61.000201 {
		t.Errorf("count %v, sum %v", n, sum)
	}
}

// TestMeasuresRequests: what a request took is in the journal and counted at its endpoint.
func TestMeasuresRequests(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.token(s.alice, credentials("app"), nil)
	got, _ := s.scrape()
	took := s.idp.Requests()[0].Took
	if sum := got[`fakeidp_request_duration_seconds_sum{endpoint="token"}`]; took <= 0 || sum != took.Seconds() {
		t.Errorf("the journal says %s, the metrics %v s", took, sum)
	}
	if _, body := s.call("GET", "/requests", ""); !strings.Contains(body, `"duration_ms": `+strconv.FormatFloat(float64(took.Microseconds())/1000, 'f', -1, 64)+",") {
		t.Errorf("%s is not in %s", took, body)
	}
}

// BenchmarkWatch is what the metrics cost one request.
func BenchmarkWatch(b *testing.B) {
	plane := admin.New()
	r := fakeidp.Request{Endpoint: "token", GrantType: "client_credentials", Status: 200, Nth: 2, Took: time.Millisecond}
	for b.Loop() {
		plane.Watch(r)
	}
}
