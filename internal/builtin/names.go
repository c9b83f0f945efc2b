package builtin

import "github.com/mtlscheck/mtlscheck/scenarios"

// ScopeNames are the API scopes that every fake has.
func ScopeNames() []string {
	var out []string
	for _, s := range scopes() {
		out = append(out, s.Name)
	}
	return out
}

// ClientNames are the client_ids that are registered at a fake, whatever its version.
func ClientNames() []string {
	var out []string
	for _, r := range scenarios.Roles() {
		if !r.Registration.Resource {
			out = append(out, r.Registration.ClientID)
		}
	}
	return out
}
