# box.bash: running the box's own driver (tests/unit/box_run.c) as every kind of caller.
#
#   box_setup_file / box_teardown_file   users with and without a range of ids, a world-readable copy of the programs
#   as CALLER box ARG...                 CALLER: root, range (newuidmap works), single (no range), userns (`unshare -r`)
#   callers                              those that this host can play, or $CALLERS
# Programs lie in $HALL (world-readable), guests in $HALL/guests.

box_setup_file() {
	export HALL=$BATS_FILE_TMPDIR/hall
	export RANGE_USER=dbrange$$ SINGLE_USER=dbsingle$$
	mkdir -p "$HALL/guests" "$HALL/ro"
	echo outside >"$HALL/ro/file"
	cp "$BUILD/tests/unit/box_run" "$HALL/box"
	cp "$BUILD"/tests/guests/hostile_* "$HALL/guests/"
	mkdir "$HALL/build"
	cp "$DETBUILD" "$HALL/build/detbuild"
	rm -f "$HALL"/guests/*.d
	chmod -R a+rX "$HALL"
	local d=$HALL
	while [[ $d == "$BATS_RUN_TMPDIR"* ]]; do
		chmod a+x "$d"
		d=${d%/*}
	done
	((EUID == 0)) || return 0
	(
		# Other files of tests do the same at the same time: what one takes out of the lists the other would write back.
		flock 9
		useradd -M -d / "$RANGE_USER"
		useradd -M -d / "$SINGLE_USER"
		sed -i "/^$SINGLE_USER:/d;/^$RANGE_USER:/d" /etc/subuid /etc/subgid
		echo "$RANGE_USER:700000:65536" | tee -a /etc/subuid >>/etc/subgid
	) 9>/run/lock/detbuild-test-users
}

box_teardown_file() {
	((EUID == 0)) || return 0
	(
		flock 9
		userdel "$RANGE_USER" 2>/dev/null || true
		userdel "$SINGLE_USER" 2>/dev/null || true
		sed -i "/^$SINGLE_USER:/d;/^$RANGE_USER:/d" /etc/subuid /etc/subgid
	) 9>/run/lock/detbuild-test-users
}

callers() {
	if [[ -n ${CALLERS-} ]]; then
		printf '%s\n' "$CALLERS"
		return
	fi
	if ((EUID != 0)); then
		echo self
		return
	fi
	echo root single userns
	! command -v newuidmap >/dev/null || echo range
}

# as CALLER box ARG...
as() {
	local who=$1
	shift 2
	case $who in
	root | self) timeout 60 "$HALL/box" "$@" ;;
	userns) timeout 60 unshare -r "$HALL/box" "$@" ;;
	range) timeout 60 runuser -u "$RANGE_USER" -- "$HALL/box" "$@" ;;
	single) timeout 60 runuser -u "$SINGLE_USER" -- "$HALL/box" "$@" ;;
	esac </dev/null
}

# each CHECK-FUNCTION: calls it with every caller and says who failed.
each() {
	local who
	for who in $(callers); do
		"$@" "$who" || { echo "failed as $who"; return 1; }
	done
}

