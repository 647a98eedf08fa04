#!/usr/bin/env bats
# The canonical machine: nothing in /proc and /sys names the machine that the run really has.

load ../lib/common

bats_require_minimum_version 1.5.0

# One line for each string of this machine that is long enough to mean something.
host_strings() {
	{
		hostname
		uname -r
		uname -v
		sed -n 's/^model name[^:]*: //p; s/^microcode[^:]*: //p; s/^cpu MHz[^:]*: //p' /proc/cpuinfo
		cat /proc/sys/kernel/random/boot_id /proc/cmdline
		sed -n 's/^MemTotal: *//p' /proc/meminfo
		sed -n 's/^btime //p' /proc/stat
		cat /sys/class/net/*/address /sys/class/dmi/id/* 2>/dev/null || true
		awk '{ for (i = 7; i < NF; i++) if ($i == "-") print $(i + 2); print $5 }' /proc/self/mountinfo
		getent passwd "$DETBUILD_TEST_USER" | cut -d: -f1,6 | tr : '\n'
		readlink /proc/self/ns/* | sed 's/.*\[//; s/\]//'
		pwd
	} 2>/dev/null | tr -d '\0' | sort -u | awk 'length($0) > 5 && !/^00:00:00:00:00:00$/ && !/^(devpts|mqueue|cgroup2?|overlay|sysfs|tmpfs|devtmpfs|\/proc|\/sys|\/dev\/(pts|shm))$/'
}

# no_host_strings WHO: none of them is in $output.
no_host_strings() {
	local hits
	hits=$(grep -nFf "$T/strings" <<<"$output" | head -n 20)
	[[ $hits ]] || return 0
	echo "$1: this machine shows:"
	echo "$hits"
	return 1
}

walk() {
	cp "$(guest proc_walk)" "$T/proc_walk"
	chmod 755 "$T/proc_walk"
	host_strings >"$T/strings"
	[[ $(wc -l <"$T/strings") -ge 5 ]]
}

@test "a walk over all of /proc and /sys finds no name, number or address of this machine" {
	walk
	detbuild_run -- ./proc_walk
	grep -q '^/proc/cpuinfo ' <<<"$output"
	grep -q '^/sys/devices/system/cpu/online ' <<<"$output"
	no_host_strings "as $(id -un)"
}

@test "the same walk natively, and with --real-proc, finds some (the control)" {
	walk
	output=$(./proc_walk | tr -d '\0')
	run ! no_host_strings natively
	detbuild_run --real-proc -- ./proc_walk
	run ! no_host_strings --real-proc
}

@test "an ordinary user's walk finds what root's finds, and so does one with a single id" {
	requires root user userns
	walk
	detbuild_run -- ./proc_walk
	printf '%s\n' "$output" >"$T/first"
	chown "$DETBUILD_TEST_USER" proc_walk # whoever owns it may write to it
	as_user_run -- ./proc_walk
	no_host_strings "as an ordinary user"
	diff "$T/first" <(printf '%s\n' "$output")
	chown root . proc_walk
	in_userns_run -- ./proc_walk
	no_host_strings "with a single id"
	diff "$T/first" <(printf '%s\n' "$output")
}

# Ids, capabilities and owners are asked for and changed; in the times shows how many events there were.
whose='id; umask; touch x; chown 1:1 x; chgrp 5 x; chmod u+s x; chown 0:0 x; stat -c "%a %u %g" x; sh -c "exec id -u"; setpriv -d; grep -E "^(Uid|Gid|Groups|Cap)" /proc/self/status; chmod 6755 x; chown 5 x; chown 70000 x; stat -c "%a %u %g" x
chown 0 /proc/version; python3 -c "import os
os.mkdir(\"e\"); open(\"e/f\", \"w\").close(); d = os.open(\"e\", 0); os.chmod(\"e\", 0); print([(i.name, i.inode()) for i in os.scandir(d)]); os.chmod(\"e\", 0o700); os.remove(\"e/f\"); os.rmdir(\"e\")
os.chmod(\".\", 0o600); print(os.fstat(d).st_ino, os.fstat(1).st_ino); os.chmod(\".\", 0o755) if os.access(\".\", 1) else os.fchmod(os.open(\"/build/source\", 0), 0o755)
print(os.read(os.open(\"/etc/passwd\", os.O_NOATIME), 5), os.write(os.open(\"/dev/null\", os.O_WRONLY | os.O_NOATIME), b\"x\"))
try: os.setresuid(5, 6, 7); print(os.getresuid())
except OSError as e: print(e)
try: os.kill(1, 0); print(open(\"/proc/self/status\").read())
except OSError as e: print(e)"
tar -cf t --format=pax x; tar -tvf t; sha256sum t; stat -c %z x; date +%N'

@test "whether its user has a range of ids or a single one, a run shows the same, event by event" {
	local option
	requires root user userns python3
	for option in --quiet --sched-seed=3 --sched-seed=6 --as-root; do
		detbuild_run "$option" --log many -- sh -c "$whose"
		printf '%s\n' "$output" >many.out
		rm -f x t
		in_userns_run "$option" --log single -- sh -c "$whose"
		diff many.out <(printf '%s\n' "$output")
		"$DETBUILD" diff many single
		rm -f x t
	done
	expect out 'uid=0'
	expect out '\(5, 6, 7\)'
	# Python finds its compiled files good: new ones could only be written by whom the system belongs to.
	as_user_run --epoch 2100000000 --log user -- sh -c "$whose"
	rm -f x t
	chown root .
	in_userns_run --epoch 2100000000 --log single -- sh -c "$whose"
	"$DETBUILD" diff user single
}

@test "with a single id a loop of calls that ask for ids ends" {
	requires userns
	in_userns_run --no-cwd --timeout 60 --volume "$BUILD/tests/guests:/g" -- /g/loop_ids
	same "$output" $'another thread ended it\nan alarm ended it'
}

@test "detbuild machine prints what a guest reads, file by file" {
	local paths path
	detbuild_run machine --cpus 3 --hostname other
	printf '%s\n' "$output" >all
	expect out $'^uname: Linux other '
	grep -qx 'cpu mask: 7' all
	# shellcheck disable=SC2016 # the inner shell expands it
	detbuild_run -- sh -c 'set -- $(stat -f -c "%s %b %f %a %c %d" .); echo $(($1 * $2)) $(($1 * $3)) $(($1 * $4)) $5 $6 $1'
	same "$output" "$(sed -n 's/^disk: ext4 //p; s/^disk free: \(.*\)/\1 \1/p; s/^disk files: //p; s/^disk files free: //p; s/^disk block: //p' all | xargs)"
	# These change from open to open, and tell the time of the run.
	mapfile -t paths < <(sed -n 's/^==> \(.*\) <==$/\1/p' all | grep -vx -e /proc/uptime -e /proc/sys/kernel/random/uuid -e /proc/stat)
	[[ ${#paths[@]} -gt 150 ]]
	for path in "${paths[@]}"; do
		"$DETBUILD" machine --cpus 3 --hostname other "$path" | sed "s,^,$path ," || return 1
	done >printed
	# shellcheck disable=SC2016 # the inner shell expands it
	detbuild_run --cpus 3 --hostname other -- sh -c 'for p; do sed "s,^,$p ," "$p"; done' sh "${paths[@]}"
	diff printed <(printf '%s\n' "$output")
}

@test "detbuild machine --json holds the same texts" {
	requires python3
	detbuild_run machine --json
	python3 -c 'import json, sys
m = json.load(sys.stdin)
assert m["files"]["/proc/self/cgroup"] == "0::/\n" and "processor\t: 0" in m["files"]["/proc/cpuinfo"], m' <<<"$output"
}

@test "the devices that come from the host have one owner, mode and time, whatever these are there" {
	local there
	requires root userns
	mknod probe c 1 5 || skip "no device can be made here"
	# On a file system of its own, as the host's devices are: files beside the current directory have no times of their own anyway.
	mkdir dev
	there='mount -t tmpfs none dev && mknod -m 640 dev/zero c 1 5 && chown 7:8 dev/zero && touch -d @1000000000 dev/zero && mount --bind dev/zero /dev/zero &&'
	same "$(unshare -m sh -c "$there"' stat -c "%a %u:%g %Y" /dev/zero')" '640 7:8 1000000000'
	_checked_run 0 unshare -m sh -c "$there"' exec "$0" --epoch 1600000000 -- stat -c "%a %u:%g %Y %t:%T %F" /dev/zero /dev/null /dev/tty' "$DETBUILD"
	same "$output" "$(printf '666 0:0 1600000000 %s\n' '1:5 character special file' '1:3 character special file' '5:0 character special file')"
	_checked_run 0 unshare -m sh -c "$there"' exec "$0" --epoch 1600000000 -- python3 -c "import os; s = os.stat(\"/dev/zero\"); print(oct(s.st_mode), s.st_uid, s.st_gid, s.st_mtime)"' "$DETBUILD"
	same "$output" '0o20666 0 0 1600000000.0'
}

@test "the frame of a signal's handler is that of the processor of --cpu, whatever the host's is" {
	requires userns overlay
	detbuild_run --no-cwd --volume "$BUILD/tests/guests:/g" -- /g/signal_frame
	expect out 'signal 10 at the stack pointer - 1(0[89]|1[0-6])[0-9], info \+312, state \+456: magic 0, 0 of 0 bytes, features 0, mxcsr mask ffff, .* flags 6, trap 0,'
	expect out "signal 12 at the alternate stack's end - 968,"
	grep -q ' avx2 ' /proc/cpuinfo || return 0 # --cpu x86-64-v3 is refused there
	detbuild_run --cpu x86-64-v3 --no-cwd --volume "$BUILD/tests/guests:/g" -- /g/signal_frame
	expect out 'signal 10 at the stack pointer - 14[0-9][0-9], info \+312, state \+456: magic 46505853, 832 of 836 bytes, features 7, mxcsr mask ffff, .* flags 7, trap 0,'
}

@test "answers that the kernel's version decides are those of the canonical one" {
	requires userns overlay
	detbuild_run --no-cwd --volume "$BUILD/tests/guests:/g" -- /g/machine_later
	expect out 'RWF_NOWAIT EOPNOTSUPP EOPNOTSUPP EOPNOTSUPP'
	expect out 'pidfd_open EINVAL'
	expect out 'shmget EINVAL'
}

@test "a close that lingers does not wait: natively it does" {
	requires userns overlay
	same "$(TELL=yes "$(guest net_linger)" | tail -n 2 | head -n 1)" 'still closing'
	detbuild_run --no-cwd --env TELL=yes --volume "$BUILD/tests/guests:/g" -- /g/net_linger
	expect out 'closed before anything was read'
}

@test "an emulated device has its number for stat and for statx" {
	requires userns overlay python3
	in_userns_run -- sh -c 'mknod x c 7 9 && stat -c "%F %t:%T" x && python3 -c "import os; print(os.stat(\"x\").st_rdev)"'
	same "$output" $'character special file 7:9\n1801'
}
