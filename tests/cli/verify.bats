# `detbuild verify -- COMMAND`, its options and what it says. Packages are in tests/pkg.
load ../lib/common

setup() {
	common_setup
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	mkdir -p "$XDG_CACHE_HOME"
	printf 'int main(void) { return __TIME__[0]; }\n' >a.c
}

@test "a traced command is reproducible, and nothing is left" {
	requires userns overlay
	detbuild_run verify --runs 3 -- sh -c 'date > out; ls -la > list; head -c 8 /dev/urandom > random; hostname; id; env; umask >&2'
	expect out '✓ tree/out [0-9a-f]{64}'
	expect out '✓ stdout '
	expect out '✓ stderr '
	expect out '✓ exit-status '
	expect out '1 source files unchanged'
	expect out 'reproducible: .* artefacts identical in 3 runs$'
	[[ -z $(ls "$XDG_CACHE_HOME/detbuild/verify") ]]
	[[ ! -e out ]]
}

@test "the control without the tracer differs, and says how and where" {
	requires userns overlay
	detbuild_run 1 verify --native --no-diffoscope -- sh -c 'date > out; hostname; mkdir d; tar cf t.tar --mtime=@0 out'
	expect out '✗ stdout differs between run 1 and run 2'
	expect out '✗ tree/out differs'
	expect out 'line 1: '
	expect out 'out: content: '
	expect out 'to repeat one run:'
	expect out 'not reproducible: .* differ in 2 runs \(native'
	[[ -f $(echo "$XDG_CACHE_HOME"/detbuild/verify/command-*/run-1/tree/out) ]]
}

@test "the printed command repeats a run" {
	requires userns overlay
	detbuild_run 1 verify --native --no-diffoscope --vary=none -- sh -c 'date +%N'
	local line
	line=$(grep -m 1 '^  (t=' <<<"$output")
	run bash -c "$line"
	[[ $status -eq 0 && $output =~ ^[0-9]+$ ]]
}

@test "the exit status of a command is an artefact" {
	requires userns overlay
	mkdir in door && cd in
	detbuild_run 1 verify --native --no-diffoscope --vary=none -j 1 --volume "$T/door:/srv:rw" -- sh -c 'mkdir /srv/one'
	expect out '✗ exit-status differs between run 1 and run 2'
	expect out 'not reproducible: '
}

@test "a command that fails alike in all runs is no reproducible build" {
	requires userns overlay python3
	detbuild_run 3 verify --vary=none -- sh -c 'echo partial >out; printf "it \33[31mbroke\n" >&2; exit 7'
	expect out '✓ exit-status'
	expect out '✓ tree/out'
	expect out 'kept in .*: run-1 run-2'
	expect out 'to repeat one run:'
	expect out 'failed: .*: the command failed alike in all runs \(status 7\)$'
	expect err 'it \?\[31mbroke'
	[[ $output$stderr != *reproducible:* ]]
	detbuild_run 3 verify --vary=none -- mkae
	expect out 'failed: mkae: the command failed alike in all runs \(status 127\)$'
	detbuild_run 3 verify --vary=none --json -- sh -c 'kill -KILL $$'
	python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["verdict"] == "failed" and [r["exit_status"] for r in d["runs"]] == [137, 137] and d["differing"] == 0' <<<"$output"
}

@test "a command that fails in all runs, each time otherwise, differs" {
	requires userns overlay
	detbuild_run 1 verify --native --no-diffoscope --vary=none -- sh -c 'date +%N >out; exit 4'
	expect out 'the command failed in all runs \(status 4\)'
	expect out 'not reproducible: '
}

