// Package pki makes certificates, right ones and every kind of wrong one, reproducibly:
//
//	lab := pki.New(pki.Options{Seed: "demo"})
//	ca := lab.Root("Example Root")
//	alice := ca.Client("alice", trait.Subject("CN=client,OU=production,O=company"))
//	old := alice.With(trait.Expired) // differs from alice in exactly this
//	rogue := ca.Fault(alice, "unknown-ca")
//
// Every certificate is issued by cfssl. What cfssl cannot express is cut into the finished certificate, which is then
// signed again. Nothing is made before somebody asks for it, the same seed gives the same bytes, and every method may be
// called after an error: Err of the identity or of the [Lab] says what went wrong first.
//
// A seed is the secret of every key that is made from it: it is for tests only.
package pki
