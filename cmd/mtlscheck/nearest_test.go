package main

import (
	"slices"
	"testing"
)

func TestNearestNames(t *testing.T) {
	t.Parallel()
	names := []string{"8", "AUTH-01", "AUTH-07", "PKI-13", "IDS-NAME-05", "subject-names", "accepts-expired"}
	tests := []struct {
		word string
		want []string
	}{
		{"AUTH-7", []string{"AUTH-07", "AUTH-01"}},
		{"auht-07", []string{"AUTH-07", "AUTH-01"}},
		{"subject-name", []string{"subject-names"}},
		{"accepts-expierd", []string{"accepts-expired"}},
		{"expired", []string{"accepts-expired"}},
		{"nothing-like-it", []string{}},
		{"", []string{}},
		{"x", []string{}},
	}
	for _, test := range tests {
		if got := nearest(test.word, names); !slices.Equal(got, test.want) {
			t.Errorf("nearest(%q) = %q, expected %q", test.word, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"auht", "auth", 1}}
	for _, test := range tests {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, expected %d", test.a, test.b, got, test.want)
		}
	}
}
