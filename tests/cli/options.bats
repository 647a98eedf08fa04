# The command line: verbs, options, defaults, exit codes, help.
load ../lib/common

@test "without arguments it says what to do and ends with 2" {
	detbuild_run 2
	expect err 'no verb and no command'
	expect err 'hint: .*detbuild help'
	[[ -z $output ]]
}

@test "--version prints one line" {
	detbuild_run --version
	expect out '^detbuild [0-9][0-9.]*$'
}

@test "--help names every verb, and each verb explains itself on standard output" {
	detbuild_run --help
	local general=$output verb summary
	detbuild_run help --list
	while IFS=$'\t' read -r verb summary; do
		[[ $general == *"  $verb "*"$summary"* ]]
		run --separate-stderr "$DETBUILD" "$verb" --help
		[[ $status -eq 0 && $output == "usage: detbuild $verb "* && $output == *--verbose* && -z $stderr ]]
		run --separate-stderr "$DETBUILD" help "$verb"
		[[ $status -eq 0 && $output == "usage: detbuild $verb "* ]]
	done <<<"$output"
}

@test "every verb has a man page without warnings" {
	requires mandoc
	local verb
	detbuild_run help --list
	for verb in $(cut -f 1 <<<"$output"); do
		"$DETBUILD" help --man "$verb" >page.1
		run mandoc -T lint -W warning page.1
		[[ $status -eq 0 && -z $output ]]
	done
}

@test "what few runs need is not linked, and loaded from where help says" {
	local path
	detbuild_run help --libraries
	expect out '/libcrypto\.so'
	expect out '/libarchive\.so'
	expect out '/ld-linux'
	while read -r path; do
		[[ -e $path ]]
	done <<<"$output"
	! readelf -d "$DETBUILD" | grep -E 'NEEDED.*lib(crypto|archive)'
}

@test "the completion script completes verbs, options and choices" {
	"$DETBUILD" help --completion bash >completion
	complete_words() { # WORD... : the last one is being completed
		bash --norc -c 'shopt -s extglob; . ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _detbuild
			printf "%s\n" "${COMPREPLY[@]}"' - "$@"
	}
	same "$(complete_words detbuild ru)" run
	same "$(complete_words detbuild run --chr)" --chroot
	same "$(complete_words detbuild run --image-mtimes k)" keep
}

@test "an unknown option is refused with the nearest one, before anything runs" {
	detbuild_run 2 --voluem a:b -- touch "$T/ran"
	expect err 'no option --voluem'
	expect err 'did you mean --volume'
	[[ ! -e $T/ran ]]
}

@test "an unknown verb of help is refused with the nearest one" {
	detbuild_run 2 help rnu
	expect err "did you mean 'run'"
}

@test "wrong values end with 2 and say what is taken" {
	detbuild_run 2 --seed x -- true
	expect err '--seed.*takes a number'
	detbuild_run 2 --epoch tomorrow -- true
	expect err "'tomorrow' is not a time"
	detbuild_run 2 --epoch 2024-02-30 -- true
	expect err 'out of range'
	detbuild_run 2 --umask 9 -- true
	detbuild_run 2 --env =x -- true
	detbuild_run 2 --user nobody-here -- true
	expect err "has no user 'nobody-here'"
	detbuild_run 2 --volume "$T:relative" -- true
	detbuild_run 2 --volume /no/such:/x -- true
	detbuild_run 2 --volume "$T:/x:rx" -- true
	detbuild_run 2 --directory relative -- true
	detbuild_run 2 --image-mtimes never -- true
	expect err 'canonical.keep'
	detbuild_run 2 --pid-offset 3 -- true
	expect err 'native'
	detbuild_run 2 --native --boottime-offset 500ms -- true
	expect err 'whole seconds'
	detbuild_run 2 --strict
	expect err 'no command'
	SOURCE_DATE_EPOCH=now detbuild_run 2 -- true
	expect err SOURCE_DATE_EPOCH
}

@test "a chroot that does not exist is refused with what to do" {
	XDG_CACHE_HOME=$T/cache detbuild_run 2 --chroot no-such -- true
	expect err "no chroot 'no-such'"
	expect err 'detbuild chroot create no-such'
	detbuild_run 2 --chroot ./no/such -- true
	expect err 'not a directory'
}

@test "an empty command, a directory that is not in the box, a file that the machine has not: status 2" {
	requires userns overlay
	detbuild_run 2 -- ''
	expect err 'its name is empty'
	detbuild_run 2 -C /nosuch -- true
	expect err 'the directory /nosuch does not exist in the box'
	detbuild_run 2 machine /nosuch
	expect err "begins with '/nosuch'"
	detbuild_run machine /proc/version
	expect out '^Linux version'
}

@test "the word run may be left out, and -- says that a command is meant" {
	detbuild_run run -- echo a b
	same "$output" "a b"
	detbuild_run echo a -n b
	same "$output" "a -n b"
	mkdir bin
	printf '#!/bin/sh\necho the command log\n' >bin/log
	chmod +x bin/log
	detbuild_run --env PATH=/build/source/bin -- log
	same "$output" "the command log"
}

