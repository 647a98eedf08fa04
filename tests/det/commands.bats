#!/usr/bin/env bats
# Ordinary commands: N runs, half of them beside 8 busy processes, give one result (tests/det/hundred.sh holds the table).
# `make stress` runs each a hundred times; here N is DETBUILD_RUNS (4). Where the command is not deterministic by
# itself, six native runs must differ first.

load ../lib/common

bats_require_minimum_version 1.5.0

hundred() {
	[[ ${TWICE_ONLY-} == control ]] && return 0
	"$TOP/tests/det/hundred.sh" "$1" "${DETBUILD_RUNS:-4}"
}

control() {
	local line
	line=$("$TOP/tests/det/hundred.sh" --native "$1" "${2:-4}")
	echo "natively: $line"
	[[ $line != *" 1 distinct"* ]] || { echo "this test cannot fail"; return 1; }
}

@test "make -j2 of 40 files" { control make_j2 2; hundred make_j2; }
@test "make -j8 of 40 files" { control make_j8 2; hundred make_j8; }
@test "(date; date) & wait" { control dates; hundred dates; }
@test "gcc with __DATE__ and __TIME__" { requires gcc; control gcc_date; hundred gcc_date; }
@test "python3: hashes, chance, time, order, threads" { requires /usr/bin/python3; control python; hundred python; }
@test "perl: hashes, chance, time, order, children" { requires /usr/bin/perl; control perl; hundred perl; }
@test "a shell script with jobs and helpers" { control sh; hundred sh; }
@test "id" { control id; hundred id; }
@test "ls -la and stat" { control ls; hundred ls; }
@test "tar -tvf" { control tar; hundred tar; }
@test "a FIFO's two ends" { control fifo; hundred fifo; }
@test "sh -c 'exit 3' is 3" { hundred exit3; }
@test "javac and java" {
	[[ ${DETBUILD_SLOW-} == 1 ]] || skip "slow: set DETBUILD_SLOW=1 (make stress does)"
	requires javac
	control java 2
	hundred java
}
