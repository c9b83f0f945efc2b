// Package wire puts one question over one fresh TLS connection and reports what came back.
//
//	client := &wire.Client{Target: target}
//	answer, err := client.Ask(ctx, wire.Question{
//		Person: alice,
//		Method: "POST",
//		URL:    "https://mtls.id.example/connect/token",
//		Form:   wire.Form{{"grant_type", "client_credentials"}, {"client_id", alice.ClientID}},
//	})
//
// A refused handshake is an answer. Silence (nobody listens, nothing comes in time, what comes is no HTTP) is an error of
// type [*NoAnswer], which carries its evidence too. What is recorded is redacted here, once, by field.
//
// The connection speaks HTTP/1.1, is used once, unless by AskInTurn, and never resumed, unless a question has a Session; the
// certificate is always sent, whatever CAs the server names; the answer is read even if the question could not be written
// whole, since in TLS 1.3 a refusal comes after the handshake.
package wire
