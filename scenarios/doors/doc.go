// Package doors holds no code, only the test that the suite says the same through each of its doors: as a program, twice in
// one process, in shards, from go test, and inside a Ginkgo suite of somebody else. It is a package of its own because Ginkgo
// keeps one tree for each process.
package doors
