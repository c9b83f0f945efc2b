package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mtlscheck": main, "sign-in": signIn})
}

// TestScripts runs the transcripts in testdata/script: command, stdout, stderr, exit code.
func TestScripts(t *testing.T) {
	t.Parallel()
	dir, files := "testdata/script", []string(nil)
	if testing.Short() { // what many goroutines do at once: servers, runs in parts, interruptions
		dir, files = "", concurrent(t, dir)
	}
	testscript.Run(t, testscript.Params{
		Dir: dir, Files: files,
		Setup: func(e *testscript.Env) error {
			e.Values[theTurncoat{}] = &turncoat{}
			return nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"administer": administer, "administer-until": administerUntil,
			"appears":  appears,
			"asks":     asks,
			"at-users": atUsers,
			"fetch":    fetch,
			"exits":    exits,
			"hostile":  hostile,
			"turncoat": startTurncoat,
			"heard":    heard,
		},
	})
}

// concurrent are the scripts that the race detector looks at, which makes each take several times as long.
func concurrent(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"serve*", "run_interrupted", "run_not_judged", "run_users", "pki_revocation", "pki_apply", "report"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern+".txtar"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no script is called %s: %v", pattern, err)
		}
		found = append(found, files...)
	}
	return found
}
