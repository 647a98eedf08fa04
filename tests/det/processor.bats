#!/usr/bin/env bats
# The processor that a command sees is the model's, on every host: tests/det/processor/MODEL.txt are what every machine that runs these
# tests must show, whatever its own processor. build/tests/other-host is the program on a host whose processor has less.

load ../lib/common

AVX2=7:0:1:5 RDRAND=1:0:2:30 AES=1:0:2:25 SSE42=1:0:2:20 XSAVEC=d:1:0:1

# shown PROGRAM OPTION...: what a guest sees, but for the places of functions in the image's C library.
shown() {
	_checked_run 0 "$@" --volume "$BUILD/tests/guests:/opt/guests" -- /opt/guests/machine_processor
	grep -v '^variant ' <<<"$output"
}

# everything PROGRAM OPTION...: all of that, and what the dynamic linker made of the processor.
everything() {
	# shellcheck disable=SC2016 # the inner shell expands it
	_checked_run 0 "$@" --volume "$BUILD/tests/guests:/opt/guests" -- sh -e -c \
		'/opt/guests/machine_processor; /opt/guests/machine_libm; /lib64/ld-linux-x86-64.so.2 --list-diagnostics | grep ^x86'
	printf '%s\n' "$output"
}

differ() {
	! cmp -s "$1" "$2" || { echo "these are the same: $1 $2"; return 1; }
}

needs_v3() {
	local flag
	for flag in avx2 bmi2 fma movbe xsavec; do
		grep -qw "$flag" /proc/cpuinfo || skip "this CPU has no $flag"
	done
}

@test "x86-64-v2 is the default, and the same on every host" {
	shown "$DETBUILD" >default
	shown "$DETBUILD" --cpu x86-64-v2 >named
	diff default "$TOP/tests/det/processor/x86-64-v2.txt"
	diff default named
}

@test "x86-64-v3 is the same on every host that has it" {
	needs_v3
	shown "$DETBUILD" --cpu x86-64-v3 >seen
	diff seen "$TOP/tests/det/processor/x86-64-v3.txt"
	differ seen "$TOP/tests/det/processor/x86-64-v2.txt"
}

@test "--real-cpu shows the host's processor: the negative control" {
	shown "$DETBUILD" --real-cpu >seen
	differ <(grep '^cpuid' seen) <(grep '^cpuid' "$TOP/tests/det/processor/x86-64-v2.txt")
	diff <(grep '^cpuid 00000000/0' seen) <("$BUILD/tests/guests/machine_processor" | grep '^cpuid 00000000/0')
}

@test "hosts that lack what the model does not promise give the same bits" {
	everything "$DETBUILD" >this
	grep -q 'x86.cpu_features.basic.kind=0x1' this
	OTHER_HOST_LACKS="$SSE42" _checked_run 4 "$BUILD/tests/other-host" -- true # it does hide
	OTHER_HOST_LACKS="$AVX2 $RDRAND $AES" everything "$BUILD/tests/other-host" >other
	diff this other
}

# stops OPTION...: of twenty starts of a dynamic program
stops() {
	_checked_run 0 "$DETBUILD" "$@" --report report -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do env true; done'
	sed -n 's/.*"stops": *\([0-9]*\).*/\1/p' report
}

@test "what the dynamic linker asks at every start is answered without a stop, nearly always" {
	local real answered
	real=$(stops --real-cpu)
	answered=$(stops)
	echo "$real stops with the host's processor, $answered with the model's"
	((answered - real < 20 * 2 * 6))
}

@test "an unknown model is a usage error" {
	detbuild_run 2 --cpu x86-64-v4 -- true
	expect err 'x86-64-v2.x86-64-v3'
	detbuild_run 2 --cpu host -- true
}

# lacks MODEL FEATURES: the run is refused before anything runs.
lacks() {
	OTHER_HOST_LACKS=$2 _checked_run 4 "$BUILD/tests/other-host" --cpu "$1" -- touch "$T/ran"
	[[ ! -e $T/ran ]]
}

@test "a host that has less than the model promises is refused with status 4" {
	lacks x86-64-v2 "$SSE42"
	expect err "lacks 'sse4_2' of --cpu x86-64-v2"
	lacks x86-64-v3 "$RDRAND $AVX2"
	expect err "lacks '[a-z0-9_]*' of --cpu x86-64-v3"
	expect err 'hint: --cpu x86-64-v2 asks for less'
}

@test "a host whose system saves vector registers in the wide form only is refused for x86-64-v3" {
	needs_v3
	lacks x86-64-v3 "$XSAVEC"
	expect err "lacks 'xsavec' of --cpu x86-64-v3"
}

@test "with --real-cpu the host's processor is not asked for anything" {
	OTHER_HOST_LACKS=$SSE42 _checked_run 0 "$BUILD/tests/other-host" --real-cpu -- true
}
