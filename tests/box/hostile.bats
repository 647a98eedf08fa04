# Guests that try to get out of the box, untraced: only namespaces, capabilities, mounts and limits hold them here.
load ../lib/common
load box

setup_file() { box_setup_file; }
teardown_file() { box_teardown_file; }

# The ways a guest is run: canonical under a filter as root of the box without power, as a user, with dpkg's powers; then
# untraced helpers with real /proc and CAP_SYS_ADMIN.
MODES=("-c -F" "-c -F -U 1000" "-c -F -r" "-r" "")

# traced GUEST ARG...: the same under the tracer, whole command line, as every kind of caller. The run ends with the guest's own status:
# whatever the guest does to its threads, signals and memory, the supervisor does not stumble.
traced() {
	local guest=$1 who rc
	shift
	for who in $(callers); do
		local -a caller=()
		case $who in
		userns) caller=(unshare -r) ;;
		range) caller=(runuser -u "$RANGE_USER" --) ;;
		single) caller=(runuser -u "$SINGLE_USER" --) ;;
		esac
		rc=0
		timeout 100 "${caller[@]}" "$HALL/build/detbuild" run --timeout 90s --no-cwd --directory /tmp --volume "$HALL/guests:/g" -- "/g/$guest" "$@" \
			>out 2>err </dev/null || rc=$?
		((rc == 0)) && grep -aq '^contained ' out && ! grep -a ESCAPED out && continue
		echo "$guest as $who ended with status $rc:"
		grep -a ESCAPED out || tail -n 5 out | cut -c -500
		cut -c -500 err | tail -n 5
		return 1
	done
}

# attack GUEST ARG...: nothing may escape, for any caller in any mode.
attack() {
	local guest=$1 mode who launch
	shift
	for mode in "${MODES[@]}"; do
		launch=
		[[ $mode != *-F* ]] || launch=/g/hostile_launch
		for who in $(callers); do
			# shellcheck disable=SC2086 # a mode is several words, the launcher may be none
			as "$who" box $mode ${LIMITS-} -v "$HALL/guests:/g:ro" -v "$HALL/ro:/ro:ro" -d /tmp $launch "/g/$guest" "$@" >out 2>err || {
				echo "$guest as $who with '$mode':"
				grep ESCAPED out || cat out err
				return 1
			}
			grep -q '^contained ' out
			[[ $(<out) != *ESCAPED* ]]
		done
	done
}

@test "writing outside" {
	requires userns
	attack hostile_write "$HALL" "$BATS_FILE_TMPDIR"
	# The guest appends "hostile" to its /etc/passwd. (A hash of the host's would do only while no other test adds users.)
	run ! grep -x hostile /etc/passwd
	[[ ! -e /usr/detbuild-hostile && ! -e /detbuild-hostile ]]
}

@test "mount, umount, remount, pivot_root, setns, unshare" {
	requires userns
	attack hostile_mount /ro
	same "$(ls "$HALL/ro")" file
}

@test "mknod of disks and memory" {
	requires userns
	attack hostile_device
}

# The host's node, through the descriptors that the caller hands in.
@test "the mode of the caller's /dev/null" {
	requires userns root
	local before options
	before=$(stat -c '%a %u %g' /dev/null)
	for options in '' --native '--stdin'; do
		# shellcheck disable=SC2016,SC2086 # perl's own; no word or one
		timeout 100 "$HALL/build/detbuild" run --no-cwd $options -- perl -e 'chmod 0600, $_ for *STDIN, *STDOUT, "/dev/null"' </dev/null >/dev/null 2>err
		[[ $(stat -c '%a %u %g' /dev/null) == "$before" ]] || { chmod 666 /dev/null && return 1; }
		[[ ! -s err ]]
	done
}

@test "the file that is standard input is read, not written, and read on behind" {
	requires userns
	local options
	for options in '' --native; do
		printf 'one\ntwo\n' >in
		chmod 644 in
		{
			# shellcheck disable=SC2086 # no word or one
			"$HALL/build/detbuild" run --no-cwd --stdin $options -- sh -c 'read a; echo "$a"; (echo overwritten >/proc/self/fd/0) 2>/dev/null || echo refused
				perl -e "chmod 04777, *STDIN"' >out
			cat >rest
		} <in
		[[ $(<out) == $'one\nrefused' && $(<rest) == two ]]
		[[ $(<in) == $'one\ntwo' && $(stat -c %a in) == 644 ]]
	done
}

