package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// accessToken authenticates with a certificate. x/oauth2 does not know RFC 8705: AuthStyleInParams and an empty secret make
// it send client_id alone, and it reads no metadata, so tokenEndpoint is token_endpoint of mtls_endpoint_aliases.
func accessToken(ctx context.Context, tokenEndpoint, clientID, scope string, roots *x509.CertPool, certificate *tls.Certificate) (string, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: roots,
		// Not Certificates: Go keeps those back that the CAs in the server's request did not issue, a self-signed one always.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil },
	}}
	defer transport.CloseIdleConnections()
	config := clientcredentials.Config{ClientID: clientID, TokenURL: tokenEndpoint, Scopes: []string{scope}, AuthStyle: oauth2.AuthStyleInParams}
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: transport}))
	if err != nil {
		return "", err
	}
	return token.AccessToken, nil
}
