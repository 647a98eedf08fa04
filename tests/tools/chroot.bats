# `detbuild chroot`: images made, packed, unpacked, listed, changed and removed; as root, as a user, with a single id.
load ../lib/common

setup() {
	common_setup
	export XDG_CACHE_HOME=$T/cache
	mkdir -p "$XDG_CACHE_HOME"
	CHROOTS=$XDG_CACHE_HOME/detbuild/chroots
}

# A tar archive with the least that counts as a system.
small_system() {
	mkdir -p sys/{usr/bin,etc,dev,var/lib/dpkg}
	printf 'root:x:0:0:root:/root:/bin/sh\n' >sys/etc/passwd
	printf 'root:x:0:\n' >sys/etc/group
	printf 'Package: one\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n' >sys/var/lib/dpkg/status
	echo program >sys/usr/bin/program
	chmod 4755 sys/usr/bin/program
	ln -s program sys/usr/bin/link
	tar -C sys -cf "$1" "${@:2}" .
}

@test "what is called wrongly: status 2 and a way on" {
	detbuild_run 2 chroot
	expect err 'create, unpack, pack'
	detbuild_run 2 chroot creat
	expect err "did you mean 'detbuild chroot create'"
	detbuild_run 2 chroot create a/b
	detbuild_run 2 chroot create --suite no-such-suite x
	detbuild_run 2 chroot remove nosuch
	detbuild_run 2 chroot pack nosuch x.tar
	detbuild_run 2 chroot install nosuch hello
	detbuild_run 2 chroot unpack nosuch.tar
	detbuild_run 2 chroot list --suite bookworm
}

@test "list of nothing is empty, also as JSON" {
	detbuild_run chroot list
	same "$output" ""
	detbuild_run chroot list --json
	same "$(tr -d ' \n' <<<"$output")" "[]"
}

@test "unpack, list, pack, remove; the same chroot packs to the same bytes" {
	requires userns
	small_system s.tar
	detbuild_run chroot unpack s.tar first
	[[ -u $CHROOTS/first/usr/bin/program && -L $CHROOTS/first/usr/bin/link ]]
	grep -q '^builder:x:1000:1000:' "$CHROOTS/first/etc/passwd"
	detbuild_run chroot list
	expect out '^first .* 1 packages'
	detbuild_run chroot pack first a.tar
	detbuild_run chroot pack first b.tar
	cmp a.tar b.tar
	detbuild_run 2 chroot unpack s.tar first
	detbuild_run chroot remove first
	[[ ! -e $CHROOTS/first && ! -e $CHROOTS/first.json ]]
}

@test "every compression is read and written" {
	requires userns zstd xz gzip
	small_system s.tar
	detbuild_run chroot unpack s.tar
	for end in tar tar.gz tar.xz tar.zst; do
		detbuild_run chroot pack s "x.$end"
		detbuild_run chroot unpack "x.$end" "from-${end#tar.}"
		diff -r "$CHROOTS/s" "$CHROOTS/from-${end#tar.}"
	done
	detbuild_run 2 chroot pack s x.zip
}

@test "an archive that cannot be written in full is an error, and nothing of it stays" {
	requires userns
	small_system s.tar
	detbuild_run chroot unpack s.tar
	ulimit -f 1
	detbuild_run 4 chroot pack s x.tar
	expect err 'chroot s could not be packed in x.tar'
	[[ -z $(find . -name 'x.tar*') ]]
}

@test "an archive with a directory above the system, and one that holds none" {
	requires userns
	small_system s.tar
	mkdir up && mv sys up/ && tar -C up -cf up.tar sys
	detbuild_run chroot unpack up.tar
	[[ -d $CHROOTS/up/usr/bin ]]
	echo x >file && tar -cf no.tar file
	detbuild_run 4 chroot unpack no.tar
	expect err 'no system'
	[[ -z $(find "$CHROOTS" -name '.no.new.*') ]]
}

@test "a single id: everything becomes the caller's" {
	requires userns
	small_system s.tar --owner=65 --group=66
	chmod 755 "$T"
	in_userns_run chroot unpack s.tar one
	same "$(stat -c %u "$CHROOTS/one/etc/passwd")" "$(id -u)"
}

@test "as an ordinary user, with the owners of the archive" {
	requires root user userns
	small_system s.tar --owner=65 --group=66
	USER_CACHE_HOME=$T/user-cache
	mkdir user-cache
	chown -R "$DETBUILD_TEST_USER" "$T"
	as_user_run chroot unpack s.tar mine
	mine=user-cache/detbuild/chroots/mine
	[[ $(stat -c %u "$mine/etc/passwd") != "$(id -u "$DETBUILD_TEST_USER")" ]]
	as_user_run chroot pack mine mine.tar
	tar --numeric-owner -tvf mine.tar | grep -q ' 65/66 .*etc/passwd'
	as_user_run chroot remove mine
	[[ ! -e $mine ]]
}

# apt-get as the tools see it: lines URI|RELEASE|CODENAME|COMPONENT|Packages|ORIGIN|SIGNED_BY.
sources_of() {
	mkdir -p bin
	printf '#!/bin/sh\ncat %q\n' "$PWD/targets" >bin/apt-get
	chmod +x bin/apt-get
	PATH=$PWD/bin:$PATH bash -c '. "$1/chroot-tools/lib.sh" && apt_sources "$2"' sh "$TOP" "$1"
}

