#!/usr/bin/env bats
# Ordinary commands: N runs under random conditions, half of them beside busy processes, give one result (tests/stress/commands.bash holds the table).
# `make stress` runs each two hundred times; here N is DETBUILD_RUNS (4, or 2 for what takes seconds). Where the command is not deterministic by
# itself, six native runs must differ first.

load ../lib/common

bats_require_minimum_version 1.5.0

stress() {
	[[ ${TWICE_ONLY-} == control ]] && return 0
	"$TOP/tests/stress/run" -o "$T/traced" -n "${DETBUILD_RUNS:-${2:-4}}" "$1"
}

control() {
	local line
	line=$("$TOP/tests/stress/run" -o "$T/native" --native -n "${2:-4}" "$1")
	echo "natively: $line"
	[[ $line != *" 1 distinct"* ]] || { echo "this test cannot fail"; return 1; }
}

@test "make -j2 of 40 files" { control make_j2 2; stress make_j2 2; }
@test "make -j8 of 40 files" { control make_j8 2; stress make_j8 2; }
@test "(date; date) & wait" { control dates; stress dates; }
@test "gcc with __DATE__ and __TIME__" { requires gcc; control gcc_date; stress gcc_date; }
@test "python3: hashes, chance, time, order, threads" { requires /usr/bin/python3; control python; stress python; }
@test "perl: hashes, chance, time, order, children" { requires /usr/bin/perl; control perl; stress perl; }
@test "a shell script with jobs and helpers" { control sh; stress sh; }
@test "id" { control id; stress id; }
@test "ls -la and stat" { control ls; stress ls; }
@test "tar -tvf" { control tar; stress tar; }
@test "a FIFO's two ends" { control fifo; stress fifo; }
@test "sh -c 'exit 3' is 3" { stress exit3; }
@test "CPython's tests of threads, signals, select, time and children" {
	[[ ${DETBUILD_SLOW-} == 1 ]] || skip "slow: set DETBUILD_SLOW=1 (make stress does)"
	requires /usr/lib/python3.11/test/test_threading.py
	control python_tests 2
	stress python_tests
}
@test "javac and java" {
	[[ ${DETBUILD_SLOW-} == 1 ]] || skip "slow: set DETBUILD_SLOW=1 (make stress does)"
	requires javac
	control java 2
	stress java
}
