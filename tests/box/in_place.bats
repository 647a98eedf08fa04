# --in-place: the tracer alone, in the caller's own system, as the hooks of builders use it.
load ../lib/common

setup() {
	common_setup
	requires user
	chmod 777 "$T"
}

@test "in place, what the host is like does not show" {
	local script='date; uname -nr; cat /proc/sys/kernel/hostname /proc/cpuinfo /proc/meminfo /proc/loadavg /etc/hosts; nproc
		cat /sys/devices/system/cpu/online; head -c 8 /dev/urandom | od -An -tx1; cat /proc/self/mounts; id -u; ulimit -n'
	as_user_run 0 run --in-place -- sh -c "$script"
	expect out 'Mon Jan +1 00:00:00 UTC 2024'
	expect out 'Detbuild Virtual CPU'
	expect out 'detbuild 6.1.0-detbuild'
	local first=$output
	as_user_run 0 run --in-place -- sh -c "$script"
	same "$first" "$output"
	# The control: the same script shows this host and this moment without the tracer.
	run sh -c "$script"
	[[ $output != "$first" && $output != *'Detbuild Virtual CPU'* ]]
}

@test "in place, ids and owners are those asked for" {
	as_user_run 0 run --in-place --user root -- sh -c 'touch a; id -u; stat -c %u a; chown 33:44 a; stat -c %u:%g a'
	same "$output" $'0\n0\n33:44'
	[[ $(stat -c %u a) != 33 ]]
	as_user_run 0 run --in-place --user "$DETBUILD_TEST_USER" -- id -un
	same "$output" "$DETBUILD_TEST_USER"
}

@test "in place inside a user namespace, owners are what the command would be told" {
	requires userns
	_open_path "$PWD"
	mkdir open
	chmod 777 open
	cp "$DETBUILD" program
	chmod 755 program
	# tar lists a directory, and a chown of the group alone keeps the owner that the supervisor saw.
	runuser -u "$DETBUILD_TEST_USER" -- sh -c 'cd open && unshare -U --map-user=7 --map-group=7 ../program run --in-place --user root -- \
		sh -c "mkdir d; touch d/f; chown :0 d/f; stat -c %u:%g d/f; tar -c --numeric-owner d | tar -tv --numeric-owner"' >out
	[[ $(sed -n 1p out) == 0:0 ]]
	[[ $(sed -n '2,$p' out | awk '{ print $2 }' | sort -u) == 0/0 ]]
}

@test "in place, no process of the host is seen or hit" {
	setpriv --reuid "$DETBUILD_TEST_USER" --regid "$DETBUILD_TEST_USER" --clear-groups sleep 60 3>&- &
	local stranger=$!
	as_user_run 0 run --in-place -- sh -c "kill -9 -1; kill -9 $stranger; cat /proc/$stranger/stat; ls /proc | grep -c '^[0-9]'; exit 0"
	expect out '^[2-4]$'
	expect err 'No such process'
	expect err "/proc/$stranger/stat: No such file"
	kill -0 "$stranger" # alive
	kill "$stranger"
}

@test "in place, nothing outlives the command" {
	as_user_run 7 run --in-place -- sh -c 'setsid sleep 4711 & sleep 4711 & exit 7'
	run ! pgrep -f '^sleep 4711'
	as_user_run 124 run --in-place --timeout 1 -- sh -c 'setsid sleep 4711 & while :; do :; done'
	run ! pgrep -f '^sleep 4711'
}

@test "in place is refused with what needs a box, and to root" {
	as_user_run 2 run --in-place --network -- true
	expect err '--network needs a box'
	as_user_run 2 run --in-place --user 54321 -- true
	expect err 'no user with that name'
	if ((EUID == 0)); then
		detbuild_run 2 run --in-place -- true
		expect err 'not for root'
	fi
}

# The wrapper in front of debian/rules, with a tracer that only says how it was called.
fake_bundle() {
	mkdir -p bundle/lib
	cp "$TOP/hooks/rules" bundle/
	printf '%s\n' '#!/bin/sh' "$1" >bundle/lib/ld.so
	chmod 755 bundle/lib/ld.so
}

@test "the builders' wrapper hands on dpkg's variables only, and one CPU" {
	fake_bundle 'printf "%s\n" "$@"; echo "$DEB_BUILD_OPTIONS"; exit 3'
	run env -i PATH="$PATH" DEB_HOST_ARCH=amd64 DPKG_X=1 SECRET=2 $'MULTI=a\nDEB_FAKE=b' DEB_BUILD_OPTIONS='nocheck parallel=7' \
		bundle/rules debian/rules build
	((status == 3))
	expect out 'run'$'\n''--no-config'$'\n''--in-place'$'\n''--user'$'\n''builder'
	expect out $'--env\nDEB_HOST_ARCH\n'
	expect out $'--env\nDPKG_X\n'
	expect out $'--\ndebian/rules\nbuild\nnocheck parallel=1$'
	[[ $output != *SECRET* && $output != *DEB_FAKE* ]]
}

@test "the builders' wrapper is root inside fakeroot, and leaves fakeroot behind" {
	fake_bundle 'printf "%s\n" "$@"; env'
	run env -i PATH="$PATH" FAKEROOTKEY=5 LD_LIBRARY_PATH=/nowhere bundle/rules debian/rules binary
	((status == 0))
	expect out $'--user\nroot\n'
	[[ $output != *FAKEROOTKEY* && $output != */nowhere* ]]
}

@test "the builders' wrapper shows that it lives, and leaves nothing running" {
	fake_bundle 'exec sleep 3'
	run env DETBUILD_HEARTBEAT=1 bundle/rules debian/rules build
	expect out 'the traced build goes on'
	run env DETBUILD_HEARTBEAT=4713 bundle/rules debian/rules build
	[[ -z $output ]]
	run ! pgrep -f '^sleep 4713'
}

@test "the bundle runs without the system's libraries" {
	"$TOP/hooks/bundle" "$T/bundle"
	chmod 755 "$T/bundle"
	run "$T/bundle/lib/ld.so" --library-path "$T/bundle/lib" "$T/bundle/lib/detbuild" --version
	expect out '^detbuild '
	run "$T/bundle/lib/ld.so" --library-path "$T/bundle/lib" --list "$T/bundle/lib/detbuild"
	[[ $output != *'=> /lib/'* && $output != *'=> /usr/lib/'* ]]
}
