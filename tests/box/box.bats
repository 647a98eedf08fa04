# The box itself, driven without the tracer: as root, as users with and without a range of ids, and inside `unshare -r`.
load ../lib/common
load box

setup_file() { box_setup_file; }
teardown_file() { box_teardown_file; }
setup() { common_setup; chmod 755 .; }

ids_of() { as "$1" box -I true 2>&1 | sed -n 's/^ids //p'; }

@test "which ids each caller gets" {
	requires root userns
	same "$(ids_of root)" full
	same "$(ids_of single)" single
	same "$(ids_of userns)" single
	requires newuidmap
	same "$(ids_of range)" full
}

@test "exit status is the command's, 127 and 126 for what cannot run" {
	requires userns
	check() {
		local rc=0
		as "$1" box sh -c 'exit 3' || rc=$?
		same "$rc" 3
		rc=0
		as "$1" box nonexistent-program 2>err || rc=$?
		same "$rc" 127
		grep -q 'not found' err
		rc=0
		as "$1" box /etc/passwd 2>err || rc=$?
		same "$rc" 126
		rc=0
		as "$1" box sh -c 'kill -TERM $$' || rc=$?
		same "$rc" 143
	}
	each check
}

@test "the tree: writable root, own proc, dev, tmp, nothing of the host's home" {
	requires userns
	check() {
		as "$1" box -c -f /proc/cpuinfo=cpu -f /proc/sys/kernel/osrelease=6 -f /sys/devices/x=y -f /etc/hostname=box sh -e -c '
			touch /usr/x /etc/y /z; mkdir /opt/d; rmdir /opt/d
			test "$(cat /proc/cpuinfo)" = cpu
			test "$(cat /proc/sys/kernel/osrelease)" = 6
			test "$(ls /proc/sys/kernel)" = osrelease
			test "$(cat /sys/devices/x)" = y
			test "$(cat /etc/hostname)" = box
			test "$(uname -n)" = box
			test -z "$(cat /proc/meminfo /proc/version /proc/cmdline)"
			test -z "$(find /home /root /tmp /run /var/tmp -mindepth 1)"
			test "$(stat -c %a /tmp)" = 1777
			echo x >/dev/null; echo x >/tmp/x; echo x >/dev/shm/x
			test -c /dev/ptmx; test ! -e /dev/console; test "$(readlink /dev/fd)" = /proc/self/fd
			test $$ = 2
			test "$(tr "\\0" " " </proc/1/cmdline)" = "init "
			! echo x 2>/dev/null >/proc/cpuinfo
			! grep -v "^ *lo:" /proc/net/dev | grep :' </dev/null
	}
	each check
	[[ ! -e /usr/x && ! -e /z ]]
}

@test "volumes: writable and read-only, missing targets are made, links of the image lead nowhere else" {
	requires userns
	mkdir rw ro upper
	chmod 777 rw ro upper
	echo kept >ro/file
	as_caller() {
		as "$1" box -v "$PWD/rw:/build/deep/rw" -v "$PWD/ro:/bin/../ro-volume:ro" sh -c '
			echo new >/build/deep/rw/file && ! (echo no >/ro-volume/file) 2>/dev/null' && test "$(cat rw/file)" = new
		rm -f rw/file
	}
	each as_caller
	same "$(cat ro/file)" kept
	mkdir -p image/usr image/bin secret
	ln -s "$PWD/secret" image/link
	ln -s ../../../../../../../../etc image/up
	"$HALL/box" -i "$PWD/image" -v "$PWD/rw:/link/made" -v "$PWD/rw:/up/made" -d / nothing 2>/dev/null || true
	[[ -z $(ls secret) && ! -e /etc/made ]]
}

