#!/bin/bash
# demo.sh: what `make demo` shows: GNU hello, as Debian ships it, writes the year of its build into the program. Built twice natively
# under different conditions it differs; under detbuild it does not. Can be run again at any time: what exists is used.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/lib.sh"

package=${1:-hello}
out=$DETBUILD_CACHE/demo
say() { printf '\n== %s\n' "$*"; }
run() {
	printf '$ detbuild %s\n' "$*"
	"$DETBUILD" "$@"
}
hashes() { (cd "$1" && sha256sum ./*.deb | sed 's|\./||'); }

rm -rf "$out"
mkdir -p "$out"
trap stop_child EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say "1. A Debian 12 system to build in (made once)"
[ -d "$CHROOTS/bookworm" ] || run chroot create bookworm
run chroot list

say "2. $package built without detbuild's tracer, now, and 398 days later on another host by another user"
run pkg --native --output "$out/native-1" "$package"
run pkg --native --output "$out/native-2" --faketime +398d --hostname another-host --timezone GMT-14 --umask 002 "$package"
hashes "$out/native-1"
hashes "$out/native-2"
if [ "$(hashes "$out/native-1")" = "$(hashes "$out/native-2")" ]; then
	echo "-> the two builds are the same: this package was reproducible already"
else
	echo "-> the two builds differ"
	show_year() {
		local dir=$1 deb
		for deb in "$dir/${package}_"*.deb; do
			dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/bin/$package" 2>/dev/null | strings | grep -m 1 'Copyright' || true
		done
	}
	command -v strings >/dev/null && printf '   first:  %s\n   second: %s\n' "$(show_year "$out/native-1")" "$(show_year "$out/native-2")"
fi

say "3. $package built under detbuild, twice, under conditions that differ on purpose"
run verify "$package" --runs 2 --output "$out/verify"
