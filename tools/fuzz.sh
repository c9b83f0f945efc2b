#!/usr/bin/env bash
# Runs each fuzz target of the module for a while: tools/fuzz.sh 30s. What fails is written to testdata/fuzz of its package, from
# where the tests take it; all targets have their turn, and any failure is the exit code.
set -uo pipefail

for_long="${1:?for how long each, such as 30s}"
failed=0
while IFS=: read -r file name; do
  package="./$(dirname "$file")"
  echo "== $package $name"
  go test -run '^$' -fuzz "^${name}\$" -fuzztime "$for_long" -fuzzminimizetime 1x "$package" | tail -n 3 || failed=1
done < <(git grep -E -o '^func Fuzz[A-Za-z0-9]+' -- '*_test.go' | sed 's/:func /:/')
exit "$failed"
