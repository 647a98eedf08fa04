# `detbuild diff`: the first event in which two runs differ.
load ../lib/common

record() { # record NAME SEED COMMAND
	detbuild_run --seed "$2" --log "$1" -- sh -c "$3"
}

@test "equal runs: status 0 and one line" {
	requires userns overlay
	record a.log.bin 0 'echo hello > x'
	record b.log.bin 0 'echo hello > x'
	detbuild_run diff a.log.bin b.log.bin
	expect out 'all [0-9]+ events are equal'
}

@test "different inputs: the event, its process, ancestors, call and what differs" {
	requires userns overlay
	printf 'one\n' >input
	record a.log.bin 0 'sleep 0; cat input > /dev/null'
	printf 'two\n' >input
	record b.log.bin 0 'sleep 0; cat input > /dev/null'
	detbuild_run 1 diff a.log.bin b.log.bin
	expect out 'first difference at event [0-9]+'
	expect out 'process: .*cat input'
	expect out 'parent: .*sh -c'
	expect out 'differs in: bytes moved'
	expect out 'A [0-9]+ \[[0-9]+ cat\] read\(3, '
	expect out 'B [0-9]+ \[[0-9]+ cat\] read\(3, '
	detbuild_run 1 diff --context 0 a.log.bin b.log.bin
	[[ $(grep -c '^    ' <<<"$output") == 0 ]]
}

@test "another seed is said to be another input" {
	requires userns overlay
	record a.log.bin 0 'head -c 4 /dev/urandom > x'
	record b.log.bin 1 'head -c 4 /dev/urandom > x'
	detbuild_run 1 diff a.log.bin b.log.bin
	expect out 'asked for different things'
	expect out 'B seed 1'
}

@test "--json is JSON in both cases" {
	requires userns overlay python3
	record a.log.bin 0 'echo one > x'
	record b.log.bin 0 'echo two > x'
	detbuild_run 1 diff --json a.log.bin b.log.bin
	python3 -c 'import json, sys; d = json.load(sys.stdin); assert not d["same"] and d["a"]["event"]["event"] == d["equal_events"]' <<<"$output"
	detbuild_run diff --json a.log.bin a.log.bin
	python3 -c 'import json, sys; assert json.load(sys.stdin)["same"]' <<<"$output"
}

@test "directories are compared log by log" {
	requires userns overlay
	mkdir -p 1/sub 2/sub
	record 1/sub/x.log.bin 0 'echo one > x'
	cp 1/sub/x.log.bin 2/sub/
	cp 1/sub/x.log.bin 1/y.log.bin
	cp 1/sub/x.log.bin 2/y.log.bin
	detbuild_run diff 1 2
	expect out 'all 2 logs are equal'
	record 2/y.log.bin 0 'echo two > x'
	detbuild_run 1 diff 1 2
	expect out 'A: 1/y.log.bin'
	rm 2/y.log.bin
	detbuild_run 1 diff 1 2
	expect out 'only the first run has the log y.log.bin'
	mkdir 3
	detbuild_run 2 diff 1 3
	expect err 'there is no event log'
}

@test "a cut log is trouble, not a difference" {
	requires userns overlay
	record a.log.bin 0 'echo one > x'
	head -c 400 a.log.bin >b.log.bin
	detbuild_run 2 diff a.log.bin b.log.bin
	expect err 'cut short'
	expect out 'equal up to event'
}

@test "diff explains wrong use" {
	detbuild_run 2 diff
	detbuild_run 2 diff one
	expect err 'takes two runs'
	detbuild_run 2 diff /etc /etc/passwd
	expect err 'is a directory'
}