@test "runs that detbuild itself ended, or could not make, have no verdict" {
	requires userns overlay
	detbuild_run 124 verify --vary=none -t 1s -- sh -c 'while :; do :; done'
	expect err 'run 1 of 2 ended with status 124'
	detbuild_run 5 verify --vary=none --strict -- unshare true
	expect err 'run 1 of 2 ended with status 5'
	expect err 'ended with status 5; see .*/stderr'
	expect err "hint: all that was built is kept in $XDG_CACHE_HOME/detbuild/verify/"
	[[ ${stderr##*$'\n'} == 'to repeat it: '* ]] # what went wrong comes first
	detbuild_run 2 verify --vary=none -C /nosuch -- true
	expect err '/nosuch'
	expect err 'ended with status 2 before anything was built$'
	[[ $stderr != *'to repeat it'* ]]
	same "$(ls "$XDG_CACHE_HOME/detbuild/verify" | wc -l)" 2 # of the two above
	[[ $output != *reproducible* ]]
}

@test "--vary: additive by default, exact lists, none, mistakes" {
	requires userns overlay
	detbuild_run verify --vary=-timezone,-load -- true
	[[ $output != *timezone* && $output != *' load '* ]]
	expect out '  umask '
	detbuild_run verify --vary=umask,locale -- true
	expect out '  umask '
	expect out '  locale '
	[[ $output != *hostname* ]]
	detbuild_run verify --vary=none -- true
	expect out 'varied: nothing'
	detbuild_run 2 verify --vary=-all -- true
	expect err 'would vary nothing'
	detbuild_run 2 verify --vary=+moon -- true
	expect err "no variation '\+moon'"
	expect err 'timezone'
}

@test "--json writes only JSON on standard output" {
	requires userns overlay python3
	detbuild_run verify --json -- sh -c 'date > out'
	python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["verdict"] == "reproducible" and len(d["runs"]) == 2 and d["runs"][1]["varied"]["umask"] == "0002"
assert [f for f in d["files"] if f["name"] == "tree/out"][0]["sha256"][0] is not None' <<<"$output"
}

@test "--output and --keep keep the results; the next verification does not take them for its own" {
	requires userns overlay
	mkdir in && cd in
	detbuild_run verify --keep --vary=none --output ../kept -- sh -c 'echo 1 > one'
	[[ -f ../kept/run-1/tree/one && -f ../kept/run-2/stdout ]]
	detbuild_run verify --keep --vary=none --output ../kept -- sh -c 'echo 2 > two'
	[[ -f ../kept/run-2/tree/two && ! -e ../kept/run-2/tree/one ]]
	detbuild_run 2 verify --output ./kept -- true
	expect err 'would lie in the tree'
}

@test "--keep-logs leaves logs that diff compares" {
	requires userns overlay
	mkdir in && cd in
	detbuild_run verify --keep-logs --output ../kept -- sh -c 'date > out'
	detbuild_run diff ../kept/logs-1 ../kept/logs-2
	expect out 'logs are equal'
}

@test "a difference under the tracer shows the first event" {
	requires userns overlay
	# The one door that is open on purpose: a volume with a file that changes between runs.
	mkdir in door && cd in
	printf '#!/bin/sh\ndate +%%N >%q\n' "$T/door/stamp" >"$T/change"
	chmod +x "$T/change"
	"$T/change"
	(while sleep 0.3; do "$T/change"; done) &
	local changer=$!
	detbuild_run 1 verify --no-diffoscope --volume "$T/door:/srv" -- sh -c 'cat /srv/stamp > out'
	kill "$changer"
	expect out '✗ tree/out differs'
	expect out 'first difference at event'
	expect out 'process: .*cat /srv/stamp'
}

@test "an interrupted verification leaves nothing" {
	requires userns overlay
	"$DETBUILD" verify --native --vary=none -- sleep 1000 >/dev/null 2>&1 &
	local pid=$!
	for _ in {1..50}; do
		pgrep -P "$pid" >/dev/null && break
		sleep 0.1
	done
	sleep 0.5
	kill -TERM "$pid"
	wait "$pid" || [[ $? -eq 143 ]]
	[[ -z $(ls "$XDG_CACHE_HOME/detbuild/verify") ]]
	[[ -z $(pgrep -f "$XDG_CACHE_HOME") ]]
}

@test "more than can be compared is told, not hashed" {
	requires userns overlay
	detbuild_run 3 verify --vary=none -- truncate -s 1T giant
	expect err 'with tree/giant \(1099511627776 bytes\) there is more to compare than 128 GiB'
	# shellcheck disable=SC2016 # expanded in the box
	detbuild_run 3 verify --vary=none -- sh -c 'for i in $(seq 250); do mkdir d && cd d; done'
	expect err 'more than 200 directories in each other are not compared$'
	[[ $stderr != *symbolic* ]]
}

@test "sources that cannot be read or copied: status 2" {
	requires user userns overlay
	echo secret >unreadable
	chmod 000 unreadable
	as_user_run 2 verify --vary=none -- true
	expect err 'cannot read unreadable'
	expect err 'hint: start it in a directory that holds the sources alone'
}

@test "what a command leaves closed to its owner is compared like everything, with its mode" {
	requires user userns overlay
	as_user_run verify -- sh -c 'mkdir -p d/e; echo 1 >d/e/f; chmod 0 d/e/f d/e d; echo 2 >g; chmod 0 g; mkdir x; echo 3 >x/y; chmod 600 x'
	expect out '✓ tree/d/e/f [0-9a-f]{64}'
	expect out '✓ tree/g [0-9a-f]{64}'
	expect out '✓ tree/x/y [0-9a-f]{64}'
	as_user_run 1 verify --native --no-diffoscope -- sh -c 'mkdir d; chmod 0 d; [ "$(umask)" = 0022 ] || chmod 400 d'
	expect out 'tree/d differs'
	expect out 'mode: 0000 / 0400'
}

@test "what a killed verification left is removed by the next, what was kept is not" {
	requires userns overlay
	detbuild_run 3 verify --vary=none -- false
	"$DETBUILD" verify --native --vary=none -- sleep 1000 >/dev/null 2>&1 &
	local pid=$! kept
	for _ in {1..100}; do
		[[ -n $(find "$XDG_CACHE_HOME/detbuild/verify" -name .unfinished) ]] && break
		sleep 0.1
	done
	kept=$(find "$XDG_CACHE_HOME/detbuild/verify" -name exit-status)
	[[ -n $kept ]]
	detbuild_run verify --vary=none -- true # beside a living one
	[[ $(find "$XDG_CACHE_HOME/detbuild/verify" -name .unfinished | wc -l) -eq 1 ]]
	kill -KILL "$pid"
	wait "$pid" || true
	detbuild_run verify --vary=none -- true
	expect err 'removing what an interrupted run left: '
	[[ -z $(find "$XDG_CACHE_HOME/detbuild/verify" -name .unfinished) ]]
	same "$(find "$XDG_CACHE_HOME/detbuild/verify" -name exit-status)" "$kept"
}

@test "verify explains wrong use" {
	detbuild_run 2 verify
	expect err 'takes a package'
	detbuild_run 2 verify one two
	expect err 'detbuild verify -- one'
	detbuild_run 2 verify e -- true
	expect err "'e' stands before --"
	detbuild_run 2 verify --in-place -- true
	expect err 'verify takes no --in-place'
	detbuild_run 2 verify --upper u -- true
	detbuild_run 2 verify -C / hello
	expect err 'for a command'
	detbuild_run 2 verify --runs 0 -- true
	detbuild_run 2 verify --runs 1 -- true
	expect err 'from 2 to'
	detbuild_run 2 verify --log x -- true
	expect err 'keep-logs'
	cd / && detbuild_run 2 verify -- true
	expect err 'a directory of its own'
}
