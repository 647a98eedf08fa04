# `detbuild explain -- COMMAND`: the right cause for each input, alone and together; what it says, and what it refuses.
load ../lib/common

setup() {
	common_setup
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	mkdir -p "$XDG_CACHE_HOME"
}

# causes ARTEFACT: what makes its content differ, from the JSON in $output, one set a line, inputs joined by +.
causes() {
	python3 -c '
import json, sys
for d in json.load(sys.stdin)["differences"]:
    if d["artefact"] == sys.argv[1] and d["kind"] != "mode":
        for c in d["because_of"]:
            print("+".join(c["inputs"]))' "$1" <<<"$output"
}

@test "each input is named for what it alone makes differ, and nothing else" {
	requires userns overlay python3
	cat >s.sh <<-'END'
		date +%Y >time; pwd >path; whoami >user; hostname >hostname; locale charmap >locale 2>&1; ls -U / >dir-order
		echo ~ >home; umask >umask; date +%H >timezone; echo $BUILD_NUMBER >environment; nproc >cpus
		head -c 8 /dev/urandom | od -An -tx1 >random
		for w in a b; do (for i in 1 2 3 4 5 6 7 8; do echo $w$i; sleep 0; done) >>schedule & done; wait
		stat -c %Y s.sh >mtimes; echo fixed >none
	END
	touch -d @1000000000 s.sh
	detbuild_run 1 explain --json -- sh s.sh
	local input
	for input in path user hostname locale dir-order home umask environment cpus random schedule; do
		same "$input: $(causes tree/$input)" "$input: $input"
	done
	same "$(causes tree/time)" time
	same "$(causes tree/timezone)" "$(printf 'time\ntimezone')"
	same "$(causes tree/mtimes)" "$(printf 'time\nmtimes')"
	same "$(causes tree/none)" ''
}

@test "a difference that two inputs make in the same way is told once" {
	requires userns overlay
	detbuild_run 1 explain --inputs=hostname,umask -- sh -c '[ "$(hostname)" = detbuild ] && [ "$(umask)" = 0022 ]; echo $? >out'
	expect out 'content: line 1: "0" / "1"
        because of hostname
        because of umask'
	same "$(grep -c 'line 1:' <<<"$output")" 1
}

@test "inputs that act only together are named together" {
	requires userns overlay python3
	printf '[ "$(hostname)" != detbuild ] && [ "$(umask)" != 0022 ]; echo $? >out\n' >s.sh
	detbuild_run 1 explain --json -- sh s.sh
	same "$(causes tree/out)" hostname+umask
}

@test "nothing differs: two builds, status 0, and nothing is left" {
	requires userns overlay
	detbuild_run explain -- sh -c 'echo fixed >out'
	expect out 'nothing makes it differ: .*: 14 inputs changed, 2 builds$'
	[[ -z $(ls "$XDG_CACHE_HOME/detbuild/explain") ]]
	[[ ! -e out ]]
}

@test "one cause takes fewer builds than one for each input" {
	requires userns overlay
	detbuild_run 1 explain -- sh -c 'date +%Y >out'
	expect out 'because of time \(([2-9]|1[0-3]) builds\)$'
}

@test "the text says the difference, the cause, what helps, and the process that shows it" {
	requires userns overlay
	detbuild_run 1 explain --inputs=time,path,umask -- sh -c 'echo "built in $(date +%Y)" >out'
	expect out '✗ tree/out'
	expect out 'content: line 1: "built in 2024" / "built in 2025"'
	expect out 'because of time'
	expect out 'what helps: .*SOURCE_DATE_EPOCH'
	expect out 'date \+%Y'
	expect out 'started by: sh -c'
	expect out 'write\(1, '
	expect out 'read and passed on by 1 process: sh'
	expect out 'the stack at event [0-9]+:'
	expect out '#[0-9]+ 0x[0-9a-f]+ .*\(/usr/bin/date\+0x[0-9a-f]+\)'
	! compgen -G "$XDG_CACHE_HOME/detbuild/explain/*/stack-*" || return 1
	expect out 'kept in .*: build-0 is plain, build-[0-9]+ changes time'
	expect out 'explained: sh -c .*: 1 artefact differs because of time'
	[[ $output == *umask* && $output != *timezone* ]]
}

