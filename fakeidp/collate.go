package fakeidp

import (
	"slices"
	"unicode/utf16"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// collateScopes sorts by the root collation of the CLDR, as .NET does with ICU.
func collateScopes(scopes []string) {
	c := collate.New(language.Und)
	slices.SortStableFunc(scopes, c.CompareString)
}

// compareUnits compares by UTF-16 unit, as string.CompareOrdinal.
func compareUnits(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}
