#!/usr/bin/env bats
# Random system calls, the same ones each time: both executors and a third run tell the same. `make random` makes many more, and compares with the kernel.

load ../lib/common

@test "random calls: calls that do not wait" {
	run "$TOP/tests/random/run" -n 10 -c 150 -j 1 --no-native -o "$T/random"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "random calls: calls that wait, threads and new programs" {
	run "$TOP/tests/random/run" -n 10 -c 150 -j 1 --wild -o "$T/random"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "random calls: a difference is found" {
	cat >"$T/detbuild" <<-'S'
		#!/bin/bash
		[[ " $* " != *" --executor=ptrace "* ]] || set -- "${@:1:1}" --epoch @5 "${@:2}"
		exec "$REAL" "$@"
	S
	chmod +x "$T/detbuild"
	export REAL=$DETBUILD
	DETBUILD=$T/detbuild run "$TOP/tests/random/run" -n 1 --from 3 -j 1 --no-native -o "$T/random" time
	[ "$status" -eq 1 ]
	[[ $output == *"seed 3: executors differ"* ]]
}
