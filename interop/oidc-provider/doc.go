// Package oidcprovider is npm oidc-provider as a target: server.mjs starts it, expected.yaml says what mtlscheck finds.
package oidcprovider
