package fakeidp_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// looksAsUser is what a client sees that acts for a user, exchanges a token, and shows a DPoP proof: see TestEachVariationCanBeSeen.
func looksAsUser(t testing.TB, version string, o ...fakeidp.Option) string {
	t.Helper()
	// "app" is known by its certificate, as "exchanging" is.
	exchanging := appClient("exchanging", false)
	exchanging.Grants = []string{fakeidp.ClientCredentials, fakeidp.TokenExchangeGrant}
	idp, app := pagesLab(t, fakeidp.ApproveAtOnce, append([]fakeidp.Option{fakeidp.Version(version), fakeidp.Clients(exchanging),
		fakeidp.ExtensionGrants(fakeidp.TokenExchange())}, o...)...)
	ask := func(form url.Values, header ...string) reply {
		q := question{to: idp.MTLSURL + "/token", shows: app.TLS(), form: form}
		if len(header) == 2 {
			q.header = [2]string{header[0], header[1]}
		}
		return put(t, idp, q)
	}
	authorize := idp.URL + "/authorize"
	if version != "rfc8705" {
		authorize = idp.URL + "/connect/authorize"
	}
	held := redeems(t, idp, app, newBrowser(t, idp).opens(authorizeURL(authorize)), "app")
	refresh := text(held, "refresh_token")
	refreshed := ask(form("refresh_token", "app", "refresh_token", refresh))
	own := ask(grant("exchanging", "scope", "api1"))
	exchanged := ask(form(fakeidp.TokenExchangeGrant, "exchanging", "subject_token", text(own, "access_token"), "subject_token_type", "urn:ietf:params:oauth:token-type:access_token"))
	proved := ask(grant("exchanging", "scope", "api1"), "DPoP", newProofKey(t).proves("POST", idp.MTLSURL+"/token"))
	return fmt.Sprintf("refresh token %t, refreshed %d, replaced %t, exchanged %d, proved %s", refresh != "", refreshed.status,
		text(refreshed, "refresh_token") != refresh, exchanged.status, text(proved, "token_type"))
}
