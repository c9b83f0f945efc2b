package fakeidp_test

import (
	"strings"
	"testing"
)

// TestNotesSmallFormsAtTheDoor: of who is turned away at the door the journal has the client and the parameters, unless the form is a
// large one, which nobody reads there.
func TestNotesSmallFormsAtTheDoor(t *testing.T) {
	t.Parallel()
	idp, _, _ := company(t)
	for _, size := range []int{10, 100 << 10} {
		form := clientCredentials("app")
		form.Set("padding", strings.Repeat("x", size))
		if status, body := ask(t, client(idp, nil), idp.MTLSURL+"/token", form); status != 400 {
			t.Errorf("%d %s", status, body)
		}
	}
	seen := idp.Requests()
	if seen[0].ClientID != "app" || len(seen[0].Parameters) != 3 || seen[0].Error != "invalid_client" {
		t.Errorf("of a small form the journal has %+v", seen[0])
	}
	if seen[1].ClientID != "" || seen[1].Parameters != nil || seen[1].Error != "invalid_client" || seen[1].Endpoint != "token" {
		t.Errorf("of a large form the journal has %+v", seen[1])
	}
}
