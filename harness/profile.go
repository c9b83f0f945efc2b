package harness

// A Profile is a named set of requirements, with the deviations it knows.
type Profile struct {
	Name       string // "rfc8705", as in --profile
	Title      string // "RFC 8705 as it is written"
	Keeps      func(Requirement) bool
	Deviations []Deviation
}

// A Deviation is a requirement that a right server of a product is known not to keep. It turns a failure into a
// warning or a note; a deviation that does not happen is a pass.
type Deviation struct {
	Requirement string  // "PATH-01"
	Variant     string  // one case of it; empty: all
	Since       string  // first product version that deviates; empty: all
	Until       string  // last product version that deviates; empty: all
	Verdict     Verdict // Warn or Note
	Why         string  // what the product does instead, and since when it is known
	Advice      string  // what an operator can do about it
}

// Deviation finds what the profile knows about a case at a product version. An unknown (empty) version matches every
// entry.
func (p Profile) Deviation(requirement, variant, version string) (Deviation, bool) {
	for _, d := range p.Deviations {
		if d.Requirement == requirement && (d.Variant == "" || d.Variant == variant) && Between(version, d.Since, d.Until) {
			return d, true
		}
	}
	return Deviation{}, false
}
