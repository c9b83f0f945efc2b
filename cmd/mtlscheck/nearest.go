package main

import (
	"cmp"
	"slices"
	"strings"
)

// nearest are the names that somebody who wrote word may have meant, the likeliest first, at most three: those that a few
// typing errors lead away from, and those that word is a part of. Case of letters is ignored.
func nearest(word string, names []string) []string {
	type near struct {
		name     string
		distance int
	}
	word = strings.ToLower(word)
	var found []near
	for _, name := range names {
		lower := strings.ToLower(name)
		d := distance(word, lower)
		if len(word) >= 3 && strings.Contains(lower, word) {
			d = min(d, 1)
		}
		if d <= max(1, min(len(word), len(lower))/3) && d < max(len(word), len(lower)) { // something of it is left
			found = append(found, near{name, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	out := []string{}
	for _, f := range found[:min(len(found), 3)] {
		out = append(out, f.name)
	}
	return out
}

// didYouMean is a question that names the nearest names, or the given sentence if none is near.
func didYouMean(word string, names []string, otherwise string) string {
	near := nearest(word, names)
	if len(near) == 0 {
		return otherwise
	}
	return "did you mean " + strings.Join(near, " or ") + "?"
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour to make b of a.
func distance(a, b string) int {
	left, right := []rune(a), []rune(b)
	var before []int
	last := make([]int, len(right)+1)
	for j := range last {
		last[j] = j
	}
	for i := range left {
		row := make([]int, len(right)+1)
		row[0] = i + 1
		for j := range right {
			row[j+1] = last[j]
			if left[i] != right[j] {
				row[j+1] = 1 + min(last[j], last[j+1], row[j])
				if i > 0 && j > 0 && left[i] == right[j-1] && left[i-1] == right[j] {
					row[j+1] = min(row[j+1], before[j-1]+1)
				}
			}
		}
		before, last = last, row
	}
	return last[len(right)]
}
