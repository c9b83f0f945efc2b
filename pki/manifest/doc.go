// Package manifest makes a folder of certificates out of one file that describes them, pki.yaml:
//
//	version: 1
//	authorities:
//	  root:   {subject: "CN=Example Root,O=Example"}
//	identities:
//	  server: {issuer: root, use: server, sans: [dns:localhost, ip:127.0.0.1]}
//	  client: {issuer: root, subject: "CN=client,OU=production,O=company", export: [p12, jwk]}
//	  old:    {like: client, fault: expired}
//	faults:   {of: client, set: all}
//	revoked:  {root: [old]}
//
// The file is read strictly (a *Mistakes says everything that is wrong at once), a [Plan] says what would be done and
// why, and Apply does it: all of it or nothing. Nothing is made twice: what the folder holds already stays, unless its
// description changed, its issuer was made anew, its file is missing, or its life ends.
package manifest
