#!/bin/bash
# demo.sh: what `make demo` shows: GNU hello, as Debian ships it, writes the year of its build into the program. Built twice natively
# under different conditions it differs; under detbuild it does not. Can be run again at any time: what exists is used.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/lib.sh"

export DETBUILD_CONFIG=/dev/null # what it shows are the defaults
package=${1:-hello}
out=$DETBUILD_CACHE/demo
say() { printf '\n== %s\n' "$*"; }
run() {
	printf '$ detbuild %s\n' "$*"
	"$DETBUILD" "$@"
}
hashes() { (cd "$1" && sha256sum ./*.deb | sed 's|\./||'); }
# What the built program says of its year; it is run in a box, for nobody has looked at it yet.
year() {
	local deb
	deb=$(find "$1" -name "${package}_*.deb" | head -n 1)
	rm -rf "$out/tree"
	dpkg-deb -x "$deb" "$out/tree"
	if [ -x "$out/tree/usr/bin/$package" ]; then
		"$DETBUILD" run --native --no-cwd --chroot bookworm --volume "$out/tree:/srv" -- "/srv/usr/bin/$package" --version 2>/dev/null | grep -m 1 Copyright || true
	fi
}

rm -rf "$out"
mkdir -p "$out"
at_end stop_child

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
	printf '   first:  %s\n   second: %s\n' "$(year "$out/native-1")" "$(year "$out/native-2")"
fi

say "3. $package built under detbuild, twice, under conditions that differ on purpose"
run verify "$package" --runs 2 --keep --output "$out/verify"
printf '   under detbuild: %s\n' "$(year "$out/verify")"
