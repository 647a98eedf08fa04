# twice.bash: the same guest program under different conditions must tell the same; without detbuild it must not.
#
#   load ../lib/common; load ../lib/twice
#   setup_file() { twice_setup_file; }
#   twice NAME            the whole test of tests/guests/NAME.c: the negative control, then the traced runs
#
# A guest says in the comment lines at its head how it is to be judged (docs/howto-test.md):
#   control: differs      natively, varied runs must differ (a test that cannot fail is a failure)
#   control: load         the same, but chance must help: more runs, half of them beside busy processes
#   control: host         a fact of this machine: what the traced guest sees must not be what the native one sees
#   control: same         the meaning of a call: the lines of the comment "expect:", natively and traced
#   traced: fixed         traced, the lines may be others (a call is refused), but they are always the same
#   status: N             the exit status (0)
#   options: ...          more options for detbuild
#   gap: SECONDS          pause between native runs
#
# Variations (vary.c): time zone, environment, umask, directory and filesystem, CPU, load, niceness, limits, host name, user, executor. The first two
# runs, one by the agent and one by the tracer alone, write event logs, which must be the same as well.
# DETBUILD_TWICE=N is the number of traced runs (4), TWICE_TIMEOUT=SECONDS the patience with each (90); TWICE_ONLY=control leaves them out; `bats --no-tempdir-cleanup` keeps
# the outputs.

: "${DETBUILD_TWICE:=4}"
TWICE_BUSY=2

twice_setup_file() {
	mkdir -p "$BATS_FILE_TMPDIR/twice"
	_open_path "$BATS_FILE_TMPDIR/twice"
	twice_setup "$BATS_FILE_TMPDIR/twice"
}

# twice_setup DIR: one copy of the program and of the guests where an ordinary user can read them. Whoever calls this without bats
# (tests/stress/run) sets BUILD, DETBUILD and DETBUILD_TEST_USER.
twice_setup() {
	export TWICE=$1 TWICE_SHM TWICE_USER=
	mkdir -p "$TWICE/build" "$TWICE/guests"
	chmod 755 "$TWICE"
	cp "$DETBUILD" "$TWICE/build/detbuild"
	cp "$BUILD"/tests/guests/* "$TWICE/guests/"
	chmod -R a+rX "$TWICE"
	TWICE_SHM=$(mktemp -d -p /dev/shm detbuild-twice.XXXXXX 2>/dev/null) || TWICE_SHM=$(mktemp -d)
	chmod 755 "$TWICE_SHM"
	if ((EUID == 0)); then
		for TWICE_USER in "$DETBUILD_TEST_USER" nobody ''; do
			id "$TWICE_USER" >/dev/null 2>&1 && break
		done
	fi
}

twice_teardown_file() {
	[[ -z ${TWICE_SHM-} ]] || rm -rf "$TWICE_SHM"
}

# guest_note NAME KEY [DEFAULT]: the value of a comment line at the head of a guest.
guest_note() {
	local line lines
	mapfile -n 12 -t lines <"$TOP/tests/guests/$1.c"
	for line in "${lines[@]}"; do
		if [[ $line == "/* $2: "*' */' ]]; then
			line=${line#"/* $2: "}
			printf '%s\n' "${line% \*/}"
			return
		fi
	done
	printf '%s\n' "${3-}"
}

guest_expect() {
	sed -n '/^\/\* expect:$/,/^\*\/$/p' "$TOP/tests/guests/$1.c" | sed '1d;$d'
}

# twice_vary N OUT COMMAND...: runs the command under variation N in a new empty directory of its own, with its
# standard output in OUT and, after it, its exit status and what it left in the directory; OUT.said is the former alone. TWICE_PREPARE names a function that
# fills the directory first; TWICE_LOAD is the number of busy processes beside it (2 in every second pair; 1 where tests/run has other files at work).
twice_vary() {
	local n=$1 out=$2 dir=$TWICE/d$1 load
	load=${TWICE_LOAD-$((n % 4 >= 2 ? TWICE_BUSY : 0))}
	shift 2
	((n % 2)) && dir=$TWICE_SHM/$n-a-somewhat-longer-name/of/a/directory
	[[ ! -e $dir && ! -e $dir.home ]] || rm -rf "$dir" "$dir.home"
	if [[ ${TWICE_PREPARE-} ]]; then
		mkdir -p "$dir"
		(cd "$dir" && umask 022 && "$TWICE_PREPARE")
	fi
	"$BUILD/tests/vary" "$n" "$out" "$dir" "${TWICE_TIMEOUT:-90}" "$load" "$TWICE_USER" "$@" 3>&-
}

# The lines a guest must print, and its status, are those of its comment.
_as_expected() {
	local name=$1 out=$2 who=$3
	if ! diff <(guest_expect "$name") "$out.said" >"$out.diff"; then
		echo "$name, $who: not what its comment expects (<):"
		cat "$out.diff"
		return 1
	fi
}

_no_bad() {
	local name=$1 out=$2 who=$3 all
	all=$(<"$out")
	if [[ $'\n'$all == *$'\nBAD'* || $all$'\n' != *"status $(guest_note "$name" status 0)"$'\nfiles '* ]]; then
		echo "$name, $who, wrong:"
		grep -E '^BAD|^status' "$out"
		tail -n 5 "$out.err"
		return 1
	fi
}

# The meaning of a call, as its comment states it: natively a busy machine may bring other moments in between, so three attempts.
_native_meaning() {
	local name=$1 out=$2 attempt
	for attempt in 1 2 3; do
		twice_vary 0 "$out" "$TWICE/guests/$name"
		_no_bad "$name" "$out" natively && _as_expected "$name" "$out" natively && return 0
		echo "attempt $attempt"
	done
	return 1
}

# The negative control, without detbuild. It ends with the first difference; on a quiet machine chance may need many runs.
twice_control() {
	local name=$1 kind runs i out=$T/native
	kind=$(guest_note "$name" control)
	case $kind in
	same) _native_meaning "$name" "$out.0"; return ;;
	host) runs=1 ;;
	differs) runs=12 ;;
	load) runs=120 ;;
	*) echo "tests/guests/$name.c: no 'control:' line"; return 1 ;;
	esac
	for ((i = 0; i < runs; i++)); do
		((i > 0)) && sleep "$(guest_note "$name" gap 0)"
		twice_vary "$i" "$out.$i" "$TWICE/guests/$name"
		_no_bad "$name" "$out.$i" natively || return 1
		((i == 0)) || cmp -s "$out.0.said" "$out.$i.said" || return 0
	done
	((runs == 1)) && return 0
	echo "$name: $runs native runs told the same: this test cannot fail"
	cat "$out.0"
	return 1
}

