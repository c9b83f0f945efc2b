// Package gooidc is github.com/luikyv/go-oidc as a target: the module in server starts it, expected.yaml says what mtlscheck
// finds.
package gooidc
