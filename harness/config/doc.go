// Package config reads mtlscheck.yaml: which servers are examined, and who is registered there.
//
//	version: 1
//	profile: identityserver
//	targets:
//	  staging:
//	    issuer: https://id.example
//	    product: identityserver
//	    product_version: "7.4"
//	    trust: [file:certs/server-ca.pem]
//	    resolve: {mtls.id.example: 127.0.0.1:8443}
//	pki:
//	  dir: pki
//	clients:
//	  - {role: name,       client_id: mtls.name, certificate: client}
//	  - {role: thumbprint, client_id: mtls.tb,   certificate: {p12: file:alone.p12, password: env:P12_PASSWORD}}
//	  - {role: secret,     client_id: shared,    secret: env:SHARED_SECRET}
//	scope: api1
//
// The file is read strictly: unknown and repeated keys, wrong types and values, files that cannot be used are mistakes,
// and all of them are reported at once, each with its line, column and a caret ([Mistakes]). Secrets stand in files or in
// the environment, never in the file itself. Paths are relative to the file.
package config
