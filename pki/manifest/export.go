package manifest

import (
	"encoding/json"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

func exportFile(at, form string) string {
	switch form {
	case "jwk":
		return at + ".jwk.json"
	case "p12-legacy":
		return at + "-legacy.p12"
	}
	return at + ".p12"
}

// export writes an identity in another form.
func export(i *pki.Identity, form, password string) ([]byte, error) {
	switch form {
	case "jwk":
		k, err := i.JWK()
		if err != nil {
			return nil, err
		}
		text, err := json.MarshalIndent(k, "", "  ")
		return append(text, '\n'), err
	case "p12-legacy":
		return i.P12(password, pki.Legacy)
	}
	return i.P12(password, pki.Modern)
}

// chainFile is where what a certificate sends stands. Among faults there is expired, and expired-chain.
func chainFile(at string) string {
	if strings.HasPrefix(at, "faults/") {
		return at + ".chain.pem"
	}
	return at + "-chain.pem"
}
