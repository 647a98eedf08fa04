# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared between the parts, see lib.sh
# reference.sh: the .debs that a build is to be compared with, put into --reference. They come from the archive (APT checks each against
# the signed index), from a directory, or from the files that a .changes or .buildinfo names (each checked against the hash in it).

# reference_collect FROM DIR: DIR holds the reference's .debs afterwards, under the names that dpkg-deb gives. Of those that a list names and
# that are not there, the hashes are in DIR/SHA256SUMS.
reference_collect() {
	local from=$1 dir=$2 name
	phase "collecting what $P_V is to be compared with"
	mkdir -p "$dir" "$WORK/reference"
	dir=$(readlink -f "$dir")
	rm -f "$dir"/*.deb "$dir"/*.udeb "$dir/SHA256SUMS"
	case $from in
	archive) reference_of_archive ;;
	*.changes | *.buildinfo) reference_of_list "$from" "$dir/SHA256SUMS" ;;
	*) reference_of_directory "$from" ;;
	esac
	shopt -s nullglob
	for name in "$WORK/reference"/*.{deb,udeb}; do
		[[ $(basename "$name") =~ $ARTEFACT_NAME ]] || continue
		cp --no-preserve=mode,ownership "$name" "$dir/$(basename "$name" | sed -E 's/_[0-9]+%3a/_/')"
	done
	[ -n "$(find "$dir" -name '*.*deb' -print -quit)" ] || [ -s "$dir/SHA256SUMS" ] ||
		fail "$EX_REFERENCE" "there is no .deb of $SOURCE $VERSION in ${from/#archive/the archive}" "$REFERENCE_HINT"
}

# Names of the binary packages that the source can make, from its .dsc or debian/control.
reference_names() {
	if [ -n "$DSC" ]; then
		control_field "$SOURCE_DIR/$DSC" Binary | tr ', ' '\n\n'
	else
		sed -n 's/^Package:[[:space:]]*//p' "$SOURCE_DIR/debian/control"
	fi | grep -E '^[a-z0-9][a-z0-9+.-]+$' || true
}
# A binary belongs to the version when its Source field (or its own name and version) says so; a binary-only rebuild does, too, but
# its version has a suffix and a changelog entry that are in no source: it cannot be compared, and that is said.
# shellcheck disable=SC2016 # expanded in the box
reference_of_archive() {
	local -a names
	mapfile -t names < <(reference_names)
	REFERENCE_HINT="the archive has other versions of it, or none; --against takes a directory or a .changes file"
	mkdir -p "$WORK/fetch"
	logged "$LOG.reference" box_apt "$WORK/fetch" --network --volume "$WORK/reference:/run/detbuild-reference:rw" -- /bin/sh -c '
		cd /run/detbuild-reference
		source=$1 version=$2
		shift 2
		known() {
			apt-cache show "$@" 2>/dev/null | awk -v source="$source" -v version="$version" "
				function one() { if (p != \"\" && s == source && sv == version && a != \"\") print p \"=\" v; p = \"\" }
				/^Package: / { one(); p = s = \$2; sv = v = a = \"\" }
				/^Architecture: / { a = \$2 }
				/^Version: / { v = \$2; if (sv == \"\") sv = v }
				/^Source: / { s = \$2; if (\$3 != \"\") sv = substr(\$3, 2, length(\$3) - 2) }
				END { one() }" | sort -u
		}
		get() {
			list=$(known "$@")
			[ -n "$list" ] && apt-get download $list
		}
		get "$@" && exit
		apt-get update >/dev/null
		list=$(known "$@")
		[ -z "$list" ] || apt-get download $list' sh "$SOURCE" "$VERSION" "${names[@]}" || reference_failed
	local rebuilt
	rebuilt=$(find "$WORK/reference" -name '*+b[0-9]*_*.deb' -printf '%f\n' | head -n 1)
	[[ -z $rebuilt || $VERSION =~ \+b[0-9]+$ || -e $WORK/control/entry ]] || fail "$EX_REFERENCE" "the archive has a binary-only rebuild, $rebuilt, of $SOURCE $VERSION" \
		"its changelog entry is in no source package; compare with other files: --against"
}
reference_failed() {
	show_end 5 "$LOG.reference"
	fail "$EX_REFERENCE" "the archive's .debs of $SOURCE $VERSION could not be fetched" "$(grep -m 1 '^E: ' "$LOG.reference" | cut -c 4- || true)"
}

reference_of_directory() {
	local deb fields
	[ -e "$1" ] || fail "$EX_USAGE" "--against $1: there is no such directory or file"
	[ -d "$1" ] || fail "$EX_USAGE" "--against $1: it takes archive, a directory or a .changes file"
	REFERENCE_HINT="they are found by the fields in them, not by their names"
	for deb in "$1"/*.deb "$1"/*.udeb; do
		[ -f "$deb" ] || continue
		fields=$(dpkg-deb --showformat '${source:Package} ${source:Version}' -W "$deb" 2>/dev/null) || continue
		[ "$fields" != "$SOURCE $VERSION" ] || cp "$deb" "$WORK/reference/"
	done
}

# The lines "HASH SIZE NAME" of the file's Checksums-Sha256; of the .buildinfo that is rebuilt those that were read already.
reference_sums() {
	if [ "$BUILDINFO" = "$(readlink -f "$1")" ]; then
		printf '%s\n' "${RECORDED_SUMS[@]}"
	else
		control_field "$1" Checksums-Sha256 | checksum_lines
	fi
}
# reference_of_list LIST SUMS: the packages that LIST names; hashes of those that do not lie beside it go to the file SUMS.
reference_of_list() {
	local sum size name where
	[ -r "$1" ] || fail "$EX_USAGE" "cannot read $1"
	where=$(dirname "$1")
	REFERENCE_HINT="it names no packages"
	while read -r sum size name; do
		[[ $name == *.deb || $name == *.udeb ]] || continue
		[[ $name =~ $ARTEFACT_NAME ]] || fail "$EX_USAGE" "$1 names a file that cannot be: '$name'"
		if [ ! -r "$where/$name" ]; then
			printf '%s  %s\n' "$sum" "$name" >>"$2"
			continue
		fi
		[ "$(sha256 <"$where/$name")" = "$sum" ] || fail "$EX_REFERENCE" "$where/$name is not the file that $1 names (SHA-256, size $size)"
		cp "$where/$name" "$WORK/reference/"
	done < <(reference_sums "$1")
}
