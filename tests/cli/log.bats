# The event log: --log, `detbuild log print`, `detbuild log stat`.
load ../lib/common

@test "a traced run writes a log that prints as lines" {
	requires userns overlay
	detbuild_run --log a.log.bin -- sh -c 'date > out; cat /etc/passwd > /dev/null'
	detbuild_run log print a.log.bin
	expect out '^# seed 0, epoch [0-9]+, options: '
	expect out 'exec /[^ ]*/date date'
	expect out 'openat\(AT_FDCWD, .*/etc/passwd'
	expect out 'write\(1, .* #[0-9a-f]{32}'
	expect out 'exited with 0'
	[[ $output != *$'\e'* ]]
}

@test "log print filters by task and by call, and refuses an unknown call" {
	requires userns overlay
	detbuild_run --log a.log.bin -- sh -c 'date; date'
	detbuild_run log print --syscall exit_group a.log.bin
	[[ $(grep -c 'exit_group' <<<"$output") == $(grep -vc '^#' <<<"$output") ]]
	detbuild_run log print --task 1 a.log.bin
	[[ $(grep -v '^#' <<<"$output" | grep -cv '^[0-9]* \[1 ') == 0 ]]
	detbuild_run 2 log print --syscall no_such_call a.log.bin
	expect err "no system call 'no_such_call'"
}

@test "log print --json and log stat --json are JSON" {
	requires userns overlay python3
	detbuild_run --log a.log.bin -- true
	detbuild_run log print --json a.log.bin
	python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["complete"] and d["events"][0]["event"] == 0' <<<"$output"
	detbuild_run log stat --json a.log.bin
	python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["events"] == sum(d[k] for k in ("syscall fork exec exit signal note").split())' <<<"$output"
}

@test "log stat counts calls and tasks" {
	requires userns overlay
	detbuild_run --log a.log.bin -- sh -c 'date; date'
	detbuild_run log stat a.log.bin
	expect out '[0-9]+ events, [0-9]+ tasks'
	expect out ' openat'
	expect out ' date'
}

@test "two equal runs write equal logs" {
	requires userns overlay
	detbuild_run --log a.log.bin -- sh -c 'ls -la /; date; head -c 20 /dev/urandom | od'
	detbuild_run --log b.log.bin -- sh -c 'ls -la /; date; head -c 20 /dev/urandom | od'
	cmp a.log.bin b.log.bin
}

@test "a cut log, another file and no file are told apart" {
	requires userns overlay
	detbuild_run --log a.log.bin -- true
	head -c 300 a.log.bin >cut.log.bin
	detbuild_run 2 log print cut.log.bin
	expect err 'is cut short after [0-9]+ events'
	expect out '\[1 '
	printf 'hello, this is no log\n' >text
	detbuild_run 2 log print text
	expect err 'text is not an event log'
	detbuild_run 2 log stat missing
	expect err 'cannot read the log missing: No such file'
	cp a.log.bin bad.log.bin
	printf '\377' | dd of=bad.log.bin bs=1 seek=200 conv=notrunc status=none
	detbuild_run 2 log stat bad.log.bin
	expect err 'bad.log.bin is (damaged|cut short)'
}

@test "log explains wrong use" {
	detbuild_run 2 log
	expect err "'print' or 'stat'"
	detbuild_run 2 log show x
	expect err "'show' is neither"
}

@test "--stack-at shows who makes a call of the log, ends the run there, and finds the same again" {
	requires userns overlay cc
	cat >p.c <<-'END'
		#include <unistd.h>
		__attribute__((noinline)) void says(const char *s) { if (write(1, s, 2) != 2) _exit(1); __asm__ volatile(""); }
		__attribute__((noinline)) void outer(void) { says("a\n"); says("b\n"); __asm__ volatile(""); }
		int main(void) { outer(); return 0; }
	END
	cc -O1 -o p p.c
	detbuild_run --log ../whole -- ./p
	same "$output" $'a\nb'
	detbuild_run log print --syscall write ../whole
	at=$(sed -n '3s/^\([0-9]*\) .*/\1/p' <<<"$output")
	detbuild_run 12 --log ../part --stack-at "$at" --report ../report -- ./p
	same "$output" $'a\nb'
	expect err 'thread 1 was here:'
	expect err '#1 0x[0-9a-f]+ says\+0x[0-9a-f]+ \(/build/source/p\+0x'
	expect err '#2 0x[0-9a-f]+ outer\+0x'
	expect err '#3 0x[0-9a-f]+ main\+0x'
	grep -q '"end": "stack"' ../report
	cp ../part ../before
	detbuild_run 12 --log ../part --stack-at "$at" -- ./p
	cmp ../part ../before
	detbuild_run log print ../part
	expect out "note: 'stack #2 0x[0-9a-f]+ outer"
	detbuild_run --log ../part --stack-at 100000 -- ./p
	expect err 'event 100000 is no call, or the run ended before it'
	detbuild_run 2 --stack-at 5 -- ./p
	expect err 'give --log as well'
	detbuild_run 2 pkg --stack-at 5 hello
	expect err 'give --log as well'
	detbuild_run 2 rebuild --stack-at 5 hello
	expect err 'rebuild takes no --stack-at'
}
