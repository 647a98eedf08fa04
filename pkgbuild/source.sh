# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared between the parts, see lib.sh
# source.sh: from what the user named (NAME, NAME=VERSION, FILE.dsc, FILE.buildinfo, DIR) to a directory with source files. Fetched sources are
# kept in <cache>/sources/NAME_VERSION; APT checks them against the archive's signature before they get there.

# source_local SPEC: what can be said before there is an image: what kind SPEC is, and of files that lie here everything.
source_local() {
	local spec=$1
	# A bare name is a package unless a source tree of that name lies here.
	if [ -d "$spec" ] && { [ -e "$spec/debian/changelog" ] || [[ $spec == */* || $spec == . || $spec == .. ]]; }; then
		source_of_tree "$spec"
	elif [[ $spec == *.buildinfo ]]; then
		SPEC_KIND=buildinfo
		source_file "$spec"
	elif [[ $spec == *.dsc ]]; then
		SPEC_KIND=dsc
		source_of_dsc "$spec"
	elif [[ $spec =~ ^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?$ ]]; then
		SPEC_KIND=archive
	elif [[ $spec == */* && ! -e $spec ]]; then
		fail "$EX_USAGE" "there is no $spec"
	else
		fail "$EX_USAGE" "'$spec' is no source package: neither NAME, NAME=VERSION, FILE.dsc, FILE.buildinfo nor a directory"
	fi
}
source_find() {
	local spec=$1
	[ "$SPEC_KIND" = buildinfo ] || snapshot_open # of a .buildinfo it needs the date
	case $SPEC_KIND in
	buildinfo) source_of_buildinfo "$spec" ;;
	archive) source_fetch "$spec" ;;
	esac
	P_V=$SOURCE-$(without_epoch "$VERSION")
	[[ $SOURCE =~ ^[a-z0-9][a-z0-9+.-]+$ && $VERSION =~ ^[A-Za-z0-9.+:~-]+$ ]] ||
		fail "$EX_USAGE" "$spec names a package or version that cannot be: '$SOURCE' '$VERSION'"
}
source_file() {
	[ -e "$1" ] || fail "$EX_USAGE" "there is no $1"
	[ -f "$1" ] && [ -r "$1" ] || fail "$EX_USAGE" "cannot read $1"
}
source_of_tree() {
	SPEC_KIND=tree SOURCE_DIR=$(readlink -f "$1") DSC=''
	local file head
	for file in debian/changelog debian/control debian/rules; do
		[ -e "$1/$file" ] || [ ! -x "$1" ] || fail "$EX_USAGE" "$1 is no Debian source package: there is no $file"
		[ -r "$1/$file" ] || fail "$EX_USAGE" "cannot read $1/$file"
	done
	head=$(grep -m 1 . "$1/debian/changelog")
	[[ $head =~ ^([^[:space:]]+)[[:space:]]\(([^\)]+)\) ]] || fail "$EX_USAGE" "the first line of $1/debian/changelog names no version: $head"
	SOURCE=${BASH_REMATCH[1]} VERSION=${BASH_REMATCH[2]}
}
source_of_dsc() {
	source_file "$1"
	SOURCE_DIR=. DSC=${1##*/}
	[[ $1 != */* ]] || SOURCE_DIR=${1%/*}/
	SOURCE_DIR=$(readlink -f "$SOURCE_DIR")
	SOURCE=$(control_field "$1" Source) VERSION=$(control_field "$1" Version)
	[[ -n $SOURCE && -n $VERSION ]] || fail "$EX_USAGE" "$1 is no Debian source package: it has no Source or Version field"
	local sum size name
	while read -r sum size name; do
		[[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._+~%:-]*$ ]] || fail "$EX_USAGE" "$1 names a file that cannot be: '$name'"
		[ -r "$SOURCE_DIR/$name" ] || fail "$EX_SOURCE" "source file $name, named by $DSC, is missing in $SOURCE_DIR"
		[ "$(sha256 <"$SOURCE_DIR/$name")" = "$sum" ] || fail "$EX_SOURCE" "source file $name is not the one that $DSC names (SHA-256, size $size)"
	done < <(control_field "$1" Checksums-Sha256 | checksum_lines)
}

# Which version a name means is a function of the image's package lists: remembered by the image's identity.
source_fetch() {
	local spec=$1 memo=$DETBUILD_CACHE/sources/.known/${IMAGE_ID:0:16}${SNAPSHOT_ID:+-${SNAPSHOT_ID:0:16}}/$1 tmp dsc dir
	if [ -e "$memo" ] && [ -e "$DETBUILD_CACHE/sources/$(<"$memo")" ]; then
		source_of_dsc "$DETBUILD_CACHE/sources/$(<"$memo")"
		return
	fi
	phase "fetching the source of $spec"
	mkdir -p "$DETBUILD_CACHE/sources" "$(dirname "$memo")" "$WORK/fetch"
	tmp=$(mktemp -d "$DETBUILD_CACHE/sources/.new.XXXXXX")
	SCRAP+=("$tmp")
	chmod 755 "$tmp"
	source_fetch_apt "$spec" "$tmp" || source_fetch_failed "$spec"
	dsc=$(find "$tmp" -maxdepth 1 -name '*.dsc' -printf '%f\n' | head -n 1)
	[ -n "$dsc" ] || source_fetch_failed "$spec"
	source_of_dsc "$tmp/$dsc"
	dir=${SOURCE}_$(without_epoch "$VERSION")
	[ -e "$DETBUILD_CACHE/sources/$dir" ] || mv -T "$tmp" "$DETBUILD_CACHE/sources/$dir" 2>/dev/null || [ -e "$DETBUILD_CACHE/sources/$dir" ]
	echo "$dir/$dsc" >"$memo"
	source_of_dsc "$DETBUILD_CACHE/sources/$dir/$dsc"
}
# shellcheck disable=SC2016 # expanded in the box
source_fetch_apt() {
	logged "$LOG.fetch" box_apt "$WORK/fetch" --network --volume "$2:/run/detbuild-source:rw" -- /bin/sh -c '
		cd /run/detbuild-source
		get() { apt-get source --download-only --only-source "$1"; }
		get "$1" && exit
		apt-get update >/dev/null && get "$1"' sh "$1"
}
source_fetch_failed() {
	local log=$LOG.fetch what where="the suites of chroot $IMAGE_NAME"
	[ ${#SNAPSHOT_MIRRORS[@]} = 0 ] || where="the snapshot"
	if grep -q 'Unable to find a source package\|Can not find version\|Ignore unavailable version' "$log"; then
		[ -z "$BUILDINFO" ] || fail "$EX_SOURCE" "there is no source of ${1/=/ } in $where" \
			"put its .dsc and what that names beside the .buildinfo, or name a --snapshot-mirror"
		fail "$EX_USAGE" "there is no source package $1 in $where" \
			"it takes the name of a source, which can differ from that of its packages; without =VERSION the newest is taken"
	fi
	if grep -q "^E: You must put some 'deb-src' URIs" "$log"; then
		fail "$EX_SOURCE" "there are no sources in $where, only packages" "take the files from elsewhere and give the .dsc, or put them beside the .buildinfo"
	fi
	what=$(grep -m 1 -o 'Failed to fetch .*' "$log" || true)
	if [[ $what == *404* || $what == *'Not Found'* ]]; then
		fail "$EX_SOURCE" "the mirror lacks a file of the source: ${what#Failed to fetch }" \
			"take the files from elsewhere and give the .dsc: detbuild pkg FILE.dsc"
	fi
	[ -n "$what" ] || what=$(grep -m 1 '^E: ' "$log" | cut -c 4- || true)
	[ -n "$what" ] || show_end 5 "$log"
	fail "$EX_SOURCE" "the source of $1 could not be fetched${what:+: $what}"
}
