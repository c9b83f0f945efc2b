package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// precedence are the rules by which IdentityServer picks the one credential of a request that counts: Basic, then the
// form's client_secret, then what the host registered (IdentityServer's SecretParser).
type precedence struct {
	secretBinds, basicWrong, formSecret, formWrong, emptySecret, basicAlone, basicIDOnly, basicMalformed,
	noClientID, queryOnly, longID, blankID, twice, certificateOnly, secretAtTheDoor, bearer, otherCase harness.Requirement
}

func precedenceRequirements() precedence {
	const (
		secretWins = "A request may carry a shared secret and a certificate; the server looks at one of them. Whoever expects the other gets tokens that are not bound, or errors that name no cause."
		formOnly   = "Clients that put client_id anywhere but into the form are turned away although their certificate is right; this is the usual cause of invalid_client with a good certificate."
	)
	secretAdvice := harness.Advice{
		Any: "Send either the secret or the certificate, not both; remove the secret from the client's settings.",
		For: map[string]string{"identityserver": "Remove the SharedSecret from the client, or set options.MutualTls.AlwaysEmitConfirmationClaim = true so that tokens are bound to the connection's certificate whatever authenticates."},
	}
	formAdvice := harness.Advice{
		Any: "Send client_id as a form parameter; no Basic header, nothing in the query (ClientCredentialStyle.PostBody in Duende.IdentityModel).",
		For: map[string]string{"identityserver": "Nothing to change on the server unless a custom ISecretParser is registered; compare its order with AddMutualTlsSecretValidators()."},
	}
	row := func(n, says, why string, advice harness.Advice) harness.Requirement {
		return harness.Requirement{ID: "IDS-PREC-" + n, Level: harness.Must, Cite: "IdentityServer: SecretParser, MutualTlsSecretParser", Says: says, Why: why, Advice: advice}
	}
	return precedence{
		secretBinds:     row("01", "A shared secret in a Basic header counts before the certificate, and the token is then not bound.", secretWins, secretAdvice),
		basicWrong:      row("02", "A wrong secret in a Basic header is refused although the certificate is right.", secretWins, secretAdvice),
		formSecret:      row("03", "A shared secret in the form counts before the certificate, and the token is then not bound.", secretWins, secretAdvice),
		formWrong:       row("04", "A wrong secret in the form is refused although the certificate is right.", secretWins, secretAdvice),
		emptySecret:     row("05", "An empty client_secret counts as none, and the certificate authenticates.", secretWins, secretAdvice),
		basicAlone:      row("06", "A Basic header with an empty password and no client_id in the form does not authenticate.", formOnly, formAdvice),
		basicIDOnly:     row("07", "A Basic header with an empty password is passed over where the form names the client.", formOnly, formAdvice),
		basicMalformed:  row("08", "A malformed Basic header is passed over where the form names the client.", formOnly, formAdvice),
		noClientID:      row("09", "A request that names no client is refused, whatever certificate it shows.", formOnly, formAdvice),
		queryOnly:       row("10", "A client_id in the query alone does not count.", formOnly, formAdvice),
		longID:          row("11", "A client_id of more than 100 characters does not count; one of 100 is looked up.", formOnly, formAdvice),
		blankID:         row("12", "A blank client_id does not count.", formOnly, formAdvice),
		twice:           row("13", "Of several client_id values the first counts.", formOnly, formAdvice),
		certificateOnly: row("15", "A client with a shared secret alone does not authenticate by a certificate.", secretWins, secretAdvice),
		secretAtTheDoor: row("16", "A client with a shared secret is served at the mTLS endpoint with any acceptable certificate, and its token is not bound.", secretWins, secretAdvice),
		bearer:          row("17", "An Authorization header of another scheme is passed over.", formOnly, formAdvice),
		otherCase:       row("18", "A client_id is compared letter by letter.", formOnly, formAdvice),
	}
}

func (p precedence) all() []harness.Requirement {
	return []harness.Requirement{p.secretBinds, p.basicWrong, p.formSecret, p.formWrong, p.emptySecret, p.basicAlone, p.basicIDOnly, p.basicMalformed,
		p.noClientID, p.queryOnly, p.longID, p.blankID, p.twice, p.certificateOnly, p.secretAtTheDoor, p.bearer, p.otherCase}
}