@test "layers and an upper directory: what one run wrote is the next one's layer" {
	requires root
	mkdir one two
	"$HALL/box" -u "$PWD/one" sh -c 'echo 1 >/usr/layered; echo 1 >/etc/layered; rm /etc/hostname 2>/dev/null; rm -rf /opt; mkdir -p /opt/new'
	"$HALL/box" -l "$PWD/one/upper" -u "$PWD/two" sh -c 'cat /usr/layered; echo 2 >/etc/layered; ls /opt' >out
	same "$(cat out)" "$(printf '1\nnew')"
	same "$(cat two/upper/etc/layered)" 2
	same "$(cat one/upper/etc/layered)" 1
	"$HALL/box" -l "$PWD/two/upper" -l "$PWD/one/upper" cat /etc/layered /usr/layered >out
	same "$(cat out)" "$(printf '2\n1')"
	[[ ! -e /usr/layered ]]
}

@test "power: none without as_root, the documented set with it, no_new_privs" {
	requires userns
	bound() { as "$1" box -v "$HALL/guests:/g:ro" "${@:2}" /g/hostile_launch /bin/sed -n 's/^CapBnd:\t0*//p;s/^NoNewPrivs:\t/nnp /p' /proc/self/status | tr '\n' ' '; }
	check() {
		same "$(bound "$1" -c -F)" " nnp 1 "
		same "$(bound "$1" -c -F -r)" "880401fb nnp 1 "
		same "$(bound "$1" -r)" "882401fb nnp 0 "
	}
	each check
}

@test "ids: real ones with a range, the command's uid is used" {
	requires root
	same "$("$HALL/box" -U 1234 id -u)" 1234
	same "$("$HALL/box" -r sh -c 'touch /usr/f; chown 12:34 /usr/f; stat -c %u:%g /usr/f')" 12:34
	requires newuidmap
	same "$(as range box -U 1234 id -u)" 1234
	same "$(as range box -r sh -c 'touch /usr/f; chown 12:34 /usr/f; stat -c %u:%g /usr/f')" 12:34
	same "$(as single box -U 1234 id -u)" 0
}

@test "signals, limits and descriptors do not come from the caller" {
	requires userns
	(
		trap '' PIPE HUP
		exec 7</etc/passwd
		ulimit -c 100 2>/dev/null || true
		umask 077
		"$HALL/box" -c sh -c 'grep -E "^Sig(Ign|Blk)" /proc/self/status; ls /proc/self/fd; ulimit -c; ulimit -s; ulimit -n; umask' >out
	)
	cat >want <<-'END'
		SigBlk:	0000000000000000
		SigIgn:	0000000000000000
		0
		1
		2
		3
		0
		8192
		1024
		0022
	END
	diff want out
}

@test "time and pid offsets" {
	requires userns
	check() {
		same "$(as "$1" box -p 500 sh -c 'echo $$')" 502
		local up
		up=$(as "$1" box -b 1000000 cut -d. -f1 /proc/uptime)
		((up >= 1000000))
	}
	each check
}

@test "a time limit ends everything" {
	requires userns
	local rc=0
	"$HALL/box" -t 0.5 sh -c 'sleep 300 & sleep 300' || rc=$?
	same "$rc" 124
}

@test "clear sentences: image, upper directory, working directory, chroot" {
	requires root
	refused() {
		local rc=0
		"$HALL/box" "${@:2}" true 2>err || rc=$?
		same "$rc" 125
		grep -qE "$1" err || { cat err; return 1; }
		grep -q 'hint:' err || { cat err; return 1; }
	}
	mkdir empty
	touch archive.tar
	refused 'No such file' -i "$PWD/missing"
	refused 'not a root file system' -i "$PWD/empty"
	refused 'Not a directory' -i "$PWD/archive.tar"
	refused 'does not exist in the box' -d /missing
	mkdir -p full jail
	mount -t tmpfs -o size=4k,nr_inodes=1 full full
	refused 'No space left' -u "$PWD/full" || { umount full; return 1; }
	mount -o remount,ro full
	refused 'Read-only' -u "$PWD/full" || { umount full; return 1; }
	umount full
	mkdir -p image/usr image/dev
	mount -t tmpfs below image/dev
	refused 'layer of the box' -i "$PWD/image" || { umount image/dev; return 1; }
	umount image/dev
}

@test "user namespaces switched off: one sentence and what to do" {
	requires root
	# A namespace of its own carries its own limit, so the host's setting stays.
	run unshare -r sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" true' "$HALL/box"
	same "$status" 125
	[[ $output == *'max_user_namespaces'* ]]
}