@test "files that are written after the run do not follow the guest's links" {
	requires userns
	mkdir tree && cd tree
	echo kept >../victim
	detbuild_run --report report -- sh -c 'ln -s ../victim report'
	grep -q '"end": "exited"' report
	timeout 60 "$DETBUILD" --report pipe -- mkfifo pipe
	grep -q '"end": "exited"' pipe
	mkdir sub ../away
	detbuild_run --html sub/page.html -- sh -c 'mv sub was && ln -s ../away sub'
	[[ -e was/page.html && ! -e ../away/page.html ]]
	detbuild_run 125 --spin-hints hints --volume "$BUILD/tests/guests:/g" -- sh -c 'ln -s ../victim hints; exec /g/loop_counting'
	expect err 'cannot write hints'
	[[ $(<../victim) == kept ]]
	detbuild_run 2 --report /nosuch/report -- touch ran
	[[ ! -e ran ]]
	detbuild_run --report /dev/stdout -- true
	expect out '"end": "exited"'
}

@test "a report goes into a file of ours in a directory of somebody else" {
	requires userns user
	mkdir theirs && echo old >theirs/report
	chown "$DETBUILD_TEST_USER" theirs/report
	as_user_run --report "$PWD/theirs/report" -- true
	grep -q '"end": "exited"' theirs/report
	! grep -q old theirs/report
}

@test "ptrace, kill and /proc of the supervisor and of pid 1" {
	requires userns
	attack hostile_process
}

@test "chroot and file handles" {
	requires userns
	attack hostile_chroot "$HALL"
}

@test "raw sockets, the host's loopback and abstract sockets" {
	requires userns
	"$HALL/guests/hostile_net" serve >port 3>&- &
	server=$!
	for _ in {1..50}; do [[ -s port ]] && break; sleep 0.1; done
	attack hostile_net "$(cat port)"
	kill "$server"
}

@test "abstract sockets of a network that is shared" {
	requires userns
	"$HALL/guests/hostile_net" scope || skip "this kernel cannot close them (Linux 6.12 with Landlock can)"
	local mode
	for mode in "" --native "--native --as-root"; do
		"$HALL/guests/hostile_net" serve >port 3>&- &
		server=$!
		for _ in {1..50}; do [[ -s port ]] && break; sleep 0.1; done
		# shellcheck disable=SC2086 # no option, or several
		timeout 60 "$HALL/build/detbuild" run --network $mode --no-cwd --directory /tmp --volume "$HALL/guests:/g" -- /g/hostile_net >out </dev/null || true
		kill "$server"
		wait "$server" || true
		: >port
		grep -q '^contained abstract socket' out
	done
}

@test "keyrings" {
	requires userns
	local rc=0
	"$HALL/guests/hostile_keyring" plant true || rc=$?
	((rc != 77)) || skip "this kernel has no keyrings"
	for mode in "${MODES[@]}"; do
		launch=
		[[ $mode != *-F* ]] || launch=/g/hostile_launch
		# shellcheck disable=SC2086
		"$HALL/guests/hostile_keyring" plant "$HALL/box" $mode -v "$HALL/guests:/g:ro" $launch /g/hostile_keyring >out
		grep -q contained out
		[[ $(<out) != *ESCAPED* ]]
	done
	# The control: without the box the key is there.
	run "$HALL/guests/hostile_keyring" plant "$HALL/guests/hostile_keyring"
	[[ $output == *ESCAPED* ]]
}

@test "settings of the machine, the terminal, core files" {
	requires userns
	attack hostile_system
}

@test "set-user-ID programs gain nothing" {
	requires userns
	MODES=("-c -F" "-c -F -U 1000" "-c -F -r" "-c -U 1000")
	attack hostile_setuid
}

