package scenarios

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// aliases are the URLs of the endpoints in mtls_endpoint_aliases, sorted.
func aliases(a suite.Answer) []string {
	return slices.Sorted(maps.Values(aliasTable(a)))
}

// aliasTable has the aliases that are endpoints and strings.
func aliasTable(a suite.Answer) map[string]string {
	table := map[string]string{}
	for name, raw := range aliasMembers(a) {
		var text string
		if isEndpoint(name) && json.Unmarshal(raw, &text) == nil {
			table[name] = text
		}
	}
	return table
}

// aliasMembers are the members of mtls_endpoint_aliases, whatever they are; nil if it is no object.
func aliasMembers(a suite.Answer) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(member(a, "mtls_endpoint_aliases"), &members)
	return members
}

// aliasWithURLs: an object, in which each endpoint has an absolute https URL. Other members mean nothing (RFC 8705 §5).
func aliasWithURLs() types.GomegaMatcher {
	return suite.Check("mtls_endpoint_aliases as an object of absolute https URLs, or nothing", func(a suite.Answer) suite.Finding {
		raw, members := member(a, "mtls_endpoint_aliases"), aliasMembers(a)
		switch {
		case raw == nil:
			return suite.HoldsAs("there are no aliases")
		case members == nil:
			return suite.Broken("mtls_endpoint_aliases: %s", raw)
		case len(members) == 0:
			return suite.Tolerated("mtls_endpoint_aliases is an empty object")
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			var text string
			value := members[name]
			wrong := json.Unmarshal(value, &text) != nil
			if u, err := url.Parse(text); isEndpoint(name) && (wrong || err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "") {
				return suite.Broken("the alias of %s is %s", name, value)
			}
		}
		return suite.Holds()
	})
}

// aliasDirectEndpoints: no alias for what browsers call, or for what is no endpoint. Names of nothing known are ignored.
func aliasDirectEndpoints() types.GomegaMatcher {
	indirect := []string{"authorization_endpoint", "end_session_endpoint", "jwks_uri", "issuer", "check_session_iframe"}
	return suite.Check("aliases of endpoints that clients call directly", func(a suite.Answer) suite.Finding {
		var unknown []string
		for _, name := range slices.Sorted(maps.Keys(aliasMembers(a))) {
			switch {
			case slices.Contains(indirect, name):
				return suite.Broken("an alias of %s", name)
			case !isEndpoint(name):
				unknown = append(unknown, name)
			}
		}
		if len(unknown) > 0 {
			return suite.HoldsAs("what is no endpoint has no meaning among the aliases: " + harness.Printable(strings.Join(unknown, ", ")))
		}
		return suite.Holds()
	})
}

// isEndpoint tells the name of an endpoint from that of other metadata, such as jwks_uri, issuer and check_session_iframe.
func isEndpoint(name string) bool { return strings.HasSuffix(name, "_endpoint") }
