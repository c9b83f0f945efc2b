package fakeidp_test

import (
	"net/url"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// TestKnowsSecretsByTheirHashes: of "secret", as IdentityServer's Sha256() and Sha512() write them.
func TestKnowsSecretsByTheirHashes(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"7.4", "rfc8705"} {
		for hash, right := range map[string]bool{
			"K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=":                                             true,
			"vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZKnvCXdhztmeD2cmW192CF5bDufKRpayrW/isg==": true,
			"4lrDhF+MvhKAGi36WonUxV3EeQDztu3Jqe5ZDzwrkxL2ZdADnJOCi3tY8zlQvIF6CVWpxQAKjT4oBWnwh0XKaA==": false, // of another secret
			"secret": false, "no hash": false, "": false,
		} {
			idp := fakeidp.Start(t, fakeidp.Version(version), fakeidp.Clients(fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Hashed(hash)}, Scopes: []string{"api1"}}))
			form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"secret"}}
			to := idp.URL + "/connect/token"
			if version == "rfc8705" {
				to = idp.URL + "/token"
			}
			if status, body := ask(t, client(idp, nil), to, form); (status == 200) != right {
				t.Errorf("%s, hash %q: %d %s", version, hash, status, body)
			}
		}
	}
}