twice_traced() {
	local TWICE_BUSY=$((${TEST_FILES_AT_ONCE:-1} > 1 ? 1 : 2)) name=$1 i out=$T/traced options log
	read -ra options <<<"$(guest_note "$name" options)"
	for ((i = 0; i < DETBUILD_TWICE; i++)); do
		log=()
		((i < 2)) && log=(--log "$out.$i.log")
		twice_vary "$i" "$out.$i" "$TWICE/build/detbuild" --volume "$TWICE/guests:/opt/guests" "${log[@]}" "${options[@]}" -- "/opt/guests/$name"
		if ((i == 1)) && ! cmp -s "$out.0.log" "$out.1.log"; then
			echo "$name: the event logs of the two executors differ:"
			"$DETBUILD" diff "$out.0.log" "$out.1.log" 2>&1 | head -n 40
			return 1
		fi
		_no_bad "$name" "$out.$i" "traced run $i" || return 1
		if ((i > 0)) && ! diff "$out.0" "$out.$i" >"$out.diff"; then
			echo "$name: traced run $i differs from run 0:"
			head -n 40 "$out.diff"
			return 1
		fi
	done
	case $(guest_note "$name" control) in
	same)
		[[ $(guest_note "$name" traced) == fixed ]] || _as_expected "$name" "$out.0" traced
		;;
	host)
		! cmp -s "$out.0.said" "$T/native.0.said" || {
			echo "$name: the traced guest sees this machine:"
			head -n 40 "$out.0"
			return 1
		}
		;;
	esac
}

twice() {
	local pending needs
	twice_control "$1"
	[[ ${TWICE_ONLY-} == control ]] && return
	pending=$(guest_note "$1" pending)
	[[ -z $pending ]] || skip "not yet deterministic: $pending"
	needs=$(guest_note "$1" needs)
	[[ -z $needs ]] || grep -qw "$needs" /proc/cpuinfo || skip "this CPU has no $needs"
	needs=$(guest_note "$1" kernel)
	[[ -z $needs ]] || printf '%s\n' "$needs" "$(uname -r)" | sort -C -V || skip "this kernel is older than $needs"
	twice_traced "$1"
}

# twice_all_named FILE FAMILY...: every guest of these families has its line in FILE.
twice_all_named() {
	local file=$1 family src name missing=0
	shift
	for family; do
		for src in "$TOP"/tests/guests/"$family"_*.c; do
			name=$(basename "$src" .c)
			grep -q "^@test \"$name\" { twice $name; }$" "$file" || { echo "no test for $name in $file"; missing=1; }
		done
	done
	return $missing
}
