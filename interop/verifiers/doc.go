// Package verifiers shows that the fake's tokens are ordinary JWTs to those who verify them: OpenSSL, Node and Java read the
// published key and accept the signature, and no other text under it. The fake signs RS256 with keys of its own making.
package verifiers
