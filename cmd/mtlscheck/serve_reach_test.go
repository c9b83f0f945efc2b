package main

import "testing"

func TestSaysWhereAHostIs(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"127.0.0.1:8443": "", "localhost:8443": "", "0.0.0.0:8443": "", "[::]:8443": "", ":8443": "", "127.0.0.2:0": "127.0.0.2", "[::1]:0": "::1", "192.0.2.1:1": "192.0.2.1",
	} {
		got := ""
		if at := (&serving{listen: listen}).listened(); at != nil {
			got = at.String()
		}
		if got != want {
			t.Errorf("%s: %q, expected %q", listen, got, want)
		}
	}
	found := map[string]string{"localhost:8443": "::1", "mtls.example.test": "127.0.0.1"}
	for base, want := range map[string]string{
		"https://localhost:8443/connect/mtls": "localhost:8443:[::1]", "https://mtls.example.test:1/connect": "mtls.example.test:1:127.0.0.1", "https://localhost:1": "",
	} {
		if got := curlResolve(base, found); got != want {
			t.Errorf("%s: %q, expected %q", base, got, want)
		}
	}
}
