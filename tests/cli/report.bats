# Pages for people: `detbuild report`, and --html of the verbs that build. The browser's view is in tests/hooks/page.bats.
load ../lib/common

# page NAME: NAME.html is sound, is what `detbuild report` makes of NAME.json, and page, document and text say the same.
page() {
	"$DETBUILD" report "$1.json" --html again.html
	cmp again.html "$1.html"
	"$DETBUILD" report "$1.json" >text
	"$TOP/tests/lib/html_check.py" "$1.html" "$1.json" text
}

@test "run: a page about the end, the inputs, the processes and the calls" {
	requires userns overlay python3
	detbuild_run 3 run --no-cwd --sched-seed 7 --log run.log.bin --report run.json --html run.html -- sh -c 'ls / | wc -l; /bin/false; exit 3'
	page run
	grep -q 'exited with 3' text
	grep -q '^    ls / (.* events, .*, exited with 0)$' text
	grep -q '^    /bin/false (.*, exited with 1)$' text
	grep -q 'seed of the order of threads: 7' text
	grep -q 'begins at (logical): 2024-01-01T00:00:00Z (@1704067200)' text
	line=$(grep -A 1 '^How to repeat' text | tail -n 1)
	[[ $line == "    detbuild run --no-cwd --sched-seed=7 -- sh -c 'ls / | wc -l; /bin/false; exit 3'" ]]
	# Without a log the page says how to get one; with one given, the older document has its time line.
	detbuild_run 0 run --no-cwd --report bare.json -- ls /
	detbuild_run report bare.json
	expect out 'Repeat the run with --log FILE'
	detbuild_run report bare.json --log run.log.bin
	expect out '/bin/false \('
}

@test "verify: verdicts, both sides of the first divergence, what was varied, how to repeat" {
	requires userns overlay python3
	mkdir in door && cd in
	"$DETBUILD" verify --vary=umask,locale --json --html ../same.html -- sh -c 'date >out' >../same.json
	local changer
	(while sleep 0.2; do date +%N >"$T/door/stamp"; done) &
	changer=$!
	sleep 0.3
	run "$DETBUILD" verify --no-diffoscope --vary=umask --volume "$T/door:/srv" --json --html ../differs.html -- sh -c 'cat /srv/stamp >out'
	kill "$changer"
	[[ $status -eq 1 ]]
	cd ..
	page same
	grep -q '✓ tree/out identical [0-9a-f]\{64\}$' text
	grep -q 'umask | 2 | 0002' text
	run ! grep -q 'timezone' text
	grep -q 'Verify with --keep-logs' text
	run ! "$DETBUILD" report differs.html
	cp differs.html made.html
	(cd in && "$DETBUILD" verify --vary=none --json -- true) >other.json
	"$DETBUILD" report other.json --html differs.html
	run ! cmp -s differs.html made.html
	"$TOP/tests/lib/html_check.py" made.html
	grep -q 'First divergence' made.html
	grep -q '<h3>Run A</h3>' made.html
	grep -q '<h3>Run B</h3>' made.html
	grep -q 'cat /srv/stamp' made.html
}

@test "explain: what differs, why, who writes it and with which stack" {
	requires userns overlay python3
	mkdir in && cd in
	run "$DETBUILD" explain --inputs=time,hostname --env LANG=C --json --html ../why.html -- sh -c 'date +%Y >out'
	[[ $status -eq 1 ]]
	printf '%s\n' "$output" >../why.json
	cd ..
	page why
	grep -q '^  ✗ tree/out content$' text
	grep -q 'because of time: line 1: "2024" / "2025"' text
	grep -q '^Because of time$' text
	grep -q 'First writes what differs, event [0-9]' text
	grep -q '^    date +%Y$' text
	grep -q '^    #0 0x[0-9a-f]* .*libc' text
	grep -q 'hostname | yes | the host name: another-host' text
	mkdir race && cd race
	run "$DETBUILD" explain --inputs=schedule --orders=40 --json --html ../turn.html -- sh -c '(echo a >>log) & (echo b >>log) & wait'
	[[ $status -eq 1 ]]
	printf '%s\n' "$output" >../turn.json
	cd ..
	page turn
	grep -q '^The turn that decides$' text
	grep -q 'To repeat B: --sched-seed=[0-9]* --sched-until=[0-9]*; A: --sched-seed=[0-9]* --sched-until=[0-9]*' text
	grep -q '^  The stack in run [AB] at event [0-9]*:$' text
	detbuild_run explain --inputs=time --html none.html -- true
	grep -q 'nothing makes it differ' none.html
	detbuild_run 2 explain --html /nosuch/x.html -- touch ran
	[[ ! -e ran ]]
}

@test "the control: without the tracer the page says so" {
	requires userns overlay python3
	mkdir in && cd in
	"$DETBUILD" verify --native --no-diffoscope --json --html ../native.html -- sh -c 'date +%N' >../native.json || [[ $? -eq 1 ]]
	cd ..
	page native
	grep -q 'not reproducible' text
	grep -q 'There was no tracer' text
}

