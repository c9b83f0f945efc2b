package harness_test

import (
	"encoding/base64"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
)

// The certificate of RFC 8705 appendix A has the thumbprint that the RFC gives: what every binding is compared with.
func TestThumbprintOfTheRFC(t *testing.T) {
	t.Parallel()
	der, err := base64.StdEncoding.DecodeString("MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMG" +
		"ByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := harness.X5tS256(der), "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"; got != want {
		t.Errorf("x5t#S256 %s, want %s", got, want)
	}
}
