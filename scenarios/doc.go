// Package scenarios is what mtlscheck checks: one chapter per file, requirements beside the specs that keep them.
//
//	world, err := scenarios.NewWorld(scenarios.Setup{Target: target, Members: members, CA: ca})
//	outcome, err := scenarios.Suite(world, profile).Run(ctx, suite.Options{})
//
// A spec names the requirement it keeps; a chapter, a table and an entry read as one sentence. The vocabulary is small:
// keeps, assume, beServed, beRefused, beBoundTo, sayWhy.
package scenarios
