#!/usr/bin/env bats
# Threads that wait in loops without any system call, while their state changes: proven, counted, met again at the same count. And
# loops that only look so.

load ../lib/common
load ../lib/twice

bats_require_minimum_version 1.5.0

setup_file() { twice_setup_file; }
teardown_file() { twice_teardown_file; }

@test "every guest of this family has a test" { twice_all_named "$BATS_TEST_FILENAME" loop; }
@test "loop_asking" { twice loop_asking; }
@test "loop_pushf" { twice loop_pushf; }
@test "loop_ids" { twice loop_ids; }
@test "loop_compute" { twice loop_compute; }
@test "loop_counting" { twice loop_counting; }
@test "loop_kinds" { twice loop_kinds; }
@test "loop_long_name" { twice loop_long_name; }
@test "loop_never" { twice loop_never; }

# in_box ARG...: the options that show the guests.
guests=(--volume "$BUILD/tests/guests:/opt/guests")

@test "a run that has written nothing begins anew, and counts; each time with the same events" {
	for k in 1 2; do
		detbuild_run --no-cwd --log "$T/log.$k" --report "$T/report" "${guests[@]}" -- /opt/guests/loop_kinds
		expect err 'the run begins anew'
		expect out '^100 100 300 151 $'
		"$DETBUILD" log print "$T/log.$k" >"$T/text.$k"
		cmp "$T/text.1" "$T/text.$k"
		grep -q '"counted_loops": *"0x[0-9a-f]* /opt/guests/loop_kinds, 0x' "$T/report"
	done
	detbuild_run diff "$T/log.1" "$T/log.2"
}

@test "a run that could have written something ends with status 9 and says how to go on" {
	mkdir tree && cd tree
	detbuild_run 9 "${guests[@]}" -- /opt/guests/loop_counting
	expect err "run it again with --spin-hints FILE, where FILE holds the line '0x[0-9a-f]* /opt/guests/loop_counting'"
	detbuild_run 9 --spin-hints ../hints "${guests[@]}" -- /opt/guests/loop_counting
	expect err 'the same command again counts its rounds'
	grep -qx '0x[0-9a-f]* /opt/guests/loop_counting' ../hints
	detbuild_run --spin-hints ../hints "${guests[@]}" -- /opt/guests/loop_counting
	same "$output" $'200\n200\n200\n200'
	[[ -z $stderr ]]
	sed 's/loop_counting/another/' ../hints >../others # the control: other programs' hints do not matter
	detbuild_run 9 --spin-hints ../others "${guests[@]}" -- /opt/guests/loop_counting
	echo 'nonsense' >../hints
	detbuild_run 2 --spin-hints ../hints "${guests[@]}" -- true
	expect err "'nonsense' is not an address and a program's path"
}

@test "verify learns once, for all its runs" {
	mkdir tree && cd tree
	detbuild_run verify --runs 2 --vary load "${guests[@]}" -- /opt/guests/loop_counting
	expect out 'reproducible: '
}

@test "threads that count and wait for each other for ever are a deadlock" {
	detbuild_run 6 --no-cwd "${guests[@]}" -- /opt/guests/loop_never x
	expect err 'waits for memory to change'
}

@test "a long computation beside others is neither interrupted nor restarted" {
	detbuild_run --no-cwd "${guests[@]}" -- /opt/guests/loop_compute
	[[ -z $stderr ]]
}

@test "--branches: a warning where the processor has no counter, status 4 with --strict" {
	if [[ -e /sys/bus/event_source/devices/cpu/events/branches || -e /sys/bus/event_source/devices/cpu_core ]]; then
		detbuild_run --branches 1000000 --no-cwd "${guests[@]}" -- /opt/guests/thread_lost
		first=$output
		detbuild_run --branches 1000000 --no-cwd "${guests[@]}" -- /opt/guests/thread_lost
		same "$output" "$first"
	else
		detbuild_run --branches 1000000 --no-cwd --report "$T/report" -- true
		same "$(grep -c 'no effect' <<<"$stderr")" 1
		grep -q '"branches": *0' "$T/report"
		detbuild_run 4 --strict --branches 1000000 --no-cwd -- true
		expect err 'branches'
		expect err 'leave --branches out'
	fi
}
