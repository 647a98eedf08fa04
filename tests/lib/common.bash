# common.bash: what every bats file of detbuild loads.
#
#   load ../lib/common          first line of a .bats file; gives a setup() and a teardown()
#   detbuild_run [RC] ARG...    runs detbuild, checks the exit status (default 0; "!" = any but 0), sets
#                               $status $output (stdout) $stderr; kills it after $DETBUILD_TEST_TIMEOUT seconds (120)
#   as_user_run [RC] ARG...     the same as an ordinary user (root only; `requires user` first)
#   in_userns_run [RC] ARG...   the same inside `unshare -r` (a single mapped id)
#   requires THING...           skips when the host lacks it; in CI (CI=true) that is a failure instead
#   expect WHAT REGEX           fails unless $output (WHAT=out) or $stderr (WHAT=err) matches the extended regex
#   same A B                    fails, showing both, unless the strings are equal
#   doc FILE [ARG]...           types the commands of a document (tests/lib/doc_commands.py) in the current directory
#   guest NAME                  prints the path of the built guest program tests/guests/NAME.c
#
# A file that defines its own setup() calls common_setup first. Each test runs in an empty directory of its own
# ($PWD = $T). A failing command is printed with all it wrote and the line that repeats it.

bats_require_minimum_version 1.5.0

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${BUILD:=$TOP/build}"
: "${DETBUILD:=$BUILD/detbuild}"
: "${DETBUILD_TEST_TIMEOUT:=120}"
: "${DETBUILD_TEST_USER:=detbuild-test}"
export TOP BUILD DETBUILD

common_setup() {
	T=$BATS_TEST_TMPDIR/work
	mkdir -p "$T"
	cd "$T" || return 1
	unset SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS DEB_BUILD_PROFILES DETBUILD_LIBDIR
	export NO_COLOR=1 DETBUILD_CONFIG=/dev/null
}

setup() { common_setup; }

guest() {
	local path=$BUILD/tests/guests/$1
	[[ -x $path ]] || { echo "no guest program $1: run 'make tests'" >&2; return 1; }
	printf '%s\n' "$path"
}

# _checked_run RC COMMAND...: the one place that runs, times out, logs and checks.
_checked_run() {
	local want=$1
	shift
	local flags=(--separate-stderr)
	[[ $want != 127 ]] || flags+=(-127) # bats warns of that status unless it is expected
	run "${flags[@]}" timeout --kill-after=10 "$DETBUILD_TEST_TIMEOUT" "$@" </dev/null
	{
		echo "+ $(printf '%q ' "$@")"
		echo "status $status"
		[[ -z $output ]] || sed 's/^/out: /' <<<"$output"
		# shellcheck disable=SC2154 # bats sets $stderr
		[[ -z $stderr ]] || sed 's/^/err: /' <<<"$stderr"
	} >"$BATS_TEST_TMPDIR/last-run"
	# bats prints a failing test's output: show the whole run and how to repeat it.
	if [[ $want == '!' ]]; then
		((status != 0)) && return 0
		echo "expected a failure, got 0"
	else
		((status == want)) && return 0
		if ((status == 124 && want != 124)); then
			echo "expected status $want, got 124 (the test's time limit is $DETBUILD_TEST_TIMEOUT s)"
		else
			echo "expected status $want, got $status"
		fi
	fi
	cat "$BATS_TEST_TMPDIR/last-run"
	echo "repeat: cd $(printf '%q' "$PWD") && $(printf '%q ' "$@")"
	return 1
}

# Sets WANT and the array ARGS from "[RC] ARG...".
_split_rc() {
	WANT=0
	if [[ ${1-} =~ ^[0-9]+$ || ${1-} == '!' ]]; then
		WANT=$1
		shift
	fi
	ARGS=("$@")
}

detbuild_run() {
	_split_rc "$@"
	_checked_run "$WANT" "$DETBUILD" "${ARGS[@]}"
}

in_userns_run() {
	_split_rc "$@"
	_checked_run "$WANT" unshare -r "$DETBUILD" "${ARGS[@]}"
}

# The checkout may lie where an ordinary user cannot look: the user runs a copy with the same layout.
as_user_run() {
	local copy=$BATS_RUN_TMPDIR/copy home dir
	_split_rc "$@"
	if [[ ! -d $copy ]]; then
		mkdir -p "$copy.$$/build"
		cp "$DETBUILD" "$copy.$$/build/detbuild"
		for dir in chroot-tools pkgbuild hooks; do
			[[ ! -d $TOP/$dir ]] || cp -r "$TOP/$dir" "$copy.$$/"
		done
		chmod -R a+rX "$copy.$$"
		mv -T "$copy.$$" "$copy" 2>/dev/null || rm -rf "$copy.$$"
	fi
	_open_path "$copy"
	_open_path "$PWD"
	chown "$DETBUILD_TEST_USER" .
	home=$(getent passwd "$DETBUILD_TEST_USER" | cut -d: -f6)
	_checked_run "$WANT" runuser -u "$DETBUILD_TEST_USER" -- \
		env HOME="$home" XDG_CACHE_HOME="${USER_CACHE_HOME:-$home/.cache}" "$copy/build/detbuild" "${ARGS[@]}"
}

# Makes every directory on the way to $1 below bats' own temporary directory searchable.
_open_path() {
	local d=$1
	while [[ $d == "$BATS_RUN_TMPDIR"* ]]; do
		chmod a+x "$d"
		d=${d%/*}
	done
}

_has() {
	case $1 in
	root) ((EUID == 0)) ;;
	diskfs) [[ $(stat -f -c %T /usr) =~ ^(ext2/ext3|xfs|btrfs)$ ]] ;; # of which searches are kept (src/tracee/searches.c)
	nonroot) ((EUID != 0)) ;;
	user) ((EUID == 0)) && id "$DETBUILD_TEST_USER" >/dev/null 2>&1 ;;
	userns) unshare -Ur true 2>/dev/null ;;
	subuid) ((EUID == 0)) || { command -v newuidmap >/dev/null && grep -q "^$(id -un):" /etc/subuid; } ;;
	overlay) grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null ;;
	network) apt-get indextargets >/dev/null 2>&1 && apt-get download --print-uris hello >/dev/null 2>&1 ;;
	cpus=*) (($(nproc) >= ${1#cpus=})) ;;
	chroot) [[ -n ${DETBUILD_TEST_CHROOT-} && -d $DETBUILD_TEST_CHROOT ]] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# requires THING...: root diskfs nonroot user userns subuid overlay network cpus=N chroot, else the name of a program.
requires() {
	local thing
	for thing; do
		_has "$thing" && continue
		if [[ ${CI-} == true ]]; then
			echo "this host lacks '$thing', which CI must have"
			return 1
		fi
		skip "needs $thing"
	done
}

expect() {
	local text
	case $1 in
	out) text=$output ;;
	err) text=$stderr ;;
	*) echo "expect: say out or err, not '$1'"; return 1 ;;
	esac
	[[ $text =~ $2 ]] && return 0
	echo "std$1 does not match: $2"
	cat "$BATS_TEST_TMPDIR/last-run"
	return 1
}

same() {
	[[ $1 == "$2" ]] && return 0
	echo "these differ:"
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$2")
	return 1
}

doc() {
	requires python3
	PATH=$(dirname "$DETBUILD"):$PATH run timeout --kill-after=10 900 "$TOP/tests/lib/doc_commands.py" "$@"
	[[ $status -eq 0 ]] || { echo "$output"; return 1; }
}
