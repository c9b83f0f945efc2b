package harness

import (
	"fmt"
	"regexp"
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

// VersionPattern is what CompareVersions can compare: dotted numbers, after words that end in a hyphen.
const VersionPattern = `^([A-Za-z][A-Za-z0-9]*-)*[vV]?[0-9]+([.][0-9]+)*$`

// CheckVersion refuses a version that CompareVersions would find equal to every other, such as "7.x" or "7.4.0-preview.1".
func CheckVersion(version string) error {
	if !regexp.MustCompile(VersionPattern).MatchString(version) || len(numbers(version)) != strings.Count(version, ".")+1 {
		return fmt.Errorf("%q is no version that can be compared", version)
	}
	return nil
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
