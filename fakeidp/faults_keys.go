package fakeidp

// codeKeyFaults are mistakes in codes that are bound to a DPoP key (RFC 9449 §10). They can be seen where the server has Users.
func codeKeyFaults() []Fault {
	return []Fault{
		{"redeems-codes-for-any-key", "A code that was asked for with dpop_jkt can be redeemed with any key, and with none.", func(p *persona) {
			p.rules.redeemable = func(string, proof) bool { return true }
		}},
		{"overlooks-pushed-proofs", "A DPoP proof beside a pushed request binds the code to nothing.", func(p *persona) {
			p.rules.pushedProof = func(*decision, string, string) (string, outcome) { return "", nil }
		}},
		{"pushes-for-two-keys", "A pushed request may name one key by dpop_jkt and prove another.", func(p *persona) {
			right := p.rules.pushedProof
			p.rules.pushedProof = func(d *decision, proof, _ string) (string, outcome) { return right(d, proof, "") }
		}},
	}
}