@test "relaxed switches are named, and equal results are then no evidence" {
	requires userns overlay python3
	mkdir in && cd in
	"$DETBUILD" verify --network --aslr --vary=none --json --html ../relaxed.html -- true >../relaxed.json
	cd ..
	page relaxed
	grep -q '^! verify: true: identical: .*no evidence' text
	grep -q 'network, aslr: ' text
	grep -q 'class="verdict doubt"' relaxed.html
}

@test "what the build chose is text: markup, controls, turned writing, bytes that are no UTF-8" {
	requires userns overlay python3
	mkdir in && cd in
	# shellcheck disable=SC2016 # expanded in the box
	"$DETBUILD" verify --native --no-diffoscope --vary=none --json --html ../hostile.html -- sh -c '
		n="<script>window.ran=1<" m="x\" onload=\"window.ran=1\" y=\"&amp;"
		date +%N >"$n"; date +%N >"$m"
		date +%N >"$(printf "esc\033[31mred\302\233z\342\200\256gnp.\377\360\237\230\200")"' >../hostile.json || [[ $? -eq 1 ]]
	cd ..
	page hostile
	grep -qF 'tree/&lt;script&gt;window.ran=1&lt;' hostile.html
	grep -qF 'onload=&quot;window.ran=1&quot; y=&quot;&amp;amp;' hostile.html
	grep -qF 'esc\x1b[31mred\u{9b}z\u{202e}gnp.' hostile.html
	run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' text
}

@test "a document that somebody else wrote: hostile members, wrong types, too much" {
	requires python3
	python3 - <<-'END'
		import json
		evil = "</style></title><script>window.ran=1</script><img src=x onerror=alert(1)>'\"\u0000\u202e"
		files = [{"name": evil + str(i), "verdict": "differs", "sha256": [evil, None], "run_a": 1, "run_b": 2,
		          "differences": [{"member": evil, "kind": evil, "how": evil * 200, "likely_cause": evil}]} for i in range(1500)]
		json.dump({"subject": evil, "kind": evil, "traced": True, "verdict": evil, "artefacts": 1, "differing": 1, "summary": evil, "runs": [{"varied": {evil: evil}},
		          {"varied": {evil: evil + "2"}, "command": [evil], "wall_ms": -5}], "files": files, "first_event": evil,
		          "divergence": {"a": {"line": evil, "after_lines": [evil, 3]}, "b": {}}, "log": {"processes": [{"program": evil, "born": 1e300, "depth": 99999999999}]}}, open("evil.json", "w"))
		json.dump({"subject": 1, "kind": [], "artefacts": {}, "runs": 7, "files": [1, None, "x", []], "verdict": None, "log": [], "divergence": "x"}, open("types.json", "w"))
	END
	for d in evil types; do
		detbuild_run report "$d.json" --html "$d.html"
		"$TOP/tests/lib/html_check.py" "$d.html"
		detbuild_run report "$d.json"
	done
	grep -q '500 more artefacts are in the JSON document' evil.html
	(($(stat -c %s evil.html) < 8000000))
}

@test "a page or an event log in place of the document: said, with what writes the document" {
	requires userns overlay
	mkdir in && cd in
	detbuild_run run --no-cwd --log ../run.log.bin --html ../run.html -- true
	detbuild_run verify --vary=none --html ../verify.html -- true
	detbuild_run explain --inputs=hostname --html ../explain.html -- true
	cd ..
	detbuild_run 2 report run.html
	expect err 'already a page.*takes the JSON document'
	expect err "hint: 'detbuild run --report FILE'"
	local verb
	for verb in verify explain; do
		detbuild_run 2 report "$verb.html" --html again.html
		expect err "hint: 'detbuild $verb --json' writes the document"
		[[ ! -e again.html ]]
	done
	detbuild_run 2 report run.log.bin
	expect err 'this is an event log'
	expect err 'detbuild log print'
	echo '<!DOCTYPE html><title>x - detbuild verify</title>' >foreign.html
	detbuild_run 2 report foreign.html
	expect err 'this is not JSON'
}

@test "wrong use: said before hours of work, with what to do" {
	detbuild_run 2 report
	expect err 'one JSON document'
	detbuild_run 2 report nowhere.json
	expect err 'nowhere.json'
	echo '{"a": ' >cut.json
	detbuild_run 2 report cut.json
	expect err 'ends in its middle'
	echo 'hello' >no.json
	detbuild_run 2 report no.json
	expect err 'not JSON'
	expect err "hint: it takes what 'run --report', 'verify --json'"
	: >empty.json
	detbuild_run 2 report empty.json
	expect err 'the document is empty'
	echo '[1, 2]' >other.json
	detbuild_run 2 report other.json
	expect err 'verify --json'
	echo '{"verdict": "x"}' >other.json
	detbuild_run 2 report other.json --html page.html
	[[ ! -e page.html ]]
	detbuild_run 2 run --html no/such/dir/page.html -- touch started
	expect err 'cannot write the page no/such/dir/page.html'
	[[ ! -e started ]]
	detbuild_run 2 verify --html . -- touch started
	detbuild_run 2 rebuild --html no/such/dir/page.html hello
	detbuild_run 2 explain --log explain.log -- true
	expect err "one run's"
	ln -s /dev/full full.json
	detbuild_run 2 report full.json
}
