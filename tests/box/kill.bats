# The whole tree dies with the supervisor, and nothing stays.
load ../lib/common
load box

setup_file() {
	box_setup_file
	export MOUNTS_BEFORE
	MOUNTS_BEFORE=$(grep -c . /proc/self/mountinfo)
}
teardown_file() { box_teardown_file; }

mounts() { grep -c . /proc/self/mountinfo; }

# left NAME: waits until no process called NAME is there.
left() {
	local i
	for ((i = 0; i < 50; i++)); do
		ps -C "$1" -o stat= | grep -qv '^Z' || break
		sleep 0.1
	done
	! ps -C "$1" -o stat=,args= | grep -v '^Z'
	same "$(mounts)" "$MOUNTS_BEFORE"
}

@test "daemons that ignore signals end with the command" {
	requires userns
	check() { as "$1" box -v "$HALL/guests:/g:ro" /g/hostile_linger dbmark$$ && left dbmark$$; }
	each check
}

@test "kill -9 of the supervisor at random moments" {
	requires userns
	local before after i
	before=$(ls /tmp "${XDG_RUNTIME_DIR:-/tmp}" | sort)
	cp "$HALL/box" "$HALL/dbkill$$"
	for ((i = 0; i < 30; i++)); do
		"$HALL/dbkill$$" -c -v "$HALL/guests:/g:ro" /g/hostile_linger dbmark$$ stay </dev/null >/dev/null 2>&1 3>&- &
		sleep "0.0$(printf '%02d' $((RANDOM % 60)))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	left dbmark$$
	left dbkill$$
	for ((i = 0; i < 50; i++)); do pgrep -f "dbkill$$" >/dev/null || break; sleep 0.1; done
	same "$(pgrep -af "dbkill$$")" ""
	after=$(ls /tmp "${XDG_RUNTIME_DIR:-/tmp}" | sort)
	same "$(comm -13 <(echo "$before") <(echo "$after") | grep -i detbuild)" ""
}

@test "kill -9 as an ordinary user" {
	requires root userns
	local i
	for ((i = 0; i < 10; i++)); do
		# setpriv becomes the program; runuser would leave a child that our kill misses before it is called box.
		setpriv --reuid "$SINGLE_USER" --regid "$(id -g "$SINGLE_USER")" --clear-groups "$HALL/box" -c -v "$HALL/guests:/g:ro" /g/hostile_linger dbuser$$ stay </dev/null >/dev/null 2>&1 3>&- &
		sleep "0.$(printf '%02d' $((RANDOM % 15)))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	left dbuser$$
	! ps -u "$SINGLE_USER" -o stat=,args= | grep -v '^Z' # a zombie is the host's init's business
}

@test "who stopped reading the output keeps no run alive" {
	requires userns
	local reader status=0
	mkfifo pipe
	{ exec 8<pipe && exec sleep 60; } 3>&- &
	reader=$!
	timeout 30 "$DETBUILD" --no-cwd --timeout 1s -- yes >pipe 2>err || status=$?
	same "$status" 124
	timeout --preserve-status 2 "$DETBUILD" --no-cwd -- yes >pipe 2>>err || status=$? # TERM, after two seconds
	kill "$reader"
	same "$status" 143
}
