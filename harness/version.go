package harness

import (
	"strconv"
	"strings"
)

// Between reports whether a product version lies between two others, both included; an empty bound is open, and an
// empty version lies everywhere. Versions are compared number by number; "7.4" stands for every 7.4.x.
func Between(version, since, until string) bool {
	if version == "" {
		return true
	}
	return (since == "" || CompareVersions(version, since) >= 0) && (until == "" || CompareVersions(version, until) <= 0)
}

// CompareVersions compares two dotted versions over the numbers that both have: "7.2.1" and "7.2" are equal. A leading
// word ("is4-", "duende-", "v") is ignored: IdentityServer4 4.x and Duende 5 to 8 are one row of versions.
func CompareVersions(a, b string) int {
	left, right := numbers(a), numbers(b)
	for i := range min(len(left), len(right)) {
		if left[i] != right[i] {
			if left[i] < right[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

func numbers(version string) []int {
	version = version[strings.LastIndexByte(version, '-')+1:]
	version = strings.TrimLeft(version, "vV")
	var out []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}
