# shellcheck shell=bash
# image.sh: what is done to an image from inside the namespaces in which its files belong to root: mounts for running programs in
# it, its APT sources, and the removal of everything that is not content. Sourced after lib.sh.

image_write_sources() {
	local root=$1 file=$2 uri release
	while read -r uri release; do
		printf 'deb %s %s main\ndeb-src %s %s main\n' "$uri" "$release" "$uri" "$release"
	done <"$file" >"$root/etc/apt/sources.list"
	# buildds start no services
	mkdir -p "$root/usr/sbin"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
}

image_mount_dev() {
	local root=$1 node
	mkdir -p "$root/dev"
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	for node in null zero full random urandom tty; do
		[ -c "/dev/$node" ] || continue
		: >"$root/dev/$node"
		mount --bind "/dev/$node" "$root/dev/$node"
		# Read-only, which keeps nobody from writing to the device: the host's root could change the mode of its node. What else
		# the host's mount forbids must be said again.
		mount -o "remount,bind,ro,$(findmnt -n -o VFS-OPTIONS -M "$root/dev/$node" | sed -E 's/^rw,?//')" "$root/dev/$node"
	done
	ln -s /proc/self/fd "$root/dev/fd"
	ln -s /proc/self/fd/0 "$root/dev/stdin"
	ln -s /proc/self/fd/1 "$root/dev/stdout"
	ln -s /proc/self/fd/2 "$root/dev/stderr"
	mkdir "$root/dev/shm" "$root/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts" 2>/dev/null || true
	ln -s pts/ptmx "$root/dev/ptmx"
}

# Devices, /proc, the network's configuration and the shared package cache, seen inside ROOT. RUN holds apt.conf.
image_mount() {
	local root=$1 run=$2
	mountpoint -q "$root/dev" || image_mount_dev "$root"
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
	mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
	mkdir -p "$root/run/detbuild" "$root/run/lock" "$root/var/cache/apt/archives"
	cp "$run/apt.conf" "$root/run/detbuild/apt.conf"
	[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$root/run/detbuild/ca-certificates.crt"
	mount --bind "$DETBUILD_CACHE/archives" "$root/var/cache/apt/archives"
	cat /etc/resolv.conf >"$root/etc/resolv.conf" 2>/dev/null || true
	cat /etc/hosts >"$root/etc/hosts" 2>/dev/null || true
}
image_unmount() { umount -R "$1/var/cache/apt/archives" "$1/tmp" "$1/run" "$1/proc" "$1/dev"; }

# Runs a command in the image, with a clean environment. Only for making images: builds enter by pivot_root.
image_chroot() {
	local root=$1 name
	shift
	local -a keep=()
	for name in LD_PRELOAD LD_LIBRARY_PATH FAKEROOTKEY FAKEROOTDONTTRYCHOWN http_proxy https_proxy; do
		[ -z "${!name:-}" ] || keep+=("$name=${!name}")
	done
	env -i "${keep[@]}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC \
		DEBIAN_FRONTEND=noninteractive APT_CONFIG=/run/detbuild/apt.conf SOURCE_DATE_EPOCH=0 \
		chroot "$root" "$@"
}

# Makes two creations from the same packages equal, and leaves no trace of this host.
image_normalise() {
	local root=$1
	: >"$root/etc/machine-id"
	rm -f "$root/var/lib/dbus/machine-id" "$root/etc/.pwd.lock" "$root/etc/"{passwd,group,shadow,gshadow}-
	printf 'detbuild\n' >"$root/etc/hostname"
	printf '127.0.0.1\tlocalhost detbuild\n::1\tlocalhost\n' >"$root/etc/hosts"
	rm -f "$root/etc/resolv.conf"
	: >"$root/etc/resolv.conf"
	image_builder "$root"
	# the day of creation stands in the third field of shadow
	[ ! -e "$root/etc/shadow" ] || sed -i -E 's/^([^:]*:[^:]*:)[0-9]+:/\1:/' "$root/etc/shadow"
	find "$root/var/log" -xdev -type f \( -path '*/apt/*' -o -name '*.gz' \) -delete
	find "$root/var/log" -xdev -type f -exec truncate -s 0 {} +
	rm -f "$root/var/cache/ldconfig/aux-cache" "$root/var/cache/apt/"*.bin "$root/var/cache/apt/archives/"*.deb \
		"$root/var/cache/debconf/"*-old "$root/var/lib/dpkg/"*-old "$root/var/lib/apt/extended_states.lock" \
		"$root/var/lib/dpkg/lock" "$root/var/lib/dpkg/lock-frontend" "$root/var/lib/dpkg/triggers/Lock" \
		"$root/var/lib/apt/lists/lock" "$root/var/cache/apt/archives/lock" "$root/var/lib/apt/daily_lock"
	rm -rf "$root/debootstrap" "$root/var/lib/apt/lists/partial/"*
	find "$root/dev" "$root/tmp" "$root/run" "$root/var/tmp" -xdev -mindepth 1 -delete 2>/dev/null || true
	mkdir -p "$root/run/lock"
	chmod 1777 "$root/run/lock"
}
# The user that builds, uid and gid 1000, and the directory where it does, in every image.
image_builder() {
	local root=$1
	grep -q '^builder:' "$root/etc/group" || echo 'builder:x:1000:' >>"$root/etc/group"
	grep -q '^builder:' "$root/etc/passwd" || echo 'builder:x:1000:1000::/nonexistent:/bin/sh' >>"$root/etc/passwd"
	[ ! -e "$root/etc/shadow" ] || grep -q '^builder:' "$root/etc/shadow" || echo 'builder:!::0:99999:7:::' >>"$root/etc/shadow"
	[ ! -e "$root/etc/gshadow" ] || grep -q '^builder:' "$root/etc/gshadow" || echo 'builder:!::' >>"$root/etc/gshadow"
	mkdir -p "$root/build/reproducible-path"
	chown 1000:1000 "$root/build/reproducible-path" 2>/dev/null || true # with a single id all files are the caller's
}
