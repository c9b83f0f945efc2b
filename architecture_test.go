package mtlscheck_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/mtlscheck/mtlscheck"

// A rule says what the packages of one folder may be built from. The longest folder that contains a package decides.
type rule struct {
	folder string
	// uses are the folders of this module that may be linked in, directly or through others. A folder may always use
	// itself and what lies in it.
	uses []string
	// ginkgo tells whether Ginkgo and Gomega may be linked in.
	ginkgo bool
	// only, if set, lists the modules outside this one that the folder's own files may import; the standard library is
	// always allowed.
	only []string
}

// rules is the map of the house: imports point one way. The examiner (harness, scenarios) and the examined (fakeidp) share
// no code beyond certificates, because with shared code they would share mistakes.
func rules() []rule {
	return []rule{
		{folder: "", uses: nil},
		{folder: "pki", uses: nil},
		{folder: "pki/manifest", uses: []string{"pki", "internal/strict"}},
		{folder: "fakeidp", uses: []string{"pki"}, only: []string{"golang.org/x/text"}},
		{folder: "harness", uses: nil},
		{folder: "harness/config", uses: []string{"harness", "pki", "internal/strict"}},
		{folder: "harness/report", uses: []string{"harness"}},
		{folder: "harness/wire", uses: []string{"harness", "pki"}},
		{folder: "harness/suite", uses: []string{"harness", "harness/wire", "pki"}, ginkgo: true},
		{folder: "scenarios", uses: []string{"harness", "harness/wire", "harness/suite", "pki"}, ginkgo: true},
		{folder: "cmd", uses: []string{"scenarios", "harness", "harness/config", "harness/report", "harness/wire", "harness/suite", "fakeidp", "pki", "pki/manifest", "internal/builtin", "internal/strict", "internal/fakefile"}, ginkgo: true},
		// How files that people write are read; it knows nothing of what is in them.
		{folder: "internal/strict"},
		// Holds texts against published schemas, in tests.
		{folder: "internal/schematest"},
		{folder: "internal/fakefile", uses: []string{"fakeidp", "pki", "internal/strict"}},
		// Joins the examiner and the examined, for the command and for tests; neither side may know it.
		{folder: "internal/builtin", uses: []string{"scenarios", "harness", "harness/wire", "harness/suite", "fakeidp", "pki"}, ginkgo: true},
		{folder: "interop", uses: []string{"harness", "pki"}},
	}
}

// listed is what go list says of one package.
type listed struct {
	ImportPath string
	Imports    []string // direct
	Deps       []string // direct and indirect
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	packages := list(t)
	if len(packages) < 2 {
		t.Fatalf("go list found %d packages, which cannot be the whole module", len(packages))
	}
	for _, broken := range violations(packages, rules()) {
		t.Error(broken)
	}
}

func TestImportRulesNameWhatTheyForbid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		pkg     listed
		reports []string
	}{
		{"a right package", listed{ImportPath: module + "/fakeidp/render", Imports: []string{"fmt", module + "/pki", "golang.org/x/text/collate"},
			Deps: []string{module + "/fakeidp", module + "/pki", "github.com/cloudflare/cfssl/csr"}}, nil},
		{"the fake knows the examiner", listed{ImportPath: module + "/fakeidp", Deps: []string{module + "/harness/wire"}},
			[]string{"fakeidp must not be built from harness/wire"}},
		{"the examiner knows the fake", listed{ImportPath: module + "/scenarios", Deps: []string{module + "/fakeidp/render"}},
			[]string{"scenarios must not be built from fakeidp/render"}},
		{"a neighbour whose name only begins alike", listed{ImportPath: module + "/harness/report", Deps: []string{module + "/harnessed"}},
			[]string{"harness/report must not be built from harnessed"}},
		{"a folder does not lend out what is ruled apart", listed{ImportPath: module + "/harness/report", Deps: []string{module + "/harness/suite"}},
			[]string{"harness/report must not be built from harness/suite"}},
		{"Ginkgo in a library", listed{ImportPath: module + "/harness/wire", Deps: []string{"github.com/onsi/ginkgo/v2", "github.com/onsi/gomega/types"}},
			[]string{"harness/wire must not link github.com/onsi/ginkgo/v2", "harness/wire must not link github.com/onsi/gomega/types"}},
		{"an OAuth library in the fake", listed{ImportPath: module + "/fakeidp", Imports: []string{"github.com/go-jose/go-jose/v4"}},
			[]string{"fakeidp must not import github.com/go-jose/go-jose/v4"}},
		{"a new folder", listed{ImportPath: module + "/utils/strings"},
			[]string{"utils/strings lies in no folder that the rules know: add it to rules in architecture_test.go"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.reports, violations([]listed{test.pkg}, rules())); diff != "" {
				t.Errorf("reports (- expected, + got):\n%s", diff)
			}
		})
	}
}

// violations are the sentences about what the packages do against the rules.
func violations(packages []listed, rules []rule) []string {
	var out []string
	for _, pkg := range packages {
		folder := strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, module), "/")
		own := decides(folder, rules)
		if own == nil {
			out = append(out, folder+" lies in no folder that the rules know: add it to rules in architecture_test.go")
			continue
		}
		for _, dep := range pkg.Deps {
			if strings.HasPrefix(dep, "github.com/onsi/") && !own.ginkgo {
				out = append(out, folder+" must not link "+dep)
			}
			inside, ours := strings.CutPrefix(dep, module+"/")
			if !ours {
				continue
			}
			other := decides(inside, rules)
			if other == nil || other.folder != own.folder && !slices.Contains(own.uses, other.folder) {
				out = append(out, folder+" must not be built from "+inside)
			}
		}
		for _, imported := range pkg.Imports {
			if own.only != nil && outside(imported) && !slices.ContainsFunc(own.only, func(path string) bool { return within(imported, path) }) {
				out = append(out, folder+" must not import "+imported)
			}
		}
	}
	return out
}

// decides returns the rule with the longest folder that contains the package, or nil. The rule of the root is for the root
// package alone.
func decides(folder string, rules []rule) *rule {
	var best *rule
	for i := range rules {
		r := &rules[i]
		if folder == r.folder || r.folder != "" && within(folder, r.folder) && (best == nil || len(r.folder) > len(best.folder)) {
			best = r
		}
	}
	return best
}

// within tells whether path is the folder or lies in it.
func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// outside tells whether an import is neither ours nor the standard library's, whose paths have no dot in their first element.
func outside(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return strings.Contains(first, ".") && !within(imported, module)
}

// list asks go list for the non-test packages of this module.
func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	byPath := map[string]listed{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg listed
		if err := d.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list printed what is no package: %v", err)
		}
		byPath[pkg.ImportPath] = pkg
	}
	return slices.SortedFunc(maps.Values(byPath), func(a, b listed) int { return strings.Compare(a.ImportPath, b.ImportPath) })
}
