// Package speed measures the fake against a bare net/http handler that does the same cryptography, and against other
// authorization servers, in one run and on one machine: its benchmarks report ratios. ./task bench runs them; docs/speed.md
// has figures. Nothing here is timed by a test.
package speed
