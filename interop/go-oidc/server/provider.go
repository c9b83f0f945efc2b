package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net/http"
	"slices"
	"strings"

	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/luikyv/go-oidc/pkg/provider"
)

// newProvider is go-oidc with everything of RFC 8705 that it offers turned on. Every login succeeds at once.
func newProvider(o *options, clients []*goidc.Client) (http.Handler, error) {
	keys, err := signingKey(o.algo)
	if err != nil {
		return nil, err
	}
	algorithm := goidc.SignatureAlgorithm(o.algo)
	token := goidc.NewJWTTokenOptions(algorithm, 600)
	everybody := goidc.NewPolicy("everybody",
		func(*http.Request, *goidc.AuthnSession, *goidc.Client) bool { return true },
		func(_ http.ResponseWriter, _ *http.Request, session *goidc.AuthnSession, _ *goidc.Client) (goidc.Status, error) {
			session.Subject, session.GrantedScopes = "alice", session.Scopes
			return goidc.StatusSuccess, nil
		})
	p, err := provider.New(o.issuer(), nil, func(context.Context) (goidc.JSONWebKeySet, error) { return keys, nil },
		provider.WithMTLS(o.alias(), shownCertificate),
		provider.WithTLSAuthn(),
		provider.WithSelfSignedTLSAuthn(),
		provider.WithTLSTokenBinding(),
		provider.WithSecretBasicAuthn(),
		provider.WithSecretPostAuthn(),
		provider.WithNoneAuthn(),
		provider.WithClientCredentialsGrant(),
		provider.WithAuthCodeGrant(nil, goidc.ResponseTypeCode),
		provider.WithRefreshTokenGrant(nil),
		provider.WithPKCE(goidc.CodeChallengeMethodSHA256),
		provider.WithPAR(nil),
		provider.WithTokenIntrospection(func(context.Context, *goidc.Client, goidc.TokenInfo) bool { return true }),
		provider.WithTokenRevocation(func(context.Context, *goidc.Client) bool { return true }),
		provider.WithScopes(scopesOf(clients)...),
		provider.WithIDTokenSignatureAlgs(algorithm),
		provider.WithTokenOptions(func(context.Context, *goidc.Grant, *goidc.Client) goidc.TokenOptions { return token }),
		provider.WithStaticClients(clients[0], clients[1:]...),
		provider.WithPolicies(everybody),
		provider.WithErrorHandler(func(_ context.Context, err error) { log.Println(err) }),
	)
	if err != nil {
		return nil, err
	}
	return p.Handler(), nil
}

// signingKey is a new key for tokens.
func signingKey(algorithm string) (goidc.JSONWebKeySet, error) {
	var key crypto.Signer
	var err error
	switch algorithm {
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "RS256":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		err = fmt.Errorf("-alg %s: it is ES256 or RS256", algorithm)
	}
	return goidc.JSONWebKeySet{Keys: []goidc.JSONWebKey{{Key: key, KeyID: algorithm, Algorithm: algorithm, Use: "sig"}}}, err
}

// scopesOf are all scopes that a client may ask for.
func scopesOf(clients []*goidc.Client) []goidc.Scope {
	scopes := []goidc.Scope{goidc.ScopeOpenID}
	for _, c := range clients {
		for _, name := range strings.Fields(c.ScopeIDs) {
			if !slices.ContainsFunc(scopes, func(s goidc.Scope) bool { return s.ID == name }) {
				scopes = append(scopes, goidc.NewScope(name))
			}
		}
	}
	return scopes
}

// shownKey finds the certificate of a request in its context.
type shownKey struct{}

var errNoCertificate = errors.New("no certificate that counts")

// shownCertificate is what go-oidc asks the application for: the certificate of the request.
func shownCertificate(ctx context.Context) (*x509.Certificate, error) {
	if c, ok := ctx.Value(shownKey{}).(*x509.Certificate); ok {
		return c, nil
	}
	return nil, errNoCertificate
}
