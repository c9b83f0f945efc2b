package scenarios

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/pki"
)

// yieldNoToken: the method is refused, by 405 or another 4xx, or by 501.
func yieldNoToken() types.GomegaMatcher {
	return suite.Check("an answer without a token, such as 405", func(a suite.Answer) suite.Finding {
		switch {
		case a.AccessToken() != "" || a.Status >= 200 && a.Status < 300:
			return suite.Broken("%s", a).As(harness.Served)
		case a.TLS.Alert != "" || a.Closed:
			return suite.Unclear("the TLS layer refused an acceptable certificate: " + a.String())
		case a.Status >= 400 && a.Status < 500 || a.Status == 501:
			return suite.Holds()
		}
		return suite.Tolerated(fmt.Sprintf("no token, but %d instead of a refusal", a.Status))
	})
}

// knowSecret: a token, or a refusal that is not about who the client is.
func knowSecret() types.GomegaMatcher {
	return suite.Check("a token, or an error that is about something else than the secret", func(a suite.Answer) suite.Finding {
		if a.AccessToken() == "" && (a.Status != 400 || a.Error() == "" || a.Error() == "invalid_client") {
			return suite.Broken("%s", a)
		}
		return suite.Holds()
	})
}

// beErrorInJSON: an error of RFC 6749 §5.2: JSON with a string of printable ASCII under error.
func beErrorInJSON() types.GomegaMatcher {
	return suite.Check("a JSON object with an error code in printable ASCII", func(a suite.Answer) suite.Finding {
		var code string
		allowed := func(r rune) bool { return r >= 0x20 && r <= 0x7e && r != '"' && r != '\\' }
		switch err := json.Unmarshal(member(a, "error"), &code); {
		case a.TLS.Alert != "" || a.Closed:
			return suite.Unclear("the TLS layer refused an acceptable certificate: " + a.String())
		case terminator(a):
			return suite.Tolerated("the page of a TLS terminator, not the server's own answer")
		case !a.IsJSON():
			return suite.Broken("%d with the content type %q", a.Status, a.Header.Get("Content-Type"))
		case err != nil || code == "":
			return suite.Broken("%d without an error code", a.Status)
		case strings.IndexFunc(code, func(r rune) bool { return !allowed(r) }) >= 0:
			return suite.Broken("the error code %q", code)
		}
		return suite.Holds()
	})
}

// challengeRightly: 400, or 401 with WWW-Authenticate (RFC 6749 §5.2, RFC 9110 §15.5.2). A 401 without a challenge is common
// and harms nobody.
func challengeRightly() types.GomegaMatcher {
	return suite.Check("400, or 401 with a challenge", func(a suite.Answer) suite.Finding {
		switch {
		case a.TLS.Alert != "" || a.Closed:
			return suite.Unclear("the TLS layer refused an acceptable certificate: " + a.String())
		case terminator(a):
			return suite.Tolerated("the page of a TLS terminator, not the server's own answer")
		case a.Status == 400:
			return suite.Holds()
		case a.Status == 401 && a.Header.Get("WWW-Authenticate") != "":
			return suite.Holds()
		case a.Status == 401:
			return suite.Tolerated("401 without WWW-Authenticate")
		}
		return suite.Broken("%s", a)
	})
}

// challengeBasic: 401 with a challenge of the scheme that the client used (RFC 6749 §5.2). A 401 without one is common and
// harms nobody.
func challengeBasic() types.GomegaMatcher {
	return suite.Check("401 with WWW-Authenticate: Basic", func(a suite.Answer) suite.Finding {
		challenge := a.Header.Values("WWW-Authenticate")
		basic := func(s string) bool { return strings.Contains(strings.ToLower(s), "basic") }
		switch {
		case a.TLS.Alert != "" || a.Closed:
			return suite.Unclear("the TLS layer refused an acceptable certificate: " + a.String())
		case terminator(a):
			return suite.Tolerated("the page of a TLS terminator, not the server's own answer")
		case a.Status == 401 && slices.ContainsFunc(challenge, basic):
			return suite.Holds()
		case a.Status == 401:
			return suite.Tolerated(fmt.Sprintf("401 with WWW-Authenticate %q, which is not the scheme that was used", strings.Join(challenge, ", ")))
		case a.Status == 400 && a.Error() == "invalid_request":
			return suite.HoldsAs("400 invalid_request: to send a certificate and a header counts as two ways to authenticate")
		case a.Status == 400:
			return suite.Broken("%s, to a request with an Authorization header", a).As(harness.Unchallenged)
		}
		return suite.Broken("%s", a)
	})
}

// forbidStoring: Cache-Control: no-store (RFC 6749 §5.1); Pragma is for caches of HTTP/1.0 and its lack is tolerated.
func forbidStoring() types.GomegaMatcher {
	return suite.Check("Cache-Control: no-store, and Pragma: no-cache", func(a suite.Answer) suite.Finding {
		control := strings.ToLower(strings.Join(a.Header.Values("Cache-Control"), ","))
		switch {
		case !slices.ContainsFunc(strings.Split(control, ","), func(s string) bool { return strings.TrimSpace(s) == "no-store" }):
			return suite.Broken("Cache-Control: %q", control)
		case !strings.EqualFold(a.Header.Get("Pragma"), "no-cache"):
			return suite.Tolerated("no-store, but no Pragma: no-cache")
		}
		return suite.Holds()
	})
}

// keepSilentAbout: the answer names neither the subject nor a thumbprint of the certificate.
func keepSilentAbout(id *pki.Identity) types.GomegaMatcher {
	t := id.Thumbprints()
	dotnet, _ := id.DN().DotNet() // a name that .NET cannot write cannot be given away in that form
	return suite.Check("an answer that names neither subject nor thumbprint of the registered certificate", func(a suite.Answer) suite.Finding {
		body := strings.ToLower(string(a.Body))
		for _, given := range []string{id.DN().String(), dotnet, t.SHA1Upper, t.SHA256Hex, t.X5tS256} {
			if given != "" && strings.Contains(body, strings.ToLower(given)) {
				return suite.Broken("an answer that gives away %s", given)
			}
		}
		return suite.Holds()
	})
}

// beBearer: token_type is Bearer in any case of letters (RFC 6749 §5.1).
func beBearer() types.GomegaMatcher {
	return suite.Check("token_type Bearer", func(a suite.Answer) suite.Finding {
		if kind := a.Member("token_type"); !strings.EqualFold(kind, "Bearer") {
			return suite.Broken("token_type %q", kind)
		}
		return suite.Holds()
	})
}

// forbidGrant: unauthorized_client (RFC 6749 §5.2). Another error code misleads, but refuses all the same.
func forbidGrant() types.GomegaMatcher {
	return suite.Check("400 with unauthorized_client", func(a suite.Answer) suite.Finding {
		switch code := a.Error(); {
		case a.Status != 400 && a.Status != 401 || a.AccessToken() != "" || code == "":
			return suite.Broken("%s", a)
		case code != "unauthorized_client":
			return suite.Tolerated("refused with " + code + " instead of unauthorized_client")
		}
		return suite.Holds()
	})
}
