# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared between the parts, see lib.sh
# buildinfo.sh: from a .buildinfo (read by pkgbuild/buildinfo) to the driver's state, and from what was installed there to what differs
# here. Nothing of the file reaches a command, a path or a terminal before pkgbuild/buildinfo has checked its form.

# buildinfo_read FILE: sets BUILDINFO, SOURCE, VERSION, BUILD_KIND, SIGNATURE, RECORDED_ENV, WANTED (words PACKAGE=VERSION), RECORDED_SUMS
# (lines "HASH SIZE NAME") and RECORDED_DATE, and what the call left open: BUILD_PATH. The changelog entry of a binary-only rebuild goes to
# $WORK/control/entry.
buildinfo_read() {
	local line key value machine='' ignored=()
	need perl perl
	perl -MDpkg::Control -e 1 2>/dev/null || fail "$EX_TOOL" "dpkg's modules for perl are missing" "apt-get install libdpkg-perl"
	[ -z "$KEYRING" ] || [ -r "$KEYRING" ] || fail "$EX_USAGE" "cannot read the keyring $KEYRING"
	"$PKGBUILD/buildinfo" "$1" ${KEYRING:+"$KEYRING"} >"$WORK/control/facts" 2>"$WORK/control/why" ||
		fail $? "$1: $(cat "$WORK/control/why")" "it takes what dpkg-genbuildinfo writes, signed or not: deb-buildinfo(5)"
	BUILDINFO=$(readlink -f "$1")
	while IFS= read -r line; do
		key=${line%% *} value=${line#* }
		case $key in
		signature) SIGNATURE=$value ;;
		source) SOURCE=$value ;;
		version) VERSION=$value ;;
		build) BUILD_KIND=$value ;;
		architecture) machine=$value ;;
		build-path) : "${BUILD_PATH:=$value}" ;;
		date) RECORDED_DATE=$value ;;
		env) buildinfo_variable "$value" ;;
		ignored) ignored+=("$value") ;;
		installed) WANTED+=("${value/ /=}") ;;
		sum) RECORDED_SUMS+=("$value") ;;
		entry) printf '%s\n' "$value" >>"$WORK/control/entry" ;;
		esac
	done <"$WORK/control/facts"
	[ "$SIGNATURE" != unverified ] || warn "$1 is signed, and the signature was not verified: --keyring FILE does that"
	[ ${#ignored[@]} = 0 ] || warn "$1 has environment variables that dpkg does not record, not taken: ${ignored[*]}"
	[ -z "$machine" ] || image_packages "$IMAGE" | grep "^dpkg:$machine " >/dev/null ||
		fail "$EX_DEPENDENCY" "it was built for $machine, and chroot $IMAGE_NAME is of another architecture"
}
# Those that the driver works with itself are its own; the others go on as they are.
buildinfo_variable() {
	case $1 in
	SOURCE_DATE_EPOCH=*)
		[[ $1 =~ =[0-9]{1,12}$ ]] || fail "$EX_USAGE" "$SPEC: $1 is no time"
		RECORDED_EPOCH=${1#*=}
		;;
	DEB_BUILD_OPTIONS=*) BUILD_OPTIONS="${1#*=}${BUILD_OPTIONS:+ $BUILD_OPTIONS}" ;;
	DEB_BUILD_PROFILES=*) DEB_BUILD_PROFILES="${1#*=}${DEB_BUILD_PROFILES:+ $DEB_BUILD_PROFILES}" ;;
	*) RECORDED_ENV+=("$1") ;;
	esac
}

