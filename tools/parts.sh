#!/bin/sh
# Usage: tools/parts.sh JOBS PART...
#
# Runs each PART (a task of Taskfile.yml) to its end, JOBS at a time, in the order given. The output of a part is printed
# in one piece when the part ends, so that go test's lines stay whole. All parts run, whatever fails; the last line is
# "parts: N passed, N failed", and the exit code is 1 if a part failed or never ended.
set -u
jobs=$1
shift
asked=$#
logs=$(mktemp -d) || exit 1
trap 'rm -rf "$logs"' EXIT
began=$(date +%s)

# One part: says that it starts, keeps its output in a file, says how it ended. These short lines are the only thing that
# the parallel processes write to the pipe, so they cannot mix.
one='
part=$0
began=$(date +%s)
echo "start $part 0 0"
./task "$part" >"$1/$part" 2>&1 </dev/null
echo "end $part $? $(($(date +%s) - began))"
'

printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh -c "$one" '{}' "$logs" | {
	passed=0
	failed=0
	times=
	broken=
	while read -r event part status seconds; do
		if [ "$event" = start ]; then
			echo "==> $part started"
			continue
		fi
		echo "==> $part: output"
		cat "$logs/$part"
		if [ "$status" -eq 0 ]; then
			passed=$((passed + 1))
			echo "==> $part passed in $seconds s"
		else
			failed=$((failed + 1))
			broken="$broken $part"
			echo "==> $part FAILED (exit $status) in $seconds s; run it alone: ./task $part"
		fi
		times="$times $part ${seconds}s"
	done
	echo
	echo "time: $(($(date +%s) - began)) s in all;$times"
	[ -z "$broken" ] || echo "failed:$broken"
	lost=$((asked - passed - failed))
	[ "$lost" -eq 0 ] || echo "never ended: $lost of $asked parts"
	echo "parts: $passed passed, $((failed + lost)) failed"
	[ "$passed" -eq "$asked" ]
}