@test "fork bomb under a limit" {
	requires userns
	MODES=("-c -F -U 1000")
	[[ $EUID != 0 ]] || CALLERS="root single" # in `unshare -r` as root every id is the machine's 0, see below
	LIMITS="-L processes=200" attack hostile_limits processes raise
	# The machine's id 0 is not bound by RLIMIT_NPROC; untraced, the pid namespace's own limit stands in (Linux 6.14).
	if [[ $(printf '6.14\n%s\n' "$(uname -r)" | sort -V | head -1) == 6.14 ]]; then
		unset CALLERS
		MODES=("-c" "-r" "" "-c -U 1000")
		LIMITS="-L processes=200" attack hostile_limits processes
	fi
}

@test "a 100 GB file, memory and a full disk under limits" {
	requires userns
	LIMITS="-L file=256M -L memory=128M -L disk=16M" attack hostile_limits file memory raise /tmp /dev/shm /run .
}

@test "traced: other doors into the kernel" {
	requires userns
	traced hostile_arch
}

@test "traced: children without a tracer, namespaces" {
	requires userns
	traced hostile_clone
}

@test "traced: a call exchanged while its thread waits" {
	requires userns
	traced hostile_rewrite
}

@test "traced: signals at the wrong moment" {
	requires userns
	traced hostile_signals
}

@test "traced: the output pipe opened, filled, shrunk, closed" {
	requires userns
	CALLERS=$(callers | head -n 1) traced hostile_output
}

@test "traced: floods of timers, files, lengths" {
	requires userns
	CALLERS=$(callers | head -n 1) traced hostile_flood timers eventfd files deep lengths
}

@test "traced: the guests of the untraced tests" {
	requires userns root
	local g
	CALLERS=root traced hostile_device # with a single id the model shows files of its own as devices
	for g in hostile_process hostile_setuid hostile_system "hostile_mount /g" "hostile_write $HALL" "hostile_net 1"; do
		# shellcheck disable=SC2086 # a guest and its arguments
		traced $g
	done
}

# agent_attack STATUS HOW...: the run ends with one of the statuses (a pattern), and the next one is as if nothing had been.
agent_attack() {
	local want=$1 rc=0 log=(--log log)
	shift
	[[ -z ${unlogged-} ]] || log=()
	timeout 100 "$HALL/build/detbuild" run ${options[@]+"${options[@]}"} ${log[@]+"${log[@]}"} --timeout 90s --no-cwd --directory /tmp --volume "$HALL/guests:/g" -- /g/hostile_agent "$@" >out 2>err </dev/null || rc=$?
	# shellcheck disable=SC2053 # a pattern
	[[ $rc == $want ]] || {
		echo "hostile_agent $*: status $rc"
		tail -n 5 out err
		return 1
	}
	timeout 100 "$HALL/build/detbuild" run --timeout 90s --no-cwd --directory /tmp -- echo as ever >after
	[[ $(<after) == "as ever" ]]
}

@test "the agent: what the supervisor keeps cannot be written, cut or remapped" {
	requires userns
	agent_attack 0 world
	grep -qx 'writable: EROFS' out
	grep -qx 'shared: EACCES' out
	grep -qx 'mprotect: EACCES' out
	grep -qx 'code: EACCES' out
	grep -qx 'write: fault' out
	run ! grep -E ': yes$' out
	grep -qx alive out
}

@test "the agent: its window filled with nonsense is noticed, and does nothing else" {
	requires userns
	local seed
	for seed in {1..12}; do
		agent_attack '@(0|139|135)' records "$seed"
		grep -q 'changed the memory that detbuild keeps' err
	done
	for seed in {0..3}; do
		agent_attack 0 effects "$seed"
		grep -qx "limit: $([[ $seed == 1 ]] && echo as ever || echo none)" out
		grep -q 'changed the memory that detbuild keeps' err
	done
	agent_attack '@(0|139|135)' scribble
	grep -q 'changed the memory that detbuild keeps' err
}