@test "the exit status is the command's" {
	detbuild_run 0 -- true
	detbuild_run 3 -- sh -c 'exit 3'
	detbuild_run 137 -- sh -c 'kill -9 $$'
	detbuild_run 143 -- sh -c 'kill -15 $$'
}

@test "on success nothing is added to the command's output" {
	detbuild_run -- sh -c 'echo out; echo err >&2'
	same "$output" out
	same "$stderr" err
}

@test "the environment is a fixed list" {
	LEAK=1 LANG=de_DE.UTF-8 TZ=Asia/Tokyo detbuild_run -- env
	local want='GOMP_SPINCOUNT=0
HOME=/root
KMP_BLOCKTIME=0
LANG=C.UTF-8
LC_ALL=C.UTF-8
LOGNAME=root
OMP_WAIT_POLICY=passive
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
SHELL=/bin/sh
SOURCE_DATE_EPOCH=1704067200
TERM=dumb
TZ=UTC
USER=root'
	same "$(sort <<<"$output")" "$want"
}

@test "what the caller may pass on: three variables and --env" {
	DEB_BUILD_OPTIONS=nocheck SOURCE_DATE_EPOCH=1000000000 MINE=yes \
		detbuild_run --env MINE --env ABSENT --env TZ=CET -- env
	expect out 'DEB_BUILD_OPTIONS=nocheck'
	expect out 'SOURCE_DATE_EPOCH=1000000000'
	expect out 'MINE=yes'
	expect out 'TZ=CET'
	[[ $output != *ABSENT* ]]
	SOURCE_DATE_EPOCH=1000000000 detbuild_run --epoch 2020-02-02 -- date +%F
	same "$output" 2020-02-02
}

@test "the current directory is writable at the build path and its new files belong to the caller" {
	echo in >input
	detbuild_run -- sh -c 'pwd; cat input; echo made >output'
	same "$output" $'/build/source\nin'
	same "$(cat output)" made
	same "$(stat -c %u:%g output)" "$(id -u):$(id -g)"
	detbuild_run --build-path /srv/here -- pwd
	same "$output" /srv/here
	detbuild_run --directory /usr -- pwd
	same "$output" /usr
	detbuild_run --no-cwd -- sh -c 'pwd; test ! -e /build/source'
	same "$output" /
}

@test "the same as an ordinary user" {
	requires user
	echo in >input
	as_user_run -- sh -c 'id -u; cat input; echo made >output'
	same "$output" $'0\nin'
	same "$(stat -c %U output)" "$DETBUILD_TEST_USER"
	as_user_run 3 -- sh -c 'exit 3'
}

@test "volumes are read-only unless :rw" {
	mkdir a b
	echo text >a/file
	detbuild_run --volume "$T/a:/volumes/a" --volume "$T/b:/volumes/b:rw" -- sh -c 'cp /volumes/a/file /volumes/b/; cat /volumes/a/file; touch /volumes/a/x || echo denied'
	expect out $'text\ndenied'
	same "$(cat b/file)" text
}

@test "user, umask and host name" {
	detbuild_run -- sh -c 'id -u; umask; uname -n'
	same "$output" $'0\n0022\ndetbuild'
	detbuild_run --user 1234:77 --umask 077 --hostname elsewhere --no-cwd -- sh -c 'id -u; id -g; umask; uname -n; id -un'
	same "$output" $'1234\n77\n0077\nelsewhere\nbuilder'
	detbuild_run --user builder --no-cwd -- sh -c 'id -un; id -g; echo $HOME $USER'
	same "$output" $'builder\n1000\n/nonexistent builder'
}

@test "standard input is empty unless asked for" {
	detbuild_run -- wc -c
	same "$output" 0
	run bash -c "echo hello | '$DETBUILD' --stdin -- cat"
	same "$output" hello
}

@test "--report tells how the run ended, as JSON" {
	requires python3
	detbuild_run 3 --report report.json -- sh -c 'exit 3'
	run python3 -c '
import json
r = json.load(open("report.json"))
assert r["command"] == ["sh", "-c", "exit 3"], r
assert r["end"] == "exited" and r["status"] == 3 and r["exit_status"] == 3, r
assert r["traced"] is True and r["stats"]["processes"] >= 1, r
print("good")'
	same "$output" good
}

@test "--native is the same box without the tracer" {
	detbuild_run --native -- sh -c 'pwd; exit 0'
	same "$output" /build/source
	detbuild_run --native -- date +%Y
	[[ $output != 2024 ]]
}

@test "a time limit ends the run with 124; one that no clock reaches is none" {
	local native
	for native in '' --native; do
		detbuild_run 124 $native --timeout 200ms -- sh -c 'while :; do :; done'
		expect err 'the time limit was reached'
		detbuild_run $native --timeout 4000000h -- true # in nanoseconds more than a signed number holds
	done
}

@test "a misspelt verb is a command that does not exist, and the hint names the verb" {
	requires userns overlay
	detbuild_run 127 verfy hello
	expect err "did you mean the verb 'verify'"
	detbuild_run 127 -- verfy hello
	[[ $stderr != *'did you mean'* ]]
}

