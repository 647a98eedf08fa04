# hooks/rebuilderd/backend under a script that plays rebuilderd's worker: inputs in a directory, standard input closed, a process group of
# its own, a log that is cut, a time limit of SIGTERM and then SIGKILL; the exit status counts for nothing, the bytes in REBUILDERD_OUTDIR do.
load ../lib/common

setup() {
	common_setup
	requires userns overlay dpkg-deb dpkg-source perl
	[[ -d $HOME/.cache/detbuild/chroots/bookworm ]] || "$DETBUILD" chroot create bookworm
	BACKEND=$TOP/hooks/rebuilderd/backend
	mkdir inputs
}

# source_package COMMAND: tiny_1.0.dsc; the command is run when it is built.
source_package() {
	mkdir -p tiny/debian/source
	echo '3.0 (native)' >tiny/debian/source/format
	printf 'tiny (1.0) unstable; urgency=low\n\n  * x.\n\n -- A B <a@example.com>  Tue, 02 Jan 2024 03:04:05 +0000\n' >tiny/debian/changelog
	printf 'Source: tiny\nMaintainer: A B <a@example.com>\nSection: misc\nPriority: optional\n\nPackage: tiny\nArchitecture: all\nDescription: x\n y\n' >tiny/debian/control
	{
		printf '#!/usr/bin/make -f\n.RECIPEPREFIX = >\nbuild build-arch build-indep binary-arch clean:\nbinary binary-indep:\n'
		printf '> %s\n> mkdir -p debian/tiny/DEBIAN\n> dpkg-gencontrol -Pdebian/tiny\n> dpkg-deb --root-owner-group --build debian/tiny ..\n' "$1"
	} >tiny/debian/rules
	chmod +x tiny/debian/rules
	dpkg-source -b tiny >/dev/null 2>&1
}
# A package, built once; inputs/ holds what the worker would have fetched, and the source, which it would not.
published() {
	source_package date
	detbuild_run pkg --output inputs tiny_1.0.dsc
	mv tiny_1.0.dsc tiny_1.0.tar.xz inputs/
	rm inputs/*.changes inputs/*.log inputs/*.json inputs/SHA256SUMS
}

# worker SECONDS: one rebuild; sets VERDICT, GOOD or BAD, of the package that was published. The log keeps 10 MiB.
worker() {
	local group
	rm -rf outdir && mkdir outdir
	REBUILDERD_OUTDIR=$PWD/outdir DETBUILD=$DETBUILD setsid bash -c 'echo $$ >group; exec "$@" 2>&1 | head -c 10485760 >log' _ \
		"$BACKEND" "$PWD/inputs/tiny_1.0_amd64.buildinfo" </dev/null &
	for ((i = 0; i < 10 * $1; i++)); do
		kill -0 $! 2>/dev/null || break
		sleep 0.1
	done
	group=$(<group)
	if kill -TERM "-$group" 2>/dev/null; then
		for ((i = 0; i < 100; i++)); do
			kill -0 "-$group" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL "-$group" 2>/dev/null || true
	fi
	wait $! 2>/dev/null || true
	VERDICT=BAD
	! cmp -s inputs/tiny_1.0_all.deb outdir/tiny_1.0_all.deb || VERDICT=GOOD
}

@test "the published package comes out again: GOOD, and the log says so" {
	published
	worker 300
	same "$VERDICT" GOOD
	grep -q '^identical: ' log
	grep -q "the build's output:" log
	same "$(ls -A outdir)" tiny_1.0_all.deb
}

@test "another package was published: BAD, with the difference in the log, also where the .buildinfo tells of neither" {
	published
	dpkg-deb -R inputs/tiny_1.0_all.deb other
	echo x >other/added
	dpkg-deb --root-owner-group --build other inputs/tiny_1.0_all.deb >/dev/null
	worker 300
	same "$VERDICT" BAD
	grep -q 'added: ' log
	same "$(ls -A outdir)" tiny_1.0_all.deb
}

@test "a build that fails leaves no package; one that says much does not fill the log; the verdict comes first" {
	published
	source_package 'yes 0123456789abcdef | head -c 12000000; false'
	mv tiny_1.0.dsc tiny_1.0.tar.xz inputs/
	worker 300
	same "$VERDICT" BAD
	[[ -z $(ls -A outdir) ]]
	head -n 3 log | grep -q '^build failed: \|^environment\|^kept'
	(($(stat -c %s log) < 5000000))
}

@test "killed: nothing of the build goes on, no package appears" {
	published
	source_package 'while :; do echo x >/dev/null; done' # a pause would take no time in the box
	mv tiny_1.0.dsc tiny_1.0.tar.xz inputs/
	worker 15
	same "$VERDICT" BAD
	[[ ! -s log ]] # it was still building
	sleep 1
	[[ -z $(ls -A outdir) ]]
	[[ -z $(pgrep -f "$PWD/inputs" || true) ]]
}

@test "called otherwise: a sentence, and nothing in the output directory" {
	mkdir outdir
	run -2 env REBUILDERD_OUTDIR="$PWD/outdir" DETBUILD="$DETBUILD" "$BACKEND" x.tar
	[[ $output == *'usage: backend FILE.buildinfo'* ]]
	run -2 env -u REBUILDERD_OUTDIR DETBUILD="$DETBUILD" "$BACKEND" x.buildinfo
	[[ $output == *REBUILDERD_OUTDIR* ]]
	head -c 100 /dev/urandom >inputs/x.buildinfo
	run -2 env REBUILDERD_OUTDIR="$PWD/outdir" DETBUILD="$DETBUILD" "$BACKEND" "$PWD/inputs/x.buildinfo"
	[[ -z $(ls -A outdir) ]]
}
