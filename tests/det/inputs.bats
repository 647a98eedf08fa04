#!/usr/bin/env bats
# What is no input of a run must not show: owners and times of the source files outside, the name of their directory.

load ../lib/common

bats_require_minimum_version 1.5.0

# tree DIR OWNER TIME: the same three files under other circumstances.
tree() {
	mkdir -p "$1"
	printf 'a\n' >"$1/a"
	printf 'b\n' >"$1/b"
	ln "$1/a" "$1/c"
	chown "$2" "$1" "$1/a" "$1/b"
	touch -d "$3" "$1/a" "$1/b" "$1"
}

look='ls -lan --full-time; stat -c "%n %u %g %Y" a; chown 7:8 a; ls -ln a c; touch d; ls -ln d'

@test "owners and times of source files outside are not seen inside" {
	requires root
	tree "$BATS_TEST_TMPDIR/one" 0:0 2001-02-03
	tree "$BATS_TEST_TMPDIR/two-with-a-longer-name" 1234:33 2026-01-01
	cd "$BATS_TEST_TMPDIR/one"
	natively=$(ls -lan --full-time)
	"$DETBUILD" --as-root -- sh -c "$look" >../one.out
	cd "$BATS_TEST_TMPDIR/two-with-a-longer-name"
	[[ $natively != "$(ls -lan --full-time)" ]] # the control
	"$DETBUILD" --as-root -- sh -c "$look" >../two.out
	diff "$BATS_TEST_TMPDIR/one.out" "$BATS_TEST_TMPDIR/two.out"
	grep -q ' 7 8 ' "$BATS_TEST_TMPDIR/two.out" # chown works
}