@test "output that cannot be written is an error, a reader that stops is none" {
	requires userns overlay
	run --separate-stderr bash -c '"$DETBUILD" -- sh -c "echo x; exit 3" >/dev/full'
	same "$status" 4
	expect err 'could not be written in full: No space left'
	run bash -c '"$DETBUILD" -- yes | head -n 1'
	same "$output" y
	mkdir -p here
	cd here
	local words
	for words in machine --version --help 'help verify' 'chroot list' 'chroot list --json' 'verify --vary=none -- true'; do
		run --separate-stderr bash -c "\"\$DETBUILD\" $words >/dev/full"
		same "$words: $status" "$words: 4"
		expect err 'cannot write to standard output'
	done
}

@test "an event log that cannot be written: status 2 before the run, 4 for want of room" {
	requires userns overlay
	detbuild_run 2 --log /nosuch/log -- touch ran
	expect err 'cannot create the event log /nosuch/log'
	[[ ! -e ran ]]
	detbuild_run 4 --log /dev/full -- true
	expect err 'No space left'
}

@test "options that only some verbs have are not offered by the others, which have their own defaults" {
	local verb name
	for verb in pkg rebuild verify; do
		for name in stdin upper no-cwd in-place; do
			detbuild_run 2 "$verb" "--$name=yes" x
			expect err "$verb takes no --$name"
		done
		"$DETBUILD" help "$verb" >text
		run ! grep -E -- '^  (-.,|   ) --(stdin|upper|no-cwd|in-place)( |$)' text
		same "$(grep -c -- '--chroot NAME|DIR' text)" 1
		grep -A2 -- '--chroot NAME|DIR' text | grep -q bookworm
		grep -A2 -- '--user ' text | grep -q builder
	done
	detbuild_run 2 explain --in-place -- true
	expect err 'explain takes no --in-place'
	detbuild_run 2 pkg -C / x
	printf '[pkg]\nstdin = yes\n' >"$T/config"
	DETBUILD_CONFIG=$T/config detbuild_run 2 pkg x
	expect err "no option 'stdin'"
	"$DETBUILD" help run | grep -A2 -- '--user ' | grep -q 'default: root'
}

@test "user namespaces switched off: status 4 and what to do" {
	requires userns overlay
	run --separate-stderr unshare -r sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$DETBUILD" -- true'
	same "$status" 4
	expect err 'sysctl -w user.max_user_namespaces'
}

@test "a call without a row ends a strict run, told by its number" {
	requires userns overlay perl
	detbuild_run 5 --strict -- perl -e 'syscall(999)'
	expect err 'refused system call 999'
	detbuild_run --report r.json -- perl -e 'syscall(999); syscall(425, 1, 0)'
	python3 -c 'import json; d = json.load(open("r.json")); assert d["stats"]["unknown"] == 1 and d["refusals"] == [{"call": "io_uring_setup", "count": 1}]'
}

@test "a relaxation warns once, is in the report and in the log's header; without one nothing is" {
	local json relaxed
	detbuild_run --report plain.json --log plain.log -- true
	[[ -z $stderr ]]
	json=$(tr -d ' \n' <plain.json)
	[[ $json == *'"relaxed":[]'* ]]
	"$DETBUILD" log print plain.log >plain.txt
	grep -q '^# .* relaxed=nothing' plain.txt
	for relaxed in network real-proc aslr epoch; do
		if [[ $relaxed == epoch ]]; then set -- --epoch now; else set -- "--$relaxed"; fi
		detbuild_run "$@" --report some.json --log some.log -- true
		expect err "relaxed: $relaxed"
		json=$(tr -d ' \n' <some.json)
		[[ $json == *"\"relaxed\":[\"$relaxed\"]"* ]]
		"$DETBUILD" log print some.log >some.txt
		grep -q "^# .* relaxed=$relaxed\$" some.txt
	done
}

@test "--aslr and --real-proc let the host show, and without them it does not" {
	local a b
	detbuild_run --aslr -- tail -n 1 /proc/self/maps; a=$output
	detbuild_run --aslr -- tail -n 1 /proc/self/maps; b=$output
	[[ $a != "$b" ]]
	detbuild_run -- tail -n 1 /proc/self/maps; a=$output
	detbuild_run -- tail -n 1 /proc/self/maps; b=$output
	same "$a" "$b"
	detbuild_run --real-proc -- cat /proc/sys/kernel/osrelease
	same "$output" "$(uname -r)"
	detbuild_run -- cat /proc/sys/kernel/osrelease
	[[ $output != "$(uname -r)" ]]
}

@test "the zsh completion is whole, and zsh reads it" {
	requires zsh
	"$DETBUILD" help --completion zsh >_detbuild
	zsh -n _detbuild
	run zsh -f -c 'autoload -Uz compinit; compinit -u -D; . ./_detbuild; print $_comps[detbuild]'
	same "$output" _detbuild
	grep -q -- "'--source-mtimes=\[.*\]:source-mtimes:(canonical keep)'" _detbuild
	grep -q -- "'\*--env=\[" _detbuild
	run ! grep -q -- "'--machine" _detbuild
}
