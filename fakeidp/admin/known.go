package admin

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// checkEndpoint fails for the name of an endpoint that there is not.
func checkEndpoint(name string) error {
	if name == "" || slices.Contains(fakeidp.Endpoints(), name) {
		return nil
	}
	return fmt.Errorf("endpoint: there is no endpoint %q; %s", name, proposal(name, fakeidp.Endpoints()))
}

// knows fails for a client that is not registered.
func (h *handler) knows(member, id string) error {
	if _, ok := h.idp.Client(id); id == "" || ok {
		return nil
	}
	all := namesOf(h.idp.Clients(), func(c fakeidp.Client) string { return c.ID })
	return fmt.Errorf("%s: there is no client %q; %s", member, id, cmp.Or(nearest(id, all), "GET /clients lists all"))
}

// namesOf are the names of what is in a list.
func namesOf[T any](list []T, name func(T) string) []string {
	var out []string
	for _, v := range list {
		out = append(out, name(v))
	}
	return out
}

// known fails for a token of a client or with scopes that the server does not have. What an API is to be told beyond that stands in
// claims.
func (h *handler) known(t tokenJSON) error {
	if t.Client == "" {
		return errors.New("client: this is empty")
	}
	wrong := []error{h.knows("client", t.Client), h.idp.CheckScopes(t.Scopes)}
	if wrong[0] != nil {
		wrong[0] = fmt.Errorf("%w; claims can say client_id otherwise", wrong[0])
	}
	if wrong[1] != nil {
		wrong[1] = fmt.Errorf("%w; claims can say scope otherwise", wrong[1])
	}
	return errors.Join(wrong...)
}

// proposal names the known word that is nearest to one that is not, or all of them.
func proposal(word string, known []string) string {
	return cmp.Or(nearest(word, known), "there are "+strings.Join(known, ", "))
}

// nearest asks whether the known word was meant that is nearest to one that is not; empty if none is near.
func nearest(word string, known []string) string {
	best, distance := "", len(word)/2+1
	for _, k := range known {
		if len(word) > 64 {
			break
		}
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// edits is how many bytes must be added, taken away or replaced to make one word of the other.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
