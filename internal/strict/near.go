package strict

import "strings"

// Near is the known word that was meant by one that is not: the same but for case and for what stands between its parts, the last
// part of one with colons, or the nearest that differs in one letter, of long words in two. It is empty if there is none. Suggestion
// goes further, since there every other word is wrong.
func Near(word string, known []string) string {
	const long, longest = 6, 100
	bare := strings.NewReplacer("_", "", "-", "", " ", "")
	same := func(a, b string) bool { return strings.EqualFold(bare.Replace(a), bare.Replace(b)) }
	if len(word) > longest || len(word) < 3 {
		return ""
	}
	best, distance := "", 2
	if len(word) >= long {
		distance = 3
	}
	for _, k := range known {
		if same(word, k) || same(word, k[strings.LastIndex(k, ":")+1:]) {
			return k
		}
		if len(k) > longest {
			continue
		}
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}