@test "sources: Debian's own lines of the suite, nobody else's" {
	cat >targets <<-'END'
		http://a.example/debian/|bookworm|bookworm|main|Packages|Debian|/usr/share/keyrings/debian-archive-keyring.gpg
		http://a.example/debian/|bookworm|bookworm|contrib|Packages|Debian|
		http://a.example/debian/|bookworm-updates|bookworm-updates|main|Packages|Debian|
		http://a.example/debian/|bookworm-backports|bookworm-backports|main|Packages|Debian Backports|
		http://s.example/sec/|bookworm-security|bookworm-security|main|Packages|Debian|
		http://third.example/x/|bookworm|bookworm|main|Packages|Somebody|
		http://third.example/y/|bookworm|bookworm|main|Packages||/etc/apt/keyrings/y.gpg
	END
	same "$(sources_of bookworm)" "http://a.example/debian/ bookworm
http://a.example/debian/ bookworm-updates
http://s.example/sec/ bookworm-security"
}

@test "sources: names such as stable, and another suite from the same mirrors" {
	cat >targets <<-'END'
		http://a.example/debian/|stable|bookworm|main|Packages|Debian|
		http://s.example/sec/|stable-security|bookworm-security|main|Packages|Debian|
	END
	same "$(sources_of bookworm)" "http://a.example/debian/ stable
http://s.example/sec/ stable-security"
	same "$(sources_of trixie)" "http://a.example/debian/ trixie
http://s.example/sec/ trixie-security"
	same "$(sources_of sid)" "http://a.example/debian/ sid"
	: >targets
	same "$(sources_of sid)" ""
}

@test "an interrupted creation leaves nothing; one that was killed is cleared by the next" {
	requires network userns debootstrap
	timeout --signal=TERM 4 "$DETBUILD" chroot create gone --suite bookworm || true
	[[ -z $(find "$CHROOTS" -mindepth 1 ! -name '.gone.lock') ]]
	timeout --signal=KILL 4 "$DETBUILD" chroot create gone --suite bookworm || true
	sleep 1
	[[ -n $(find "$CHROOTS" -name '.gone.new.*') ]]
	[[ -z $(pgrep -f "$CHROOTS/.gone" || true) ]]
	timeout --signal=TERM 4 "$DETBUILD" chroot create gone --suite bookworm || true
	[[ -z $(find "$CHROOTS" -mindepth 1 ! -name '.gone.lock') ]]
}

@test "a second signal does not end the clearing away that the first began" {
	cat >ended.sh <<-'END'
		. "$1/chroot-tools/lib.sh"
		at_end 'kill $!; echo begun >begun; sleep 1; echo "$STATUS" >over'
		sleep 1000 3>&- &
		: >ready
		wait $!
	END
	local signals
	for signals in "TERM TERM" "INT TERM" "HUP INT"; do
		rm -f ready begun over
		env --default-signal=INT bash ended.sh "$TOP" &
		until [[ -e ready ]]; do sleep 0.05; done
		kill -s "${signals% *}" $!
		until [[ -e begun ]]; do sleep 0.05; done
		kill -s "${signals#* }" $!
		wait $! || true
		case $signals in INT*) same "$(cat over)" 130 ;; *) same "$(cat over)" 143 ;; esac
	done
}

@test "who is stopped is gone with all it started, before anything is cleared away" {
	requires userns
	cat >many.sh <<-'END'
		for _ in {1..300}; do sleep 1000 & done
		echo ready
		wait
	END
	cat >stopped.sh <<-'END'
		. "$1/chroot-tools/lib.sh"
		# Whoever still lives holds the lock.
		at_end 'stop_child; exec 9>&-; flock -n lock true && echo "nobody is left" >said; exit 0'
		exec 9>>lock
		flock 9
		ns_run bash many.sh >started
	END
	bash stopped.sh "$TOP" &
	for _ in {1..300}; do
		! grep -q ready started 2>/dev/null || break
		sleep 0.1
	done
	kill -TERM $!
	wait $! || true
	[[ -e said ]]
}

@test "create: a buildd system, normalised; a second creation finds it made" {
	requires network userns debootstrap
	unset XDG_CACHE_HOME # the one that all tests use
	DETBUILD_TEST_TIMEOUT=900
	detbuild_run chroot create bookworm
	detbuild_run chroot create bookworm
	expect err 'exists already'
	detbuild_run 2 chroot create bookworm --variant minbase
	made=${HOME}/.cache/detbuild/chroots/bookworm
	[[ -d $made/bin && ! -L $made/bin ]]
	[[ -e $made/etc/machine-id && ! -s $made/etc/machine-id ]]
	grep -q '^deb-src ' "$made/etc/apt/sources.list"
	grep -q '^builder:x:1000:1000:' "$made/etc/passwd"
	[[ -z $(find "$made/dev" "$made/tmp" "$made/var/cache/apt/archives" -name '*.deb' -o -path "$made/dev/*") ]]
	[[ -n $(find "$made/var/lib/apt/lists" -name '*Sources*') ]]
	detbuild_run chroot list --json
	python3 -c 'import json,sys; assert any(c["name"] == "bookworm" for c in json.load(sys.stdin))' <<<"$output"
}
