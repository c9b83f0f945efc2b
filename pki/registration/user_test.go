package registration_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki/registration"
)

// Clients that act for a user may have identity and refresh tokens, in the words of each product.
func TestClientsThatActForAUser(t *testing.T) {
	t.Parallel()
	registry := registration.Registry{Clients: []registration.Client{
		{ID: "app", Grants: []string{"authorization_code"}, Scopes: []string{"api1"}, RedirectURIs: []string{"https://client.example/cb"}, SignsIn: true},
		{ID: "spa", Grants: []string{"authorization_code"}, Scopes: []string{"api1"}, RedirectURIs: []string{"https://client.example/cb"}, Public: true, SignsIn: true, Rotating: true},
		{ID: "machine", Grants: []string{"client_credentials"}, Scopes: []string{"api1"}},
	}}
	text := func(product string) string {
		p, ok := registration.ProductNamed(product)
		if !ok {
			t.Fatalf("there is no product %s", product)
		}
		out, err := p.Write(registry)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for product, counts := range map[string]map[string]int{
		"identityserver-csharp": {"AllowOfflineAccess = true": 2, "RefreshTokenUsage = TokenUsage.OneTimeOnly": 1, `AllowedScopes = { @"api1", @"openid" }`: 2,
			`AllowedScopes = { @"api1" }`: 1, "IdentityResources.OpenId()": 1, `new ApiScope(@"openid")`: 0, "refresh_token": 0},
		"identityserver-appsettings": {`"AllowOfflineAccess": true`: 2, `"RefreshTokenUsage": "OneTimeOnly"`: 1, `"openid"`: 2, "refresh_token": 0},
	} {
		got := text(product)
		for part, want := range counts {
			if n := strings.Count(got, part); n != want {
				t.Errorf("%s: %q stands there %d times, expected %d:\n%s", product, part, n, want, got)
			}
		}
	}
	var clients []struct {
		Scope  string   `json:"scope"`
		Method string   `json:"token_endpoint_auth_method"`
		Grants []string `json:"grant_types"`
	}
	if err := json.Unmarshal([]byte(text("rfc7591")), &clients); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		scope, method string
		refreshes     bool
	}{{"api1 openid offline_access", "", true}, {"api1 openid offline_access", "none", true}, {"api1", "", false}} {
		got := clients[i]
		if got.Scope != want.scope || got.Method != want.method || slices.Contains(got.Grants, "refresh_token") != want.refreshes {
			t.Errorf("%s in RFC 7591: %+v, expected %+v", registry.Clients[i].ID, got, want)
		}
	}
}
