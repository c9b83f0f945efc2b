package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mtlscheck": main, "sign-in": signIn})
}

// TestScripts runs the transcripts in testdata/script: command, stdout, stderr, exit code.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
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