# The source: beside the .buildinfo, else from the snapshot or the archive. It must be the one that was built.
source_of_buildinfo() {
	buildinfo_read "$1"
	snapshot_open
	local source=$SOURCE version=$VERSION sum size name dsc
	dsc=${SOURCE}_$(without_epoch "$VERSION").dsc
	if [ -r "$(dirname "$1")/$dsc" ]; then
		source_of_dsc "$(dirname "$1")/$dsc"
	else
		source_fetch "$SOURCE=$VERSION"
	fi
	[[ $SOURCE == "$source" && $VERSION == "$version" ]] || fail "$EX_SOURCE" "$DSC is the source of $SOURCE $VERSION, not of $source $version"
	for name in "${RECORDED_SUMS[@]}"; do
		read -r sum size name <<<"$name"
		[ "$name" != "$DSC" ] || [ "$(sha256 <"$SOURCE_DIR/$DSC")" = "$sum" ] ||
			fail "$EX_SOURCE" "$DSC is not the one that $(basename "$1") names (SHA-256, size $size)"
	done
}

# Compares what is installed with what was, into $WORK/control/environment: "signature WORD", "packages N" and a line "differs PACKAGE
# WANTED HAVE" for each that is not there in that version; HAVE is "-" when it is not there at all.
environment_compare() {
	local root=$LAYER/upper report=$WORK/control/environment
	[ -n "$BUILDINFO" ] || return 0
	[ -e "$root/var/lib/dpkg/status" ] || root=$IMAGE
	printf '%s\n' "${WANTED[@]}" >"$WORK/control/wanted"
	{
		printf 'signature %s\npackages %d\n' "$SIGNATURE" ${#WANTED[@]}
		image_packages "$root" | awk '
			NR == FNR { have[$1] = $2; next }
			{ at = index($0, "="); name = substr($0, 1, at - 1); want = substr($0, at + 1)
			  have_it = name in have ? have[name] : (name ":amd64") in have ? have[name ":amd64"] : (name ":all") in have ? have[name ":all"] : "-"
			  if (have_it != want) print "differs", name, want, have_it }' - "$WORK/control/wanted"
	} >"$report"
	[ -z "$ENVIRONMENT_REPORT" ] || cp "$report" "$ENVIRONMENT_REPORT"
	environment_tell "$report"
}
environment_tell() {
	local n why=''
	n=$(grep -c '^differs ' "$1" || true)
	[ "$n" != 0 ] || return 0
	if [ ${#SNAPSHOT_MIRRORS[@]} -gt 0 ]; then
		[ -n "$ENVIRONMENT_REPORT" ] || why=": $(sed -n 's/^differs //p' "$1" | head -n 5 | paste -sd ';')" # rebuild tells of each itself
		fail "$EX_DEPENDENCY" "$n packages have another version than the .buildinfo names$why"
	fi
	notice "$n of ${#WANTED[@]} packages have another version here than where it was built (wanted -> here):"
	sed -n 's/^differs \([^ ]*\) \([^ ]*\) \(.*\)/  \1: \2 -> \3/p' "$1" | head -n 10 | while IFS= read -r line; do notice "$line"; done
	[ "$n" -le 10 ] || notice "  and $((n - 10)) more"
}

# buildinfo_write BUILT FILE: the .buildinfo that dpkg made in the box, for others to read. It tells of the results (which is checked: the
# build wrote it), the environment, and, in place of the box's clock, when they were really built.
buildinfo_write() {
	local name told built
	"$PKGBUILD/buildinfo" "$1" >"$WORK/control/statement" 2>"$WORK/control/why" ||
		fail "$EX_BUILD" "the .buildinfo of the build of $P_V cannot be read: $(cat "$WORK/control/why")"
	told=$(sed -n '/deb$/s/^sum //p' "$WORK/control/statement" | sort)
	built=$(for name in "${RESULTS[@]}"; do
		[[ $name != *deb ]] || echo "$(sha256 <"$OUTPUT/$name") $(stat -c %s "$OUTPUT/$name") $name"
	done | sort)
	[ "$told" = "$built" ] || fail "$EX_BUILD" "the .buildinfo of the build of $P_V does not tell of the packages that were built"
	sed "s/^Build-Date: .*/Build-Date: $(date -u -R -d "$BUILD_ENDED")/" "$1" >"$2.part"
	mv "$2.part" "$2"
}
