#!/usr/bin/env bats
# --sched-seed and --quantum: other orders of threads, each repeatable; faults of order found by a seed and met again with it.

load ../lib/common

bats_require_minimum_version 1.5.0

run_guest() { # SEED NAME [ARG]...
	local seed=$1 name=$2
	shift 2
	detbuild_run --sched-seed "$seed" --volume "$BUILD/tests/guests:/opt/guests" --log "$T/log" -- "/opt/guests/$name" "$@"
}

# found NAME WORD: prints the first seed below 400 (rare faults need a hundred) with which the guest says WORD.
found() {
	local seed
	for ((seed = 1; seed < 400; seed++)); do
		run_guest "$seed" "$1" x
		[[ $output != "$2" ]] || { echo "$seed"; return 0; }
	done
	echo "no seed made $1 say '$2'" >&2
	return 1
}

@test "without a seed the faults of order stay hidden" {
	run_guest 0 sched_violation x
	expect out '^in order$'
	run_guest 0 sched_lost x
	expect out '^whole$'
}

@test "a seed finds an order violation, and finds it again" {
	seed=$(found sched_violation violated)
	for _ in 1 2 3 4 5; do
		run_guest "$seed" sched_violation x
		expect out '^violated$'
	done
}

@test "a seed loses an addition between a read and a write, and loses it again" {
	seed=$(found sched_lost lost)
	for _ in 1 2 3 4 5; do
		run_guest "$seed" sched_lost x
		expect out '^lost$'
	done
}

@test "one seed, one log in 20 runs, half of them on a busy machine; different seeds, different logs" {
	local seed k all=()
	for seed in 3 4 5; do
		for ((k = 0; k < 20; k++)); do
			if ((k == 10)); then
				timeout 60 sh -c 'while :; do :; done' 3>&- &
				busy=$!
			fi
			run_guest "$seed" thread_lost
			"$DETBUILD" log print "$T/log" | sha256sum >"$T/$seed.$k"
			cmp "$T/$seed.0" "$T/$seed.$k"
		done
		kill "$busy"
		all+=("$(cat "$T/$seed.0")")
	done
	[[ ${all[0]} != "${all[1]}" && ${all[1]} != "${all[2]}" && ${all[0]} != "${all[2]}" ]]
}

@test "--quantum changes how long a turn is, and is in the report and in the log" {
	for n in 10 5000; do
		detbuild_run --quantum $n --report "$T/report" --log "$T/log" --volume "$BUILD/tests/guests:/opt/guests" -- /opt/guests/sched_turns
		echo "$output" >"$T/out.$n"
		grep -q "\"quantum\": *$n" "$T/report"
		grep -aq "quantum=$n" "$T/log"
	done
	[[ $(cat "$T/out.10") -gt $(cat "$T/out.5000") ]]
}

@test "a package's or a command's verification passes the schedule on" {
	mkdir tree && cd tree
	detbuild_run verify --runs 2 --vary none --sched-seed 5 --volume "$BUILD/tests/guests:/opt/guests" -- /opt/guests/sched_order
	expect out 'reproducible'
}
