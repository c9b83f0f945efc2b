package harness

// A Profile is a named set of requirements, with the deviations it knows.
type Profile struct {
	Name       string // "rfc8705", as in --profile
	Title      string // "RFC 8705 as it is written"
	Keeps      func(Requirement) bool
	Deviations []Deviation
}

// A Form is the way in which a requirement was broken, where that can be said in a word.
type Form string

// The forms.
const (
	Served       Form = "served"       // somebody got a token who must get none
	Refused      Form = "refused"      // somebody was turned away who must be served
	Unbound      Form = "unbound"      // a token says nothing of a certificate
	Misbound     Form = "misbound"     // a token is bound to another certificate
	Unchallenged Form = "unchallenged" // a refusal does not say how to authenticate
)

// A Deviation is a requirement that a right server of a product is known not to keep. It turns a failure of its form into
// a warning or a note; a deviation that does not happen is a pass.
type Deviation struct {
	Requirement string  // "PATH-01"
	Variant     string  // one case of it; empty: all
	Product     string  // whose deviation it is; empty: of every target that the profile is asked of
	Form        Form    // how the product breaks it; breaking it in any other way is no deviation
	Since       string  // first product version that deviates; empty: all
	Until       string  // last product version that deviates; empty: all
	Verdict     Verdict // Warn or Note
	Why         string  // what the product does instead, and since when it is known
	Advice      string  // what an operator can do about it
}

// Deviation finds what the profile knows about a case at a product version. An unknown (empty) version matches every
// entry.
func (p Profile) Deviation(requirement, variant string, of *Target) (Deviation, bool) {
	for _, d := range p.Deviations {
		if d.Requirement == requirement && (d.Variant == "" || d.Variant == variant) && (d.Product == "" || of.Is(d.Product)) && Between(of.ProductVersion, d.Since, d.Until) {
			return d, true
		}
	}
	return Deviation{}, false
}
