# shellcheck shell=bash
# lib.sh: what every script of chroot-tools/ and pkgbuild/ shares: messages, exit codes, directories, locks, JSON, namespaces.
#
# It owns no files. Set by the verb that starts a script: DETBUILD (the program), DETBUILD_CACHE (its cache directory),
# DETBUILD_QUIET and DETBUILD_VERBOSE (0 or 1). Everything said to people goes to stderr; stdout is for results only.
# Invariants: 1. a name in the cache appears by rename, when the thing is whole; 2. whoever makes or replaces a thing holds its
# lock; 3. no host name of a mirror is written here: they come from the host's own APT configuration.

# Exit codes, the same for every verb (see detbuild(1)). Unused ones are listed for the reader.
# shellcheck disable=SC2034
readonly EX_USAGE=2 EX_BUILD=3 EX_TOOL=4 EX_SOURCE=7 EX_DEPENDENCY=8 EX_REFERENCE=11 EX_INTERNAL=125

umask 022
export LC_ALL=C.UTF-8
PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin
: "${DETBUILD_QUIET:=0}" "${DETBUILD_VERBOSE:=0}"
: "${DETBUILD_CACHE:=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/detbuild}"
CHROOTS=$DETBUILD_CACHE/chroots
TOOLS=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# --- messages ---------------------------------------------------------------------------------------------------------

now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }
: "${DETBUILD_T0:=$(now_ms)}"
export DETBUILD_T0 DETBUILD_QUIET DETBUILD_VERBOSE DETBUILD_CACHE

# Names, versions and reasons in messages come from packages: what would steer the terminal becomes '?'.
tell() {
	local text="$*"
	printf 'detbuild: %s\n' "${text//[[:cntrl:]]/?}" >&2 2>/dev/null || true # no room for it: the status still tells
}
notice() { [ "$DETBUILD_QUIET" = 1 ] || tell "$*"; }
warn() { tell "warning: $*"; }
hint() { tell "hint: $*"; }
# What a package wrote, for a terminal: bytes that are no UTF-8 and control characters but tab go.
printable() { iconv -c -f UTF-8 -t UTF-8 | sed 's/[^[:print:][:blank:]]/?/g' || true; }
# show_end LINES FILE: the end of a log.
show_end() { tail -n "$1" "$2" | tail -c 16384 | printable >&2 || true; }
# fail CODE SENTENCE [HINT]
fail() {
	tell "$2"
	[ -z "${3:-}" ] || hint "$3"
	exit "$1"
}
# A phase began: shown on a terminal (or with --verbose) with the seconds since the start.
phase() {
	[ "$DETBUILD_QUIET" = 0 ] || return 0
	[ -t 2 ] || [ "$DETBUILD_VERBOSE" = 1 ] || return 0
	local ms=$(($(now_ms) - DETBUILD_T0))
	printf '[%5d.%ds] %s\n' $((ms / 1000)) $((ms % 1000 / 100)) "$*" >&2
}
# Runs a command with its output in the log file (and on stderr with --verbose). The command may be a function.
logged() {
	local log=$1
	shift
	if [ "$DETBUILD_VERBOSE" = 1 ]; then
		"$@" > >(tee -a "$log" >&2) 2>&1 </dev/null
	else
		"$@" >>"$log" 2>&1 </dev/null
	fi
}
need() {
	local tool=$1 package=$2
	command -v "$tool" >/dev/null || fail "$EX_TOOL" "the program $tool is missing" "apt-get install $package"
}
# disk_room DIR MEGABYTES PURPOSE: ends when the file system has less left.
disk_room() {
	local left
	left=$(df --output=avail -B 1M "$1" | tail -n 1) || return 0
	((left >= $2)) || fail "$EX_TOOL" "the disk is full: $((left)) MB are left in $1 $3, $2 MB are needed" "free some space, or set XDG_CACHE_HOME to a directory on a larger disk"
}
# full_disk DIR...: prints the first of the directories in which nothing more can be written. A trial knows of quotas and inodes, too.
full_disk() {
	local dir probe
	for dir; do
		if [ ! -d "$dir" ] || [ ! -w "$dir" ]; then continue; fi
		if probe=$(mktemp "$dir/.detbuild.room.XXXXXX" 2>/dev/null) && head -c 1M /dev/zero 2>/dev/null >"$probe"; then
			rm -f "$probe"
			continue
		fi
		rm -f "$probe"
		echo "$dir"
		return 0
	done
}
# at_end COMMAND: COMMAND runs when the script ends, whatever ends it (but SIGKILL), with STATUS as that with which it ends. From the
# first signal on no other is heard: timeout(1) sends two, people press ^C twice, and the second would end COMMAND half way. Both traps
# begin with that, since a signal may come between the two.
at_end() {
	# shellcheck disable=SC2064 # the command, not its expansion at that time
	trap 'STATUS=$?; trap "" INT TERM HUP; '"$1" EXIT
	trap 'trap "" INT TERM HUP; exit 130' INT
	trap 'trap "" INT TERM HUP; exit 143' TERM HUP
}
# ended DIR...: sets STATUS, that with which a script ends. Where nothing more can be written in one of the directories, that was
# why a tool failed; else one that failed with a status that no sentence here chose did so where no failure was foreseen.
ended() {
	local full
	case $STATUS in
	0 | "$EX_USAGE" | "$EX_TOOL" | 5 | 6 | 9 | 10 | 12 | "$EX_REFERENCE") return 0 ;;
	esac
	[ "$STATUS" -lt 124 ] || return 0
	full=$(full_disk "$@" "${TMPDIR:-/tmp}")
	if [ -n "$full" ]; then
		tell "the disk is full: nothing more can be written in $full"
		hint "free some space, or use directories on a larger disk: XDG_CACHE_HOME, --output"
		STATUS=$EX_TOOL
		return 0
	fi
	case $STATUS in
	"$EX_BUILD" | "$EX_SOURCE" | "$EX_DEPENDENCY") return 0 ;;
	esac
	tell "a step failed with status $STATUS where no failure was foreseen; what it said stands above"
	STATUS=$EX_INTERNAL
}

