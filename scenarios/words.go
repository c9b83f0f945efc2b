package scenarios

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// keeps ties a spec to the requirement that it proves; see suite.Keeps for variants and levels of their own.
func keeps(r harness.Requirement, more ...any) ginkgo.Labels { return suite.Keeps(r, more...) }

// assume is Expect for a control: if it does not hold, the case is inconclusive.
func assume(a suite.Answer) types.Assertion { return suite.Assume(a) }

// given is the answer if it serves somebody. Else the case says nothing: whether a registered client is served at all,
// AUTH-01 and the cases of its own kind say.
func given(a suite.Answer) suite.Answer {
	ginkgo.GinkgoHelper()
	suite.Presume(a).To(beServed())
	return a
}

// beServed: 200, JSON, an access token and a token type (RFC 6749 §5.1).
func beServed() types.GomegaMatcher {
	return suite.Check("200 with an access token", func(a suite.Answer) suite.Finding {
		switch {
		case turnedAway(a):
			return suite.Broken("%s", a).As(harness.Refused)
		case a.Status != http.StatusOK || a.AccessToken() == "":
			return suite.Broken("%s", a)
		case a.Member("token_type") == "":
			return suite.Broken("200 and an access token, but no token_type")
		}
		return suite.Holds()
	})
}

// turnedAway reports whether somebody was refused, by TLS or by an answer that says so.
func turnedAway(a suite.Answer) bool {
	return a.TLS.Alert != "" || a.Closed || slices.Contains([]int{400, 401, 403, 495, 496}, a.Status) && a.AccessToken() == ""
}

// A refusal says which refusals are right, and which are tolerated with a warning.
type refusal struct {
	codes     []string // OAuth errors that are right
	tolerated []string // OAuth errors that refuse, and deserve a warning
	byTLS     bool     // the TLS layer may decide
}

// A leeway makes a refusal wider or narrower than invalid_client.
type leeway func(*refusal)

// or takes further OAuth errors for right.
func or(codes ...string) leeway { return func(r *refusal) { r.codes = append(r.codes, codes...) } }

// tolerating takes further OAuth errors with a warning.
func tolerating(codes ...string) leeway {
	return func(r *refusal) { r.tolerated = append(r.tolerated, codes...) }
}

// exactly takes no other error than invalid_client: for the cases that are about the error.
func exactly(r *refusal) { r.tolerated = nil }

// notByTLS warns where the refusal came from the TLS layer: the requirement wants the server's own.
func notByTLS(r *refusal) { r.byTLS = false }

// beRefused: an alert from the peer, or 400 or 401 with the OAuth error invalid_client or one that a leeway allows. What a
// TLS terminator or an older IdentityServer answers is tolerated with a warning or, where the product is known to answer
// so, without one. Whether the refusal was meant for this person is for the control to show.
func beRefused(leeways ...leeway) types.GomegaMatcher {
	r := refusal{codes: []string{"invalid_client"}, tolerated: []string{"unauthorized_client"}, byTLS: true}
	for _, l := range leeways {
		l(&r)
	}
	return suite.Check("a refusal: a TLS alert, or 400 or 401 with "+strings.Join(r.codes, " or "), r.judge)
}

func (r refusal) judge(a suite.Answer) suite.Finding {
	identityServer := a.Target.Is("identityserver")
	switch code := a.Error(); {
	case a.TLS.Alert != "" && !refusing(a.TLS.Alert):
		return suite.Unclear("the TLS alert \"" + a.TLS.Alert + "\" does not say that the certificate was refused")
	case a.TLS.Alert != "" && !r.byTLS:
		return suite.Tolerated("refused by TLS already (" + a.TLS.Alert + "), where the server itself should decide")
	case a.TLS.Alert != "":
		return suite.HoldsAs("refused by TLS: " + a.TLS.Alert)
	case a.Closed && identityServer:
		return suite.HoldsAs("closed without an alert, as Kestrel does; the control was served before and after")
	case a.Closed:
		return suite.Tolerated("closed without an alert; the control was served before and after")
	case a.AccessToken() != "" || a.Status >= 200 && a.Status < 300:
		return suite.Broken("%s", a).As(harness.Served)
	case (a.Status == 400 || a.Status == 401) && slices.Contains(r.codes, code):
		return suite.HoldsAs(fmt.Sprintf("%d %s", a.Status, code))
	case (a.Status == 400 || a.Status == 401) && slices.Contains(r.tolerated, code):
		return suite.Tolerated(fmt.Sprintf("%d %s instead of %s", a.Status, code, r.codes[0]))
	case a.Status == 403 && len(a.Body) == 0 && identityServer && harness.Between(a.Target.ProductVersion, "", "7.2"):
		return suite.HoldsAs("403 without a body, as IdentityServer up to 7.2")
	case (a.Status == 401 || a.Status == 403) && code == "":
		return suite.Tolerated(fmt.Sprintf("%d without an OAuth error", a.Status))
	case terminator(a):
		return suite.Tolerated(fmt.Sprintf("%d and no OAuth error: the page of a TLS terminator, not the server's own answer", a.Status))
	}
	return suite.Broken("%s", a)
}

