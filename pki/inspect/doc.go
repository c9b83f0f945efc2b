// Package inspect says what a certificate is: its names as each product writes them, its thumbprints, whether it can be a
// client certificate, and what is wrong with it. It reads PEM, DER, PKCS#12, JSON Web Keys, Kubernetes Secrets and the
// chain of a live TLS server, also certificates that Go cannot parse. It never returns a private key.
//
//	found, err := inspect.Read(data, "changeit")
//	report := inspect.Describe(found, time.Now())
//	report.Certificates[0].Client // "no: it ended on …"
package inspect
