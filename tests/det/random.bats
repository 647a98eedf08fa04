#!/usr/bin/env bats
# Random system calls, the same ones each time: both executors and a third run tell the same. `make random` makes many more, and compares with the kernel.

load ../lib/common

setup() {
	common_setup
	requires python3
}

random() {
	run "$TOP/tests/random/run" -j 1 --no-native -o "$T/random" "$@"
}

@test "random calls: calls that do not wait" {
	random -n 8 -c 150 --tame
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "random calls: calls that wait, threads and new programs" {
	random -n 8 -c 150 --wild
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

# faulty WHEN DOES: a detbuild that does something else when its arguments match; $REAL is the real one.
faulty() {
	export REAL=$DETBUILD
	cat >"$T/detbuild" <<-S
		#!/bin/bash
		if [[ " \$* " == $1 ]]; then $2; fi
		exec "\$REAL" "\$@"
	S
	chmod +x "$T/detbuild"
}

@test "random calls: each kind of difference is found, and each end that is none" {
	faulty '*" --executor=ptrace "*' 'set -- "${@:1:1}" --epoch @5 "${@:2}"'
	DETBUILD=$T/detbuild random -n 1 --from 3 time
	[[ $status -eq 1 && $output == *"seed 3: executors"* ]]
	faulty '*" --executor=ptrace --log "*' '"$REAL" "$@"; echo >>"$7"; exit'
	DETBUILD=$T/detbuild random -n 1 --from 3 -c 20 time
	[[ $status -eq 1 && $output == *"seed 3: logs"* ]]
	faulty '*" --sched-seed="*' 'set -- "${@:1:1}" --seed "$RANDOM" "${@:2}"'
	DETBUILD=$T/detbuild random -n 1 --from 2 getrandom
	[[ $status -eq 1 && $output == *"seed 2: chaos"* ]]
	random -n 1 no_such_family
	[[ $status -eq 1 && $output == *"seed 1: end: agent:  end 2"* ]]
}
