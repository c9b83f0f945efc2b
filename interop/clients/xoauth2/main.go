// Command xoauth2 makes the attempts that stand on standard input, as run.mjs does, with golang.org/x/oauth2.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/oauth2"
)

type attempt struct {
	TokenEndpoint string
	ClientID      string
	Scope         string
	CA, Cert, Key string
}

type result struct {
	AccessToken string `json:"access_token,omitempty"`
	Error       string `json:"error,omitempty"`
	Message     string `json:"message,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var attempts []attempt
	if err := json.NewDecoder(os.Stdin).Decode(&attempts); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for _, a := range attempts {
		r, err := a.make()
		if err != nil {
			return err
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// make reads the files and asks for a token. A refusal is a result; its error is about the files.
func (a attempt) make() (result, error) {
	pem, err := os.ReadFile(a.CA)
	if err != nil {
		return result{}, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	certificate := &tls.Certificate{} // none
	if a.Cert != "" {
		pair, err := tls.LoadX509KeyPair(a.Cert, a.Key)
		if err != nil {
			return result{}, err
		}
		certificate = &pair
	}
	token, err := accessToken(context.Background(), a.TokenEndpoint, a.ClientID, a.Scope, roots, certificate)
	if err != nil {
		r := result{Message: err.Error()}
		var refusal *oauth2.RetrieveError
		if errors.As(err, &refusal) {
			r.Error = refusal.ErrorCode
		}
		return r, nil
	}
	return result{AccessToken: token}, nil
}