# guarded SIGNAL COMMAND...: a child that gets SIGNAL when this shell dies, whatever it dies of, and that stop_child can end.
# The shell waits in a way that lets its own traps run at once.
CHILD=''
guarded() {
	local signal=$1 status=0
	shift
	setpriv --pdeathsig "$signal" -- "$@" <&0 &
	CHILD=$! CHILD_SIGNAL=$signal
	wait "$CHILD" || status=$?
	CHILD=''
	return $status
}
stop_child() {
	[ -n "$CHILD" ] || return 0
	local -a whom=()
	# ns_run's: the first process of the namespace is killed, not unshare, which waits for it and so until nobody in there is left to
	# make files in a tree that is being removed.
	[ "$CHILD_SIGNAL" != KILL ] || read -ra whom 2>/dev/null <"/proc/$CHILD/task/$CHILD/children" || true
	[ ${#whom[@]} != 0 ] || whom=("$CHILD")
	kill -s "$CHILD_SIGNAL" "${whom[@]}" 2>/dev/null || true
	wait "$CHILD" || true
	CHILD=''
}

# --- small things -----------------------------------------------------------------------------------------------------

json_string() {
	local s=$1
	s=${s//\\/\\\\} s=${s//\"/\\\"} s=${s//$'\n'/\\n} s=${s//$'\t'/\\t} s=${s//$'\r'/\\r} s=${s//[[:cntrl:]]/?}
	printf '"%s"' "$s"
}
# json_member FILE NAME: the value of a top-level string or number, one member a line as our own files have it.
json_member() { sed -n "/^  \"$2\": \"\\{0,1\\}\\([^\"]*[^\",]\\)\"\\{0,1\\},\\{0,1\\}\$/{s//\\1/p;q}" "$1"; }
utc_now() { TZ=UTC0 printf '%(%Y-%m-%dT%H:%M:%SZ)T\n' -1; }
# Of standard input.
sha256() {
	local sum
	sum=$(sha256sum) || return
	printf '%s\n' "${sum%% *}"
}
valid_name() {
	[[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9._+-]*$ && $1 != *.json ]] ||
		fail "$EX_USAGE" "'$1' is no name for a chroot: letters, digits and . _ + - only"
}
# lock_file FILE [-s]: opens FILE and takes its lock (-s: shared); the descriptor is left in LOCK. Says when it has to wait.
# Closing the descriptor gives the lock back (exec {LOCK}>&-).
lock_file() {
	[[ $1 != */* || -d ${1%/*} ]] || mkdir -p "${1%/*}"
	exec {LOCK}>>"$1"
	flock ${2:+"$2"} -n "$LOCK" && return
	notice "waiting for another detbuild that holds $1"
	flock ${2:+"$2"} "$LOCK"
}

# --- namespaces -------------------------------------------------------------------------------------------------------

# full: root over a whole range of ids (also in our own namespaces), or a user with a subuid range; single: this user's own id and nothing else.
ids_kind() {
	local length all=0
	if [ "${DETBUILD_IDS:-}" ]; then
		echo "$DETBUILD_IDS"
	elif [ $EUID = 0 ]; then
		while read -r _ _ length; do all=$((all + length)); done </proc/self/uid_map
		if ((all >= 65536)); then echo full; else echo single; fi
	elif command -v newuidmap >/dev/null && has_range /etc/subuid && has_range /etc/subgid; then
		echo full
	else
		echo single
	fi
}
has_range() { awk -F: -v u="$(id -un)" -v n="$EUID" '($1 == u || $1 == n) && $3 >= 65535 { ok = 1 } END { exit !ok }' "$1" 2>/dev/null; }
range_hint() {
	local user
	user=$(id -un)
	echo "as root: echo $user:100000:65536 | tee -a /etc/subuid >>/etc/subgid; apt-get install uidmap"
}
# Runs a command as root over a full range of ids, in its own mount and pid namespaces; everything in it dies with the caller.
# With a single id: as uid 0 mapped to the caller.
ns_run() {
	local -a how=(--mount --propagation private --pid --fork --kill-child --mount-proc)
	if [ $EUID != 0 ]; then
		how+=(--user --map-root-user)
		[ "$(ids_kind)" = single ] || how+=(--map-auto --setgroups allow)
	fi
	guarded KILL unshare "${how[@]}" -- "$@" # unshare ignores SIGTERM while it waits
}
# Removes trees that hold files of mapped ids. Never leaves the filesystem it starts in.
remove_trees() {
	[ $# -gt 0 ] || return 0
	if [ $EUID = 0 ]; then
		rm -rf --one-file-system -- "$@"
	elif [ "$(ids_kind)" = full ]; then
		unshare --user --map-root-user --map-auto --setgroups allow -- rm -rf --one-file-system -- "$@"
	else
		chmod -R u+rwX -- "$@" 2>/dev/null || true # an overlay's work directory has mode 000
		rm -rf --one-file-system -- "$@"
	fi
}

# --- the host's APT configuration -------------------------------------------------------------------------------------

# Lines "URI RELEASE" of the Debian archive in the host's APT sources for a suite: main component, Debian's own origin or keyring.
# When the host has another Debian suite only, its mirrors are asked for this one.
apt_sources() {
	local suite=$1 all
	need apt-get apt
	# shellcheck disable=SC2016 # APT's own variables
	all=$(apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(CODENAME)|$(COMPONENT)|$(CREATED_BY)|$(ORIGIN)|$(SIGNED_BY)' \
		'Created-By: Packages' 2>/dev/null | sort -u |
		awk -F'|' '$4 == "main" && $5 == "Packages" && ($6 == "Debian" || ($6 == "" && ($7 == "" || $7 ~ /debian-archive-keyring/)))')
	awk -F'|' -v s="$suite" '
		function kind(n) { return n ~ /-security$|\/updates$/ ? 3 : n ~ /-updates$/ ? 2 : n ~ /-/ ? 0 : 1 }
		function base(n) { sub(/(-security|\/updates|-updates|-proposed-updates|-backports)$/, "", n); return n }
		{ k = kind($2); if (!k) next
		  if (base($2) == s || base($3) == s) { if (!mine[k]) mine[k] = $1 " " $2 }
		  else if (!other[k]) other[k] = $1 }
		END {
			split(" -updates -security", suffix, " ")
			if (mine[1]) { for (k = 1; k <= 3; k++) if (mine[k]) print mine[k] }
			else if (other[1]) {
				print other[1], s
				if (s != "sid" && s != "unstable") { if (other[2]) print other[2], s "-updates"; if (other[3]) print other[3], s "-security" }
			}
		}' <<<"$all"
}
# What APT inside a box needs to know of the host's configuration: proxies and transport options.
apt_transport_conf() {
	apt-config dump 2>/dev/null |
		grep -E '^Acquire::(https?|ftp|Retries|Check-Valid-Until|ForceIPv[46]|Queue-Mode)' |
		grep -vE '::Proxy-Auto-Detect|::ProxyAutoDetect|::Dl-Limit ""|^Acquire::[^ ]+ "";$' || true
	local key
	for key in http https; do # environment variables rule over nothing in apt-config dump: write them down
		local var=${key}_proxy
		[ -z "${!var:-}" ] || printf 'Acquire::%s::Proxy "%s";\n' "$key" "${!var}"
	done
	printf 'Acquire::https::CaInfo "/run/detbuild/ca-certificates.crt";\n'
	printf 'APT::Sandbox::User "root";\nAPT::Install-Recommends "false";\nAPT::Get::Assume-Yes "true";\nAcquire::Languages "none";\n'
	printf 'DPkg::Options { "--force-unsafe-io"; "--force-confold"; };\nDPkg::Use-Pty "false";\nBinary::apt-get::APT::Keep-Downloaded-Packages "true";\nAPT::Keep-Downloaded-Packages "true";\n'
	printf 'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";\nAPT::Cmd::Disable-Script-Warning "true";\n'
}

# --- chroots ----------------------------------------------------------------------------------------------------------

# "package version" lines of an image, sorted: read from dpkg's own status file, so that no program of the image runs.
image_packages() {
	[ -e "$1/var/lib/dpkg/status" ] || return 0
	awk '/^Package: /{p=$2} /^Status: /{s=$0} /^Version: /{v=$2} /^Architecture: /{a=$2} /^$/{ if (s ~ / installed$/) print p ":" a, v; s="" }
		END { if (s ~ / installed$/) print p ":" a, v }' "$1/var/lib/dpkg/status" | sort
}
# open_tree NAME: a directory in TREE, beside the chroots, for work on the one of that name, whose lock the caller holds. When the script
# ends it is removed, and so is now what those left that were killed.
open_tree() {
	TREE_OF=$1
	at_end 'ended "$CHROOTS"; stop_child; remove_unfinished; exit $STATUS'
	remove_unfinished notice
	TREE=$(mktemp -d "$CHROOTS/.$1.new.XXXXXX")
	chmod 755 "$TREE"
}
remove_unfinished() {
	local -a trees
	local had
	[ -n "$TREE_OF" ] || return 0
	had=$(shopt -p nullglob || true)
	shopt -s nullglob
	trees=("$CHROOTS/.$TREE_OF.new."[!.][!.][!.][!.][!.][!.])
	$had
	[ $# = 0 ] || [ ${#trees[@]} = 0 ] || notice "removing what an interrupted one left: ${trees[*]}"
	remove_trees "${trees[@]}"
}
# Before the lock is given back.
close_tree() {
	remove_unfinished
	TREE_OF=''
}
# write_chroot_json DIR NAME SUITE RECIPE: the page beside a chroot. "id" changes whenever the directory is made or changed.
write_chroot_json() {
	local list sum when
	list=$(image_packages "$1") when=$(utc_now)
	sum=$(sha256 <<<"$list")
	printf '{\n  "name": %s,\n  "suite": %s,\n  "recipe": %s,\n  "created": %s,\n  "packages": %d,\n  "packages_sha256": "%s",\n  "ids": "%s",\n  "id": "%s"\n}\n' \
		"$(json_string "$2")" "$(json_string "$3")" "$(json_string "$4")" "$(json_string "$when")" "$(grep -c . <<<"$list" || true)" "$sum" \
		"$(ids_kind)" "$(sha256 <<<"$2 $when $RANDOM $sum")"
}
# Layers of build dependencies are of no use without the image they stand on: their names begin with its id.
remove_layers() {
	local -a stale=()
	[ -n "$1" ] || return 0
	shopt -s nullglob
	stale=("$DETBUILD_CACHE/layers/${1:0:16}-"*)
	remove_trees "${stale[@]}"
}