# A test that expects two workers in the order in which they were started.
racing() {
	cat >check.sh <<-'END'
		for worker in first second; do
			(echo "$worker" >>log) &
		done
		wait
		test "$(head -n 1 log)" = first
	END
}

@test "schedule: the turn that decides, who goes on without and with it, and how to repeat both" {
	requires userns overlay python3
	racing
	detbuild_run 1 explain --inputs=schedule --orders=40 --json -- sh check.sh
	same "$(causes exit-status)" schedule
	local seed until
	read -r seed until < <(python3 -c '
import json, sys
turn = json.load(sys.stdin)["causes"][0]["turn"]
one = turn["first_event"]
assert one["a"]["event"]["task"] != one["b"]["event"]["task"], one
for side in "stack_without", "stack_with":
    assert turn[side]["event"] == one["equal_events"] and turn[side]["frames"], turn[side]
print(turn["sched_seed"], turn["sched_until"])' <<<"$output")
	same "$(compgen -G "$XDG_CACHE_HOME/detbuild/explain/*/until-*-build-*" | wc -l)" 2
	rm -f log
	detbuild_run --sched-seed "$seed" --sched-until $((until - 1)) -- sh check.sh
	rm -f log
	detbuild_run 1 --sched-seed "$seed" --sched-until "$until" -- sh check.sh
	rm -f log
	detbuild_run 1 explain --inputs=schedule --orders=40 -- sh check.sh
	expect out "the order of threads and processes: --sched-seed=$seed"$'\n'
	expect out "the turn that decides: drawn up to event $until"
	expect out '  in B instead:'
	expect out 'the stack in B at event [0-9]+:'
	expect out "to repeat B: --sched-seed=$seed --sched-until=$until; A: --sched-seed=$seed --sched-until=$((until - 1))"$'\n'
}

@test "schedule: events without a record in the log, and a step of the search that has no result" {
	requires userns overlay python3 cc
	# Readings of the clock by instructions are events of the scheduler's, and no calls.
	printf '#include <x86intrin.h>\nint main(void) { for (int i = 0; i < 20000; i++) (void)__rdtsc(); return 0; }\n' >tsc.c
	cc -O1 -o tsc tsc.c
	racing
	sed -i '1i ./tsc' check.sh
	detbuild_run 1 explain --inputs=schedule --orders=40 -- sh check.sh
	expect out 'the turn that decides'
	expect out 'in B instead:'
	[[ $output != *'events are equal'* ]]
	# Six workers write twice each; an order that neither the plain one nor the drawn one leads to waits for ever.
	cat >six.sh <<-'END'
		for w in a b c d e f; do (echo $w >>log; : </dev/null; echo $w >>log) & done
		wait
		order=$(tr -d '\n' <log)
		case $order in $(cat plain 2>/dev/null || echo none) | $(cat drawn 2>/dev/null || echo none)) ;; *) [ ! -e plain ] || { mkfifo f; read x <f; } ;; esac
	END
	"$DETBUILD" -- sh six.sh && tr -d '\n' <log >plain.new && rm log
	"$DETBUILD" --sched-seed 1 -- sh six.sh && tr -d '\n' <log >drawn && rm log
	mv plain.new plain
	detbuild_run 1 explain --inputs=schedule -- sh six.sh
	expect err 'the turn that decides was not found: .* ended with status 6; see (.*)'
	[[ -e ${BASH_REMATCH[1]} ]]
	expect out 'explained: sh six.sh: '
}

@test "schedule together with another input: the other is changed on both sides of the turn" {
	requires userns overlay python3
	racing
	sed -i 's/= first/= first -o "$(hostname)" = detbuild/' check.sh
	local seed
	for ((seed = 1; seed < 40; seed++)); do # whose order loses the race
		rm -f log
		! "$DETBUILD" --hostname x --sched-seed "$seed" -- sh check.sh || continue
		break
	done
	rm -f log
	detbuild_run 1 explain --inputs=schedule,hostname --orders="$seed" --json -- sh check.sh
	[[ $(causes exit-status) == *+* ]]
	python3 -c '
import json, sys
joint = [c for c in json.load(sys.stdin)["causes"] if len(c["inputs"]) == 2][0]
assert joint["turn"]["sched_until"] > 0' <<<"$output"
}

@test "who writes what differs comes before those whose other outputs nobody keeps" {
	requires userns overlay python3
	detbuild_run 1 explain --json --inputs=time -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do date +%s:$i | sed "s/^/$i/" >/dev/null; done; date +%Y | tee kept >/dev/null'
	python3 -c '
import json, sys
cause = json.load(sys.stdin)["causes"][0]
makers = [p["processes"][0] for p in cause["shown_in"] if p["writes_artefact"]]
assert makers == ["date +%Y"] and cause["shown_in"][0]["writes_artefact"], makers
first = cause["shown_in"][0]
assert first["passed_on"] == 1 and first["passed_on_by"] == ["tee"], first
event = first["event"]
assert cause["stack"]["event"] == event["event"] and any("/date+0x" in f for f in cause["stack"]["frames"]), cause["stack"]' <<<"$output"
}

@test "who first wrote the bytes is told of; copiers, archivers and who was started with them stand in one line below it" {
	requires userns overlay python3
	cat >s.sh <<-'END'
		date +%Y >a; cp a b; install -m 644 b c; cat c >d; tar cf t.tar --mtime=@0 d; gzip -n <t.tar >t.tar.gz
		echo "v=$(cat d)" >e; sh -c "echo $(tail -c 3 e) >f"; cp /dev/stdin g <e
		md5sum d e | sed s/x/y/ >sums # which are two writes and one read
		umask >own
	END
	detbuild_run 1 explain --json --inputs=time,umask -- sh s.sh
	printf '%s\n' "$output" >../why.json
	python3 -c '
import json, sys
time, umask = json.load(sys.stdin)["causes"]
assert len(time["shown_in"]) == 1, time["shown_in"]
first = time["shown_in"][0]
assert first["processes"] == ["date +%Y", "sh s.sh"] and first["writes_artefact"], first
assert {"cp", "install", "cat", "tar", "gzip", "sh", "tail", "md5sum", "sed"} == set(first["passed_on_by"]), first
assert [p["processes"][0] for p in umask["shown_in"] if p["writes_artefact"]] == ["sh s.sh"], umask["shown_in"]' <../why.json
	detbuild_run report ../why.json
	expect out 'Read and passed on by [0-9]+ processes: cp, install, cat'
	detbuild_run 1 explain --inputs=time -- sh s.sh
	expect out '    date \+%Y
        started by: sh s.sh
        event [0-9]+ \[.* date\] write.*
        read and passed on by [0-9]+ processes: cp, install, cat, tar, gzip, '
	[[ $output != *'    cp a b'* ]]
	# A copy of a process that starts the next is no ancestor of another name.
	detbuild_run 1 explain --inputs=time -- sh -c '(date +%Y; :) >out; :'
	expect out '    date \+%Y
        started by: sh -c [^
]*
        event '
}

@test "helpers that are started for one name after the other are told of once, and the first write is the one that is shown" {
	requires userns overlay python3
	printf 'mkdir d; for n in a b c e f g h i j k; do echo $n >d/$n; done; find d -type f -exec md5sum {} \\; >sums; tail -n 3 sums >end\n' >s.sh
	detbuild_run 1 explain --json --inputs=dir-order -- sh s.sh
	python3 -c '
import json, sys
cause = json.load(sys.stdin)["causes"][0]
shown = cause["shown_in"]
assert [p["processes"][0].split()[0] for p in shown] == ["md5sum"] and shown[0]["writes_artefact"], shown
assert shown[0]["processes"][1].startswith("find d "), shown
assert shown[0]["event"]["text"][0].endswith("/sums") and cause["stack"]["event"] == shown[0]["event"]["event"], shown
assert shown[0]["passed_on_by"] == ["tail"], shown' <<<"$output"
}

@test "a process that makes something else of what others gave it stays under them, one that reads nothing stands for itself" {
	requires userns overlay python3
	# Both print the year; the second has read nothing of the first. A file that is opened below another directory is the same.
	printf 'date +%%Y >one; mkdir d; cp one d/two; cd d; sed s/2/3/ <./two >three; date +%%Y-%%m >four\n' >s.sh
	detbuild_run 1 explain --json --inputs=time -- sh s.sh
	python3 -c '
import json, sys
shown = [(p["processes"][0], p["passed_on_by"]) for p in json.load(sys.stdin)["causes"][0]["shown_in"] if p["writes_artefact"]]
assert shown == [("date +%Y", ["cp", "sed"]), ("date +%Y-%m", [])], shown' <<<"$output"
}

@test "the same bytes in a file of another path are no other output" {
	requires userns overlay python3
	detbuild_run 1 explain --json --inputs=path -- sh -c 'echo same | tee kept >/dev/null; pwd | tee out >/dev/null'
	python3 -c '
import json, sys
shown = json.load(sys.stdin)["causes"][0]["shown_in"]
assert len(shown) == 1 and shown[0]["passed_on_by"] == ["tee"] and shown[0]["passed_on"] == 1, shown' <<<"$output"
}

@test "how a command ends is one of its results; failing in every build is no difference" {
	requires userns overlay python3
	detbuild_run 1 explain --json --inputs=hostname,umask -- sh -c '[ "$(hostname)" = detbuild ]'
	same "$(causes exit-status)" hostname
	detbuild_run 3 explain --inputs=hostname,umask -- sh -c 'exit 4'
	expect out 'it fails, whatever is changed: .*: status 4 each time'
	detbuild_run 3 explain --inputs=hostname,umask -- no-such-program
	expect out 'status 127 each time; its messages are in (.*)$'
	grep -q no-such-program "${BASH_REMATCH[1]}"
}

@test "what the call says is not changed; SOURCE_DATE_EPOCH stays when the time changes" {
	requires userns overlay
	detbuild_run explain --hostname fixed --inputs=hostname,umask -- hostname
	expect out '  hostname +not changed: the call says --hostname'
	detbuild_run explain --inputs=timezone,umask --env TZ=Asia/Kathmandu -- date +%H
	expect out '  timezone +not changed: the call says --env=TZ'
	detbuild_run explain --inputs=time -- sh -c 'date -u -d @$SOURCE_DATE_EPOCH'
}

@test "hostile names and contents reach no terminal" {
	requires userns overlay
	detbuild_run 1 explain --inputs=time -- sh -c 'n=$(printf "a\033[31mb"); { printf "\033[31m"; date +%Y; } >"$n"'
	[[ $output != *$'\033'* ]]
	expect out 'a\\x1b\[31mb'
}

@test "names made from what was changed are one difference with a cause, not one for each build" {
	requires userns overlay python3
	detbuild_run 1 explain --json -- sh -c 'd=$(hostname | md5sum | cut -c 1-8)-$(date +%Y); echo >$d; mkdir t; mv $d t; tar cf t.tar --owner=x:0 --group=x:0 --mtime=@0 t; cp t/$d .'
	same "$(causes 'new names')" "$(printf 'time\nhostname')"
	same "$(causes tree/t.tar | sort -u)" "$(printf 'hostname\ntime')"
	python3 -c 'import json, sys; d = json.load(sys.stdin); assert all(b["inputs"] for u in d["differences"] for b in u["because_of"]); assert len(d["builds"]) < 20, len(d["builds"])' <<<"$output"
}

@test "--output keeps builds and logs, which diff reads; the next one does not take them for its own" {
	requires userns overlay
	detbuild_run 1 explain --inputs=time --output ../out -- sh -c 'date +%Y >y'
	[[ $(cat ../out/build-0/tree/y) == 2024 && $(cat ../out/build-1/tree/y) == 2025 ]]
	detbuild_run 1 diff ../out/logs-0 ../out/logs-1
	detbuild_run explain --inputs=time --output ../out -- true
	[[ ! -e ../out/build-0/tree/y ]]
}

@test "wrong use is refused with what to do" {
	detbuild_run 2 explain
	expect err 'explain takes a package'
	detbuild_run 2 explain a b
	expect err 'explain -- a'
	detbuild_run 2 explain --inputs=moon -- true
	expect err "no input 'moon'"
	expect err 'timezone'
	detbuild_run 2 explain --native -- true
	expect err 'verify --native'
	detbuild_run 2 explain --epoch now -- true
	expect err 'lets in what nobody changed'
	detbuild_run 2 explain --log x -- true
	expect err '\-\-log is one run'
	detbuild_run 2 explain --build-option nocheck -- true
	expect err 'is for packages'
	local verb
	for verb in explain verify rebuild pkg; do
		detbuild_run 2 "$verb" --chroot bookwurm hello
		expect err "no chroot 'bookwurm', and no Debian release of that name"
		expect err 'chroot list'
	done
	[[ ! -e $XDG_CACHE_HOME/detbuild/chroots ]]
	detbuild_run 2 explain --inputs=hostname --hostname h -- true
	expect err 'nothing to change'
	detbuild_run 2 explain --inputs=time --orders=3 -- true
	expect err '\-\-orders is for the input schedule'
	detbuild_run 2 explain --sched-until=3 -- true
	expect err 'no --sched-until'
	for verb in run verify; do
		detbuild_run 2 "$verb" --sched-until=3 -- true
		expect err 'give --sched-seed as well'
	done
	for verb in verify rebuild pkg; do
		detbuild_run 2 "$verb" --sched-until=3 hello
		expect err 'give --sched-seed as well'
	done
	detbuild_run 2 explain --output out -- true
	expect err 'would lie in the tree'
}

@test "a command that detbuild ended, or that never began, is no result" {
	requires userns overlay
	detbuild_run 124 explain --inputs=time --timeout 1s -- sh -c 'while :; do date >/dev/null; done'
	expect err 'the plain build ended with status 124; see .*/build-0/stderr'
	expect err 'hint: all that was built is kept in ([^;]*);'
	[[ -d ${BASH_REMATCH[1]}/logs-0 ]]
	[[ ${stderr##*$'\n'} == 'to repeat it: '* ]] # what went wrong comes first
	rm -r "${BASH_REMATCH[1]}"
	detbuild_run 2 explain --inputs=time --directory /nosuch -- true
	expect err 'ended with status 2 before anything was built$'
	[[ -z $(ls "$XDG_CACHE_HOME/detbuild/explain") ]]
	detbuild_run 3 explain --inputs=time -- sh -c 'exit 124' # its own status
}

@test "an interrupted explain leaves nothing" {
	requires userns overlay
	"$DETBUILD" explain --inputs=time -- sh -c ': >started; while :; do date >/dev/null; done' &
	local pid=$! i
	for ((i = 0; i < 600; i++)); do
		! compgen -G "$XDG_CACHE_HOME/detbuild/explain/*/build-0/tree/started" >/dev/null || break
		sleep 0.1
	done
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[[ $status -eq 143 ]]
	[[ -z $(ls "$XDG_CACHE_HOME/detbuild/explain") ]]
}

@test "--dir-order, --user-name and --clock-shift: other orders, names and moments, each the same every time" {
	requires userns overlay
	touch a b c d e f g h
	local sorted other
	detbuild_run -- ls -U
	sorted=$output
	detbuild_run --dir-order 7 -- ls -U
	other=$output
	[[ $other != "$sorted" ]]
	same "$(sort <<<"$other")" "$(sort <<<"$sorted")"
	detbuild_run --dir-order 7 -- ls -U
	same "$output" "$other"
	detbuild_run --dir-order 8 -- ls -U
	[[ $output != "$other" ]]
	detbuild_run --user-name joe -- sh -c 'whoami; echo $USER; id -u'
	same "$output" "$(printf 'joe\njoe\n0')"
	detbuild_run --user builder --user-name joe -- id -un
	same "$output" joe
	detbuild_run 2 --user-name a:b -- true
	expect err 'not a user name'
	detbuild_run --clock-shift 2h -- sh -c 'date +%H; date -d @$SOURCE_DATE_EPOCH +%H'
	same "$output" "$(printf '02\n00')"
	detbuild_run 2 --clock-shift 5000000h -- true
	expect err 'after the year 2446'
}
