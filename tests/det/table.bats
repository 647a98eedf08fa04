#!/usr/bin/env bats
# The policy table against the guests: no row without a test. Rows that answer (DENY, FIXED) are asked for their answer; every
# other row must have been exercised by some guest of tests/guests that tests/det judges.

load ../lib/common
load ../lib/twice

setup_file() { twice_setup_file; }
teardown_file() { twice_teardown_file; }

@test "every guest of this family has a test" {
	twice_all_named "$BATS_TEST_FILENAME" table
}

@test "table_answers" { twice table_answers; }

@test "table_near" { twice table_near; }

@test "the agent answers every row that says so" {
	detbuild_run --report report --volume "$BUILD/tests/guests:/g" -- /g/table_near
	"$DETBUILD" syscalls --json >rows
	python3 -c '
import json
report = json.load(open("report"))
assert report["executor"] == "agent" and report["no_agent"] == "", report
want = {r["name"] for r in json.load(open("rows")) if r["agent"]}
got = {c["call"] for c in report["near"]}
assert want == got and len(want) > 30, want ^ got'
}

# Neither run keeps a log, so that in one of them most calls share a record with the ones before.
@test "calls in a row are counted alike by both executors" {
	local how
	for how in agent ptrace; do
		detbuild_run --executor="$how" --report "report-$how" --volume "$BUILD/tests/guests:/g" -- /g/time_row_of_calls
	done
	python3 -c '
import json
a, b = (json.load(open("report-" + how)) for how in ("agent", "ptrace"))
assert a["stats"]["near_calls"] > 5000 and a["stats"]["stops"] * 20 < b["stats"]["stops"], a["stats"]
for r in (a, b):
    del r["stats"]["stops"], r["stats"]["near_calls"]
assert a["stats"] == b["stats"] and a["stats"]["events"] > 5000, (a["stats"], b["stats"])
assert a["calls"] == b["calls"], (a["calls"], b["calls"])'
}

# untouched: KiB of the break that a program has asked for, and not used yet, which have no memory.
untouched() {
	local pid name=ahead_$1
	cp "$(guest memory_ahead)" "$name"
	mkfifo "go_$1"
	"$DETBUILD" run --executor="$1" --stdin -- "./$name" wait <"go_$1" >"said_$1" &
	exec 9>"go_$1"
	timeout 60 bash -c "until grep -qs ready 'said_$1'; do sleep 0.1; done"
	pid=$(pgrep -x "$name")
	awk '/^[0-9a-f]+-/ { heap = /\[heap\]/ } heap && /^Size:/ { size = $2 } heap && /^Rss:/ { print size - $2 }' "/proc/$pid/smaps"
	exec 9>&-
	wait %1
}

@test "memory that a program is about to use is filled by the agent" {
	requires root
	printf '%s\n' 5.14 "$(uname -r)" | sort -C -V || skip "this kernel has no MADV_POPULATE_WRITE"
	untouched agent >agent
	untouched ptrace >ptrace
	(($(<agent) < 8))
	(($(<ptrace) >= 128))
}

@test "rows that answer give the answer that they print" {
	detbuild_run --volume "$BUILD/tests/guests:/g" -- /g/table_answers
	printf '%s\n' "$output" >got
	"$DETBUILD" syscalls --json | python3 -c '
import json, sys
for row in json.load(sys.stdin):
    if "answer" in row and row["name"] not in ("uretprobe", "uprobe"):
        print(row["name"], row["answer"])' >want
	(($(wc -l <want) > 100))
	diff want got
}

@test "counting all calls changes nothing but the number of stops" {
	local how
	for how in "" --count-calls; do
		# shellcheck disable=SC2086 # none or one word
		detbuild_run $how --report "report$how" -- sh -c 'date --iso-8601=ns; (sleep 1; ls -la /proc/self/) & mkdir x; wait; date --iso-8601=ns; echo $$; rmdir x'
		printf '%s\n' "$output" >"out$how"
		python3 -c '
import json, sys
s = json.load(open(sys.argv[1]))["stats"]
print({k: v for k, v in s.items() if k not in ("stops", "near_calls")})' "report$how" >"stats$how"
	done
	diff out out--count-calls
	diff stats stats--count-calls
	python3 -c '
import json
a, b = (json.load(open(f)) for f in ("report", "report--count-calls"))
assert a["stats"]["stops"] < b["stats"]["stops"]
names = lambda r: {c["call"] for c in r["calls"]}
assert names(a) < names(b) and "close" in names(b) - names(a), (names(a), names(b))'
}

# The calls that one guest makes, counted in its report.
count_calls() {
	local name=$1 options=()
	[[ -z $(guest_note "$name" pending) && -z $(guest_note "$name" needs) ]] || return 0
	read -ra options <<<"$(guest_note "$name" options)"
	mkdir "w-$name" && cd "w-$name" || return 1
	timeout --kill-after=5 60 "$DETBUILD" "${options[@]}" --count-calls --report "../$name.json" --volume "$BUILD/tests/guests:/g" -- "/g/$name" >/dev/null 2>"../$name.err" </dev/null
	[[ -s ../$name.json ]] || { echo "$name left no report"; cat "../$name.err"; }
}

@test "every row is exercised by some guest" {
	local name
	# shellcheck disable=SC2030,SC2031 # each in its own process
	export -f count_calls guest_note
	export T
	# Those of loops end by what tests/det/loops.bats gives them only.
	# shellcheck disable=SC2016 # expanded by the inner shell
	find "$TOP/tests/guests" -name '*.c' ! -name 'hostile_*' ! -name 'loop_*' -printf '%f\n' | sed 's/\.c$//' | sort |
		xargs -n 1 -P "$(nproc)" bash -c 'cd "$T" && count_calls "$1"' count >complaints 2>&1
	cat complaints
	[[ ! -s complaints ]]
	"$DETBUILD" syscalls --json >rows
	# FIXED rows never stop and cannot be counted: the test above has asked each of them.
	python3 - ./*.json <<-'PY'
		import json, sys
		seen = {}
		for path in sys.argv[1:]:
		    for call in json.load(open(path))["calls"]:
		        seen.setdefault(call["call"], set()).add(path)
		rows = [row for row in json.load(open("rows")) if row["class"] != "FIXED"]
		missing = [f'{row["name"]} ({row["class"]})' for row in rows if row["name"] not in seen]
		print(f"{len(sys.argv) - 1} guests, {len(rows)} rows, {len(missing)} of them exercised by nobody")
		if missing:
		    sys.exit("no guest makes: " + ", ".join(missing))
	PY
}

@test "a directory has no end, and anonymous files cannot be changed, whatever the host says" {
	cp "$(guest file_seekdir)" seek
	detbuild_run -- ./seek end
	[ "${lines[0]}" = "the end: EINVAL, then at 0" ]
	[ "${lines[1]}" = "a file that all share: mode EPERM, owner EPERM, times EPERM and EPERM" ]
}

@test "timers that nobody hears do not hide a deadlock" {
	local how
	cp "$(guest time_unheard)" unheard
	for how in agent ptrace; do
		run timeout 60 "$DETBUILD" run --executor=$how -- ./unheard wait
		[ "$status" = 6 ]
	done
}