// refusing are the alerts with which a peer refuses a certificate, as Go names them (RFC 8446 §6.2).
func refusing(alert string) bool {
	return slices.Contains([]string{
		"handshake failure", "bad certificate", "unsupported certificate", "revoked certificate", "expired certificate",
		"unknown certificate", "unknown certificate authority", "access denied", "error decrypting message", "certificate required",
	}, alert)
}

// terminator reports whether an answer is the page of a proxy in front: a 4xx that is no JSON, such as nginx's 400 "No
// required SSL certificate was sent" or its 495 and 496.
func terminator(a suite.Answer) bool {
	return slices.Contains([]int{400, 403, 495, 496}, a.Status) && !a.IsJSON()
}

// beKeptOut: no token, in whatever form: for certificates that a TLS library, a proxy or a server may refuse to read. An answer that is
// no refusal at all says nothing.
func beKeptOut() types.GomegaMatcher {
	return suite.Check("anything but a token", func(a suite.Answer) suite.Finding {
		switch {
		case a.AccessToken() != "" || a.Status >= 200 && a.Status < 300:
			return suite.Broken("%s", a).As(harness.Served)
		case a.TLS.Alert != "":
			return suite.HoldsAs("refused by TLS: " + a.TLS.Alert)
		case a.Closed:
			return suite.HoldsAs("closed without an alert; the control was served before and after")
		case a.Status >= 400 && a.Status < 500:
			return suite.HoldsAs(a.String())
		case a.Status >= 500:
			return suite.Tolerated(a.String() + ": the server fails instead of refusing")
		}
		return suite.Unclear("not refused, and not served either: " + a.String())
	})
}

// beNobody: no token, because nobody can be authenticated: a refusal, or 503 where the server says that it cannot decide. An error that
// may come after the client was let in says nothing of that, and neither does what a gateway says.
func beNobody() types.GomegaMatcher {
	refused := beRefused()
	return suite.Check("no token, but invalid_client or 503", func(a suite.Answer) suite.Finding {
		switch {
		case a.Status == http.StatusServiceUnavailable:
			return suite.HoldsAs("503: the server says that it cannot decide; the control was served before and after")
		case a.Busy():
			return suite.Unclear("nobody looked at the question: " + a.String())
		case a.Status >= 500:
			return suite.Tolerated(a.String() + ": the server fails instead of refusing")
		case a.AccessToken() == "" && slices.Contains([]string{"invalid_client_metadata", "temporarily_unavailable", "server_error"}, a.Error()):
			return suite.HoldsAs(a.String()) // of the client or its keys, as oidc-provider says it
		case a.AccessToken() == "" && a.Error() != "" && a.Error() != "invalid_client":
			return suite.Unclear("the client may have been let in before this was found: " + a.String())
		}
		return suite.Same(refused, a)
	})
}

// sayWhy: a 400 or 401 whose JSON body names one of the given OAuth errors (RFC 6749 §5.2).
func sayWhy(codes ...string) types.GomegaMatcher {
	return suite.Check("400 or 401 with "+strings.Join(codes, " or "), func(a suite.Answer) suite.Finding {
		if (a.Status == 400 || a.Status == 401) && slices.Contains(codes, a.Error()) && a.AccessToken() == "" {
			return suite.Holds()
		}
		return suite.Broken("%s", a)
	})
}

// beBoundTo: the access token carries the thumbprint of the certificate that the person showed (RFC 8705 §3.1). The
// claims must be known: see World.Inspect.
func beBoundTo(p harness.Person) types.GomegaMatcher {
	want := p.Certificate.X5tS256()
	return suite.Check(`a token with cnf {"x5t#S256":"`+want+`"}`, func(a suite.Answer) suite.Finding {
		switch cnf, problem := confirmation(a); {
		case a.AccessToken() == "":
			return suite.Broken("%s", a)
		case a.Claims == nil:
			return suite.Unclear("the access token is no JWT, and introspection did not tell what it is bound to")
		case a.Claims["cnf"] == nil:
			return suite.Broken("%s", problem).As(harness.Unbound)
		case problem != "":
			return suite.Broken("%s", problem)
		case cnf != want:
			return suite.Broken("cnf x5t#S256 %s: %s", cnf, diagnose(cnf, p.Certificate)).As(harness.Misbound)
		}
		return suite.Holds()
	})
}

// confirmation is the cnf member x5t#S256 of an answer's claims; problem says why there is none.
func confirmation(a suite.Answer) (value, problem string) {
	raw, there := a.Claims["cnf"]
	if !there {
		return "", "a token without cnf: it is not bound"
	}
	var cnf map[string]json.RawMessage
	if json.Unmarshal(raw, &cnf) != nil {
		return "", "cnf is no JSON object: " + string(raw)
	}
	member, there := cnf["x5t#S256"]
	if !there {
		return "", "cnf without x5t#S256: " + string(raw)
	}
	if json.Unmarshal(member, &value) != nil {
		return "", "cnf x5t#S256 is no string: " + string(member)
	}
	return value, ""
}
