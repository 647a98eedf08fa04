# `detbuild pkg`: small source packages made here, built natively and traced; every way in which a build can go wrong.
load ../lib/common

setup() {
	common_setup
	requires userns overlay
	DETBUILD_TEST_TIMEOUT=600
	if [[ ! -d $HOME/.cache/detbuild/chroots/bookworm ]]; then
		requires network debootstrap
		detbuild_run chroot create bookworm
	fi
}

# tree NAME [FIELD...]: a source package without debhelper; its program says what it saw of the world.
tree() {
	local name=$1
	shift
	mkdir -p "$name/debian/source"
	echo '3.0 (native)' >"$name/debian/source/format"
	printf '%s (1:1.0) unstable; urgency=low\n\n  * x.\n\n -- A B <a@example.com>  Tue, 02 Jan 2024 03:04:05 +0000\n' "$name" >"$name/debian/changelog"
	{
		printf 'Source: %s\nMaintainer: A B <a@example.com>\nSection: misc\nPriority: optional\nStandards-Version: 4.6.2\n' "$name"
		[[ $# == 0 ]] || printf '%s\n' "$@"
		printf '\nPackage: %s\nArchitecture: all\nDescription: x\n y\n' "$name"
	} >"$name/debian/control"
	cat >"$name/debian/rules" <<-'END'
		#!/usr/bin/make -f
		.RECIPEPREFIX = >
		N := $(shell dpkg-parsechangelog -SSource)
		D := debian/$(N)
		build build-arch build-indep:
		> { date; head -c 8 /dev/urandom | od -tx1; pwd; id -un; hostname; echo $$HOME $$TZ $$LC_ALL $$FOO; umask; echo $$DEB_BUILD_OPTIONS; } >facts
		binary binary-indep: build
		> mkdir -p $D/DEBIAN $D/usr/share/doc/$N
		> cp facts $D/usr/share/doc/$N/facts
		> chown root:root $D/usr/share/doc/$N/facts || test -n "$$NOROOT"
		> dpkg-gencontrol -P$D
		> dpkg-deb --build $D ..
		binary-arch:
		clean:
		> rm -rf facts $D debian/files
	END
	chmod +x "$name/debian/rules"
}
# on_full_disk [RC] ARG...: detbuild with the directory `full` on a file system in which nothing more can be written.
on_full_disk() {
	local rc=$1
	shift
	mkdir -p full
	cat >full-disk <<-'END'
		#!/bin/sh
		mount -t tmpfs -o size=1m tmpfs full
		head -c 2M /dev/zero >full/zeros 2>/dev/null
		"$@"
	END
	chmod +x full-disk
	_checked_run "$rc" unshare -m ./full-disk "$DETBUILD" "$@"
}
facts() { dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/share/doc/${2:-tiny}/facts"; }

@test "a source that is not here, or is none, needs no chroot to be told" {
	local XDG_CACHE_HOME=$T/cache
	export XDG_CACHE_HOME
	mkdir empty
	detbuild_run 2 pkg ./empty
	expect err 'no Debian source package: there is no debian/changelog'
	detbuild_run 2 pkg nosuch/
	expect err 'there is no nosuch/'
	detbuild_run 2 pkg nosuch.dsc
	expect err 'there is no nosuch.dsc'
	detbuild_run 2 pkg nosuch.buildinfo
	expect err 'there is no nosuch.buildinfo'
	[[ ! -d cache/detbuild/chroots/bookworm ]]
}

@test "a file of the source that cannot be read is not called missing" {
	requires user
	tree tiny
	chmod 000 tiny/debian/control
	as_user_run 2 pkg ./tiny
	expect err 'cannot read ./tiny/debian/control'
}

@test "no room on the disk: status 4, and where" {
	requires root
	tree tiny
	on_full_disk 4 pkg --native --output full tiny
	expect err 'the disk is full: nothing more can be written in .*/full'
	detbuild_run pkg --native --output published tiny
	on_full_disk 4 rebuild --native --against published --output full/out ./tiny
	on_full_disk 4 verify --native --vary=none --output full ./tiny
	expect err 'run 1 of 2 ended with status 4'
	local XDG_CACHE_HOME=$T/full
	export XDG_CACHE_HOME
	on_full_disk 4 pkg --chroot "$HOME/.cache/detbuild/chroots/bookworm" --native ./tiny
	on_full_disk 4 rebuild --chroot "$HOME/.cache/detbuild/chroots/bookworm" --native --against published ./tiny
}

@test "a step that fails where no failure was foreseen is an internal error, never status 1" {
	tree tiny
	mkdir bin
	printf '#!/bin/sh\nexit 1\n' >bin/sha256sum
	chmod +x bin/sha256sum
	PATH=$T/bin:$PATH detbuild_run 125 pkg --native ./tiny
	expect err 'no failure was foreseen'
}

@test "what is called wrongly: status 2" {
	detbuild_run 2 pkg
	detbuild_run 2 pkg a b
	detbuild_run 2 pkg 'no such'
	detbuild_run 2 pkg /etc
	expect err 'debian/changelog'
	detbuild_run 2 pkg --upper x hello
	expect err 'pkg takes no --upper'
	detbuild_run 2 pkg --in-place hello
	tree tiny
	detbuild_run 2 pkg --build-path /tmp/x tiny
	detbuild_run 2 pkg --faketime +1d tiny
	detbuild_run 2 pkg --epoch yesterday tiny
}

@test "a tree, natively: results, sums, record, log; the tree here is not touched" {
	tree tiny 'Rules-Requires-Root: no'
	detbuild_run pkg --native --json --env NOROOT=1 --output out ./tiny
	python3 -c 'import json,sys; d = json.load(sys.stdin); assert d["source"] == "tiny" and d["version"] == "1:1.0" and d["files"]' <<<"$output"
	(cd out && sha256sum --quiet -c SHA256SUMS)
	[[ -s out/tiny_1.0_amd64.changes && -s out/tiny_1.0_amd64.buildinfo && -s out/tiny_1.0_amd64.detbuild.log ]]
	python3 -m json.tool out/tiny_1.0.detbuild.json >/dev/null
	[[ ! -e tiny/facts && ! -e tiny/debian/files ]]
	[[ -z $(find out -name '.detbuild.*') ]]
	same "$(facts out/tiny_1.0_all.deb | sed -n '4,$p')" "/build/reproducible-path/tiny-1.0
builder
detbuild
/nonexistent/first-build UTC C.UTF-8
0022
parallel=1"
}

@test "traced: two builds give the same bytes, .buildinfo and .changes too; natively they differ" {
	tree tiny
	detbuild_run pkg --output a ./tiny
	detbuild_run pkg --output b --work-dir "$PWD/elsewhere" ./tiny
	same "$(cat a/SHA256SUMS)" "$(cat b/SHA256SUMS)"
	cmp a/tiny_1.0_amd64.detbuild.log b/tiny_1.0_amd64.detbuild.log
	grep -q 2024 <<<"$(facts a/tiny_1.0_all.deb)"
	detbuild_run pkg --native --output c ./tiny
	detbuild_run pkg --native --output d ./tiny
	! cmp -s c/tiny_1.0_all.deb d/tiny_1.0_all.deb
}

@test "Rules-Requires-Root: files of root through fakeroot, under the tracer" {
	tree tiny 'Rules-Requires-Root: binary-targets'
	detbuild_run pkg --output out ./tiny
	dpkg-deb --fsys-tarfile out/tiny_1.0_all.deb | tar -tv | grep -q 'root/root .*facts'
}

@test "variations of a native build reach the build" {
	tree tiny 'Rules-Requires-Root: no'
	detbuild_run pkg --native --env NOROOT=1 --output out --hostname other --umask 002 --user 2222 --home /nonexistent/x --timezone GMT-14 \
		--locale C --env FOO=bar --build-path /srv/a/b/tiny --build-option nocheck --build-option parallel=3 --upper-fs tmpfs ./tiny
	same "$(facts out/tiny_1.0_all.deb | sed -n '4p;6,$p')" "/srv/a/b/tiny
other
/nonexistent/x GMT-14 C bar
0002
nocheck parallel=3"
}

@test "a failing build: status 3, the log, and a tree that can be entered" {
	tree tiny
	sed -i 's/^build /never /' tiny/debian/rules
	detbuild_run 3 pkg --native --work-dir "$PWD/w" --output out ./tiny
	[[ -s out/tiny_1.0.detbuild.log ]]
	enter=$(sed -n 's/^detbuild: to enter it: //p' <<<"$stderr")
	[[ -n $enter ]]
	${enter% -- /bin/sh} -- test -e debian/rules
	detbuild_run pkg --clean --work-dir "$PWD/w"
	[[ -z $(ls w) ]]
}

@test "verify and explain: a failed build is shown, named and kept; of one that never began nothing stays" {
	tree tiny
	sed -i 's/^build /never /' tiny/debian/rules
	local verb base
	for verb in verify explain; do
		mkdir -p "$HOME/.cache/detbuild/$verb"
		detbuild_run 3 "$verb" --jobs 1 ./tiny
		expect err "No rule to make target 'build'"
		expect err 'ended with status 3; see ([^ ]*/tiny_1.0.detbuild.log)'$'\n'
		[[ -s ${BASH_REMATCH[1]} ]]
		expect err 'hint: all that was built is kept in ([^;]*);.* with .detbuild pkg --clean.'
		base=${BASH_REMATCH[1]}
		[[ ${stderr##*$'\n'} == 'to repeat it: '* ]]
		rm -r "${base:?}"
		ls "$HOME/.cache/detbuild/$verb" >before
		mv tiny/debian/control control
		detbuild_run 2 "$verb" --jobs 1 ./tiny
		expect err 'there is no debian/control'
		expect err 'ended with status 2 before anything was built$'
		ls "$HOME/.cache/detbuild/$verb" | diff before -
		mv control tiny/debian/control
	done
}

@test "build dependencies: from the archive in a layer; one that does not exist is status 8" {
	requires network
	tree tiny 'Build-Depends: figlet'
	sed -i 's/{ date;/{ figlet x >\&2 \&\& date;/' tiny/debian/rules
	detbuild_run pkg --native --output out ./tiny
	[[ ! -e $HOME/.cache/detbuild/chroots/bookworm/usr/bin/figlet ]]
	tree other 'Build-Depends: no-such-package-at-all (>= 3)'
	detbuild_run 8 pkg --native --output out ./other
	expect err 'no-such-package-at-all'
}

@test "a .dsc: built when whole; a missing or changed file is status 7" {
	requires dpkg-source
	tree tiny
	dpkg-source -b tiny >/dev/null
	detbuild_run pkg --native --output out tiny_1.0.dsc
	echo x >>tiny_1.0.tar.xz
	detbuild_run 7 pkg --native --output out tiny_1.0.dsc
	rm tiny_1.0.tar.xz
	detbuild_run 7 pkg --native --output out tiny_1.0.dsc
	expect err 'tiny_1.0.tar.xz'
}

@test "names: a package that the archive does not have is status 2" {
	requires network
	detbuild_run 2 pkg no-such-source-package
	expect err 'there is no source package no-such-source-package in the suites of chroot bookworm'
	expect err 'hint: it takes the name of a source'
}

@test "an interrupted build leaves nothing" {
	tree tiny
	sed -i 's/{ date;/{ sleep 300; date;/' tiny/debian/rules
	"$DETBUILD" pkg --native --work-dir "$PWD/w" --output out ./tiny 2>/dev/null &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		[[ -z $(find w -path '*/debian/rules' 2>/dev/null) ]] || break
		sleep 0.2
	done
	sleep 1
	kill -TERM "$pid"
	wait "$pid" || status=$?
	same "$status" 143
	[[ -z $(ls -A w) ]]
	[[ -z $(pgrep -f "$PWD/w" || true) ]]
}

@test "killed with -9: no process stays, and the next run clears the tree" {
	tree tiny
	sed -i 's/{ date;/{ sleep 300; date;/' tiny/debian/rules
	"$DETBUILD" pkg --native --work-dir "$PWD/w" --output out ./tiny 2>/dev/null &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		[[ -z $(find w -path '*/debian/rules' 2>/dev/null) ]] || break
		sleep 0.2
	done
	sleep 1
	kill -KILL "$pid"
	wait "$pid" || true
	sleep 2
	[[ -z $(pgrep -f "$PWD/w" || true) ]]
	sed -i 's/sleep 300; //' tiny/debian/rules
	detbuild_run pkg --native --work-dir "$PWD/w" --output out ./tiny
	[[ -z $(ls -A w) ]]
}

@test "as an ordinary user: the same bytes as root" {
	requires root user network
	tree tiny
	chmod -R a+rX tiny
	detbuild_run pkg --output r ./tiny
	as_user_run pkg --output u ./tiny
	cmp r/tiny_1.0_all.deb u/tiny_1.0_all.deb
}

@test "a build that waits in a loop without calls is found, begun anew and counted" {
	tree spinner
	cp "$(guest loop_counting)" spinner/spin
	sed -i 's/^> { date;/> { .\/spin; date;/' spinner/debian/rules
	detbuild_run pkg spinner --output out --build-option nocheck
	facts out/spinner_1.0_all.deb spinner >first
	[[ $(head -n 4 first | sort -u) == 200 ]]
	grep -q '"counted_loops": "0x[0-9a-f]* /build/reproducible-path/spinner-1.0/spin"' out/spinner_1.0.detbuild.json
}