@test "the agent: lies about a terminal, and about a call that a signal interrupted" {
	requires userns
	local which
	for which in {0..3}; do
		agent_attack 0 held "$which"
		grep -q 'changed the memory that detbuild keeps' err
		grep -qx alive out
	done
	agent_attack 0 signal
	grep -qx 'child: signal 11' out
	grep -qx alive out
}

# Without a log, in which nothing stands for more than itself.
@test "the agent: calls in a row that never were" {
	requires userns
	local which unlogged=1
	for which in {0..6}; do
		agent_attack 0 repeats "$which"
		grep -q 'changed the memory that detbuild keeps' err
		grep -qx alive out
	done
}

# Beside others of its kind, so that the signal comes at any moment.
@test "the agent: a program that was interrupted is not accused of anything" {
	requires userns
	# shellcheck disable=SC2016 # expanded by the inner shells
	seq 48 | xargs -P 4 -I{} bash -c 'timeout -s INT "0.$((RANDOM % 4 + 3))" "$0" --no-cwd -- sh -c "while :; do stat /; done" >/dev/null 2>>err' "$HALL/build/detbuild" || true
	run ! grep 'changed the memory' err
}

@test "the agent: a door that is locked, an end that was none" {
	requires userns
	agent_attack '@(0|139|135)' doors
	grep -qx "prologue's: ENOENT" out
	grep -qx alive out
	grep -q 'changed the memory that detbuild keeps' err
}

@test "the agent: the key of that door is in no memory that a program sees" {
	requires userns
	run -0 timeout 100 "$HALL/build/detbuild" run --timeout 90s --no-cwd --directory /tmp --volume "$HALL/guests:/g" -- /g/hostile_key
	[[ $output == 'keys: 0, words that are not 0: 1' ]]
}

@test "traced: the pipe that the supervisor reads is not held while its writer waits" {
	requires userns
	local how
	for how in agent ptrace; do
		run -6 --separate-stderr timeout 60 "$HALL/build/detbuild" run --executor="$how" --timeout 30s --no-cwd --directory /tmp --volume "$HALL/guests:/g" -- /g/hostile_pipe
		[[ $output == 'at once: EAGAIN' ]]
	done
}

@test "the agent: another process's limit is nothing that it sets unseen" {
	requires userns
	agent_attack 0 limits
	grep -qx 'limits: one' out
	grep -qx alive out
}

@test "traced: more instructions than are kept are told of, and with --strict refused" {
	requires userns
	run -0 "$HALL/build/detbuild" run --no-cwd --directory /tmp --volume "$HALL/guests:/g" -- /g/hostile_sites
	[[ $output == *'more than 65536 instructions'* && $output == *alive* ]]
	run -5 "$HALL/build/detbuild" run --strict --no-cwd --directory /tmp --volume "$HALL/guests:/g" -- /g/hostile_sites
	[[ $output != *alive* ]]
}

@test "the agent: its files cut and filled, its memory exchanged and taken away" {
	requires userns
	local how
	for how in cut grow replace unmap; do
		agent_attack '@(0|139|135)' "$how"
	done
}

@test "the agent: a call that waits behind its back ends the run" {
	requires userns
	agent_attack 6 sleep
	grep -q 'sleeps in a system call that was thought not to wait: read' err
	agent_attack 6 pipe
	grep -qx before out
}

@test "the agent: processes and programs that are begun behind its back" {
	requires userns
	agent_attack 0 fork
	grep -qx 'child: yes' out
	grep -qx 'status: 3' out
	grep -q 'changed the memory that detbuild keeps' err
	agent_attack 137 exec
	grep -q 'changed the memory that detbuild keeps' err
	(($(grep -c 'another program' out) == 0))
	agent_attack 137 exec second
	grep -q 'changed the memory that detbuild keeps' err
	(($(grep -c 'another program' out) == 0))
	agent_attack 0 untraced
	grep -qx 'child: EINVAL 0' out
	agent_attack 0 thread
	grep -qx 'child: yes 3' out
	grep -q 'changed the memory that detbuild keeps' err
	local -a options=(--max-processes 20)
	agent_attack 5 fork many
	grep -q 'a process that was not allowed' err
	agent_attack 5 forged
	grep -q 'a process that was not allowed' err
}
