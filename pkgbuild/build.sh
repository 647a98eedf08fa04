# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared between the parts, see lib.sh
# build.sh: lays the source out in an upper directory, then runs the whole dpkg-buildpackage on it, traced (ADR 0003).

# The build's environment is this list, what a .buildinfo records, and --env, nothing of the caller's.
build_environment() {
	local locale=$OPT_LOCALE
	[ -n "$BUILDINFO" ] || : "${locale:=C.UTF-8}" # a .buildinfo records it
	[[ " $BUILD_OPTIONS" == *' parallel='* ]] || BUILD_OPTIONS+="${BUILD_OPTIONS:+ }parallel=1"
	BUILD_ENV=(PATH="$BOX_PATH" HOME="$OPT_HOME" TZ="$OPT_TIMEZONE" USER=builder LOGNAME=builder
		SHELL=/bin/sh SOURCE_DATE_EPOCH="${RECORDED_EPOCH:-$CHANGELOG_DATE}" DEB_BUILD_OPTIONS="$BUILD_OPTIONS" "${RECORDED_ENV[@]}")
	[ -z "$locale" ] || BUILD_ENV+=(LANG="$locale" LC_ALL="$locale")
	[ -z "$DEB_BUILD_PROFILES" ] || BUILD_ENV+=(DEB_BUILD_PROFILES="$DEB_BUILD_PROFILES")
	[ -z "$OPT_FAKETIME" ] || BUILD_ENV+=(NO_FAKE_STAT=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
	BUILD_ENV+=("${EXTRA_ENV[@]}")
}

# Extracts the source as the building user at its path in the box; sets CHANGELOG_DATE. The entry of a binary-only rebuild, which no source
# has, goes on top of debian/changelog, as sbuild puts it there.
# shellcheck disable=SC2016 # expanded in the box
build_extract() {
	local how=dsc out=$WORK/control/extract.out status=0
	[ -n "$DSC" ] || how=tree
	phase "extracting $P_V"
	mkdir -p "$WORK/box"
	box_root "$WORK/box" --layer "$LAYER/upper" --volume "$SOURCE_DIR:/run/detbuild-source" --volume "$WORK/control:/run/detbuild" -- /bin/sh -c '
		set -e
		how=$1 dsc=$2 path=$3 uid=$4 gid=$5 shift=$6
		parent=$(dirname "$path")
		mkdir -p "$parent"
		as="chroot --userspec=$uid:$gid --groups= --skip-chdir /" # setpriv(1) needs a securebit that the box has locked
		if ! chown "$uid:$gid" "$parent" 2>/dev/null; then as=; fi # a single id: everything belongs to it anyway
		export HOME=/nonexistent
		cd "$parent"
		if [ "$how" = dsc ]; then
			$as dpkg-source --no-check -x "/run/detbuild-source/$dsc" "$path" >&2
		else
			cp -a --no-preserve=ownership /run/detbuild-source "$path"
			[ -z "$as" ] || chown -R -h "$uid:$gid" "$path"
		fi
		cd "$path"
		if [ -e /run/detbuild/entry ]; then
			{ cat /run/detbuild/entry && echo && cat debian/changelog; } >/tmp/changelog
			cat /tmp/changelog >debian/changelog
		fi
		[ "$shift" = 0 ] || find . -print0 | perl -0ne "chomp; my @s = lstat or next; next if -l _; utime(\$s[8] + $shift, \$s[9] + $shift, \$_)"
		dpkg-parsechangelog -STimestamp' \
		sh "$how" "$DSC" "$BUILD_PATH" "$BUILD_UID" "$BUILD_GID" "$SOURCE_TIME_SHIFT" >"$out" 2>>"$LOG.extract" </dev/null || status=$?
	if [ $status != 0 ]; then
		show_end 5 "$LOG.extract"
		fail "$EX_SOURCE" "the source of $P_V could not be extracted"
	fi
	CHANGELOG_DATE=$(tail -n 1 "$out")
	[[ $CHANGELOG_DATE =~ ^[0-9]+$ ]] || fail "$EX_USAGE" "the newest entry of debian/changelog has no date"
}

build_once() {
	phase "building $P_V"
	BUILD_STATUS=0
	logged "$LOG" guarded TERM "${BUILD_COMMAND[@]}" || BUILD_STATUS=$?
}
# Is there more in the file of loops than when this was asked last?
loop_is_new() {
	local known=$LOOPS_KNOWN
	LOOPS_KNOWN=$(cat "$SPIN_HINTS" 2>/dev/null || true)
	[ "$LOOPS_KNOWN" != "$known" ]
}

# The build itself. Sets BUILD_STATUS; the guest's output is the log, without times of ours: it is an output to be compared.
build_run() {
	local -a command=(dpkg-buildpackage -us -uc "--build=$BUILD_KIND") options=() wrap=()
	local variable
	for variable in "${BUILD_ENV[@]}"; do options+=(--env "$variable"); done
	if [ "$NATIVE" = 1 ]; then # the tracer's own world has these names
		printf '127.0.0.1\tlocalhost\n127.0.1.1\t%s\n::1\tlocalhost\n' "$OPT_HOSTNAME" >"$WORK/control/hosts"
		options+=(--native --volume "$WORK/control/hosts:/etc/hosts")
	fi
	[ -z "$OPT_FAKETIME" ] || wrap=(faketime -f "$OPT_FAKETIME")
	options+=(--chroot "$IMAGE" --layer "$LAYER/upper" --upper "$WORK/box" --directory "$BUILD_PATH" --user "$BUILD_UID:$BUILD_GID"
		--hostname "$OPT_HOSTNAME" --umask "$OPT_UMASK" --epoch "@$EPOCH" --seed "$SEED" "${RUN_OPTIONS[@]}")
	SPIN_HINTS=$WORK/control/spin-hints LOOPS_KNOWN=''
	for variable in "${RUN_OPTIONS[@]}"; do
		[[ $variable != --spin-hints=* ]] || SPIN_HINTS=${variable#*=}
	done
	[ "$NATIVE" = 1 ] || options+=(--spin-hints "$SPIN_HINTS")
	LOOPS_KNOWN=$(cat "$SPIN_HINTS" 2>/dev/null || true)
	BUILD_COMMAND=("$DETBUILD" run --no-cwd "${options[@]}" -- "${wrap[@]}" "${command[@]}")
	BUILD_STARTED=$(utc_now)
	build_once
	while [ "$BUILD_STATUS" = 9 ] && loop_is_new; do # detbuild found a loop whose rounds must be counted: once more, from the start
		remove_trees "$WORK/box"
		: >"$LOG"
		build_extract
		build_once
	done
	BUILD_ENDED=$(utc_now)
	[ "$BUILD_STATUS" = 0 ] || build_failed
}
# Keeps the tree and says how to get into it. detbuild's own verdicts (time-out, deadlock, refused, interrupted) keep their codes.
build_failed() {
	local code=$EX_BUILD full
	if [ "$BUILD_STATUS" = 12 ] && [[ " ${RUN_OPTIONS[*]} " == *' --stack-at='* ]]; then
		exit 12 # it ended where it was to end: nothing is to be looked at
	fi
	full=$(full_disk "$WORK")
	[ -z "$full" ] || code=$EX_TOOL
	case $BUILD_STATUS in
	5 | 6 | 9 | 10 | 124 | 125 | 130 | 143) code=$BUILD_STATUS ;;
	esac
	KEEP_WORK=1
	show_log_end
	mkdir -p "$OUTPUT"
	cp "$LOG" "$OUTPUT/$NAME_V.detbuild.log.part" && mv "$OUTPUT/$NAME_V.detbuild.log.part" "$OUTPUT/$NAME_V.detbuild.log"
	notice "the log: $OUTPUT/$NAME_V.detbuild.log"
	notice "the tree: $WORK/box/upper$BUILD_PATH"
	notice "to enter it: $DETBUILD enter --chroot $IMAGE --layer $LAYER/upper --upper $WORK/box --user $BUILD_UID:$BUILD_GID --directory $BUILD_PATH -- /bin/sh"
	notice "to remove it: $DETBUILD pkg --clean"
	[ -z "$WANT_JSON" ] || result_json "failed" "$code"
	fail "$code" "the build of $P_V failed with status $BUILD_STATUS${full:+, and the disk is full: nothing more can be written in $full}"
}
