# `detbuild rebuild FILE.buildinfo`: the .buildinfo of a package made here, as it is and as others write it: without its packages, changed,
# signed, of another day, of a binary-only rebuild, and such that are none.
load ../lib/common

setup() {
	common_setup
	requires userns overlay dpkg-deb dpkg-source perl
	DETBUILD_TEST_TIMEOUT=900
	if [[ ! -d $HOME/.cache/detbuild/chroots/bookworm ]]; then
		requires network debootstrap
		detbuild_run chroot create bookworm
	fi
}

# source_package ARCHITECTURE [DEPENDENCY]: tiny_1.0.dsc; its program holds what a .buildinfo says of a build.
source_package() {
	mkdir -p tiny/debian/source
	echo '3.0 (native)' >tiny/debian/source/format
	printf 'tiny (1.0) unstable; urgency=low\n\n  * x.\n\n -- A B <a@example.com>  Tue, 02 Jan 2024 03:04:05 +0000\n' >tiny/debian/changelog
	printf 'Source: tiny\nMaintainer: A B <a@example.com>\nSection: misc\nPriority: optional\nStandards-Version: 4.6.2\n%s\nPackage: tiny\nArchitecture: %s\nDescription: x\n y\n' "${2:+Build-Depends: $2
}" "$1" >tiny/debian/control
	cat >tiny/debian/rules <<-'END'
		#!/usr/bin/make -f
		.RECIPEPREFIX = >
		build build-arch build-indep:
		> { date +%s; pwd; dpkg-parsechangelog -SVersion; echo $$LANG $$LC_ALL $$DEB_BUILD_OPTIONS $$CFLAGS; cat /usr/share/tiny-dep/version || :; } >facts
		binary-arch binary-indep: build
		> mkdir -p debian/tiny/DEBIAN debian/tiny/usr/share/tiny
		> cp facts debian/tiny/usr/share/tiny
		> dpkg-gencontrol -Pdebian/tiny
		> dpkg-deb --build debian/tiny ..
		binary: binary-arch
		clean:
		> rm -rf facts debian/tiny debian/files
	END
	chmod +x tiny/debian/rules
	dpkg-source -b tiny >/dev/null 2>&1
}
# published [OPTION...]: builds it, once for all tests with the same source and options; lone/ then holds the .buildinfo and the source, and no packages.
published() {
	local kept
	kept=$BATS_FILE_TMPDIR/$(echo "$*" | cat - tiny_1.0.dsc | sha256sum | cut -c -16)
	rm -rf out lone
	if [[ ! -d $kept ]]; then
		detbuild_run pkg --output out "$@" tiny_1.0.dsc
		cp -r out "$kept"
	fi
	cp -rT "$kept" out
	mkdir lone
	cp out/*.buildinfo tiny_1.0.dsc tiny_1.0.tar.xz lone/
	INFO=$(echo lone/*.buildinfo)
}
facts() { dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/share/tiny/facts; }

@test "what the .buildinfo says is how it is built: identical to its hashes, and to the packages beside it" {
	source_package all
	published --build-path /build/other/tiny --build-option nocheck --locale C --env CFLAGS=-O1
	detbuild_run rebuild --keep --output r "$INFO"
	expect out 'environment: all [0-9]+ packages in the versions of the \.buildinfo'
	expect out '✓ tiny_1.0_all.deb [0-9a-f]{64}'
	expect out 'identical: .*1 of 1 files equal'
	same "$(facts r/built/tiny_1.0_all.deb)" "$(facts out/tiny_1.0_all.deb)"
	expect out '^environment'
	[[ $(facts r/built/tiny_1.0_all.deb) == *$'\n/build/other/tiny\n'*$'\nC C nocheck parallel=1 -O1'* ]]
	cp tiny_1.0.dsc tiny_1.0.tar.xz out/
	detbuild_run rebuild --json out/tiny_1.0_amd64.buildinfo
	python3 -c 'import json,sys; d = json.load(sys.stdin); b = d["buildinfo"]; assert d["verdict"] == "identical" and b["signature"] == "none" and b["packages"] > 50 and b["differences"] == [], d' <<<"$output"
}

@test "a hash that is another: differs; a package beside it that is another: nothing to compare with; a file that is not built: told" {
	source_package all
	published
	sed -E '/^Checksums-Sha256/,/^Build-Origin/s/^ [0-9a-f]{8}/ 00000000/' "$INFO" >changed.buildinfo
	detbuild_run 1 rebuild changed.buildinfo
	expect out '✗ tiny_1.0_all.deb differs'
	expect out 'only the hash is here'
	expect out 'differs: .*0 of 1 files'
	sed -E '/^Checksums-Sha256/s/$/\n 1111111111111111111111111111111111111111111111111111111111111111 5 tiny-extra_1.0_all.deb/' "$INFO" >more.buildinfo
	detbuild_run 1 rebuild more.buildinfo
	expect out '✗ tiny-extra_1.0_all.deb was not built'
	cp tiny_1.0* lone/
	cp out/tiny_1.0_all.deb lone/
	echo >>lone/tiny_1.0_all.deb
	detbuild_run 11 rebuild "$INFO"
	expect out 'is not the file that'
}

@test "the source must be the one that was built" {
	source_package all
	published
	sed -E '/^Checksums-Sha256/s/$/\n 1111111111111111111111111111111111111111111111111111111111111111 5 tiny_1.0.dsc/' "$INFO" >lone/other.buildinfo
	detbuild_run 7 rebuild lone/other.buildinfo
	expect out 'source missing: .*tiny_1.0.dsc is not the one'
}

@test "packages in other versions are listed, in words and as JSON" {
	source_package all
	published
	sed -i -E 's/^ bash \(= [^)]*\)/ bash (= 1:0.1)/; s/^ (dash .*)/ \1\n no-such-package-here (= 3),/' "$INFO"
	detbuild_run rebuild "$INFO"
	expect out 'environment: 2 of [0-9]+ packages differ'
	expect out '  bash: 1:0.1 -> [0-9]'
	expect out '  no-such-package-here: 3 -> not installed'
	expect out '^identical|identical: '
	detbuild_run rebuild --json "$INFO"
	python3 - <<-'END' "$output"
		import json, sys
		d = {x["package"]: x for x in json.loads(sys.argv[1])["buildinfo"]["differences"]}
		assert sorted(d) == ["bash", "no-such-package-here"] and d["bash"]["wanted"] == "1:0.1" and d["bash"]["have"]
		assert d["no-such-package-here"]["have"] is None
	END
}

# snapshot DIR VERSION: an archive that has tiny-dep in this version and nothing else.
snapshot() {
	local lists=$1/dists/bookworm/main
	mkdir -p "$lists/binary-amd64" "$1/pool" dep/DEBIAN dep/usr/share/tiny-dep
	printf 'Package: tiny-dep\nVersion: %s\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: x\n' "$2" >dep/DEBIAN/control
	echo "$2" >dep/usr/share/tiny-dep/version
	dpkg-deb --build dep "$1/pool/tiny-dep_$2_all.deb" >/dev/null
	(cd "$1" && dpkg-scanpackages pool >dists/bookworm/main/binary-amd64/Packages 2>/dev/null
		printf 'Suite: bookworm\nCodename: bookworm\nArchitectures: amd64\nComponents: main\nSHA256:\n %s %s main/binary-amd64/Packages\n' \
			"$(sha256sum <dists/bookworm/main/binary-amd64/Packages | cut -c -64)" "$(stat -c %s dists/bookworm/main/binary-amd64/Packages)" \
			>dists/bookworm/Release)
}

@test "a snapshot gives the recorded versions, or says which it lacks" {
	requires dpkg-scanpackages
	snapshot snap/20240101T000000Z 1.0
	snapshot snap/20250101T000000Z 2.0
	source_package all tiny-dep
	detbuild_run 2 pkg --snapshot-mirror snap tiny_1.0.dsc
	expect err 'needs --snapshot-time'
	detbuild_run 2 pkg --snapshot-time 2024-02-02 tiny_1.0.dsc
	detbuild_run 2 pkg --snapshot-mirror snap --snapshot-time 2023-02-02 tiny_1.0.dsc
	expect err 'nor a directory of 20230202T000000Z'
	published --snapshot-mirror snap --snapshot-time 2024-12-31T23:59:59Z
	expect err 'has no signature: it is taken as it is'
	[[ $(facts out/tiny_1.0_all.deb) == *$'\n1.0' ]]
	detbuild_run rebuild --snapshot-mirror "$PWD/snap" "$INFO" # on 2 January 2024, says Build-Date
	expect out 'environment: all'
	expect out 'identical: '
	detbuild_run 8 rebuild --snapshot-mirror "file:$PWD/snap" --snapshot-time 2025-06-06 "$INFO"
	expect out 'environment not reconstructible: .*lacks 1 of the [0-9]+ packages.*tiny-dep 1.0'
	detbuild_run 8 rebuild --snapshot-mirror "$PWD/snap/20250101T000000Z bookworm" --snapshot-time none "$INFO"
	detbuild_run 2 rebuild --snapshot-mirror gopher://x --snapshot-time none "$INFO"
	detbuild_run 2 rebuild --snapshot-mirror snap --snapshot-time yesterday "$INFO"
	[[ -z $(find "$HOME/.cache/detbuild/archives" -name 'tiny-dep_*') ]]
}

@test "a source that is nowhere: said once, and why" {
	requires network
	snapshot snap/20240101T000000Z 1.0
	source_package all
	published
	rm lone/tiny_1.0.dsc
	detbuild_run 7 rebuild "$INFO"
	same "$output" "source missing: $PWD/$INFO: there is no source of tiny 1.0 in the suites of chroot bookworm (put its .dsc and what that names beside the .buildinfo, or name a --snapshot-mirror)"
	detbuild_run 7 rebuild --snapshot-mirror "$PWD/snap/20240101T000000Z bookworm" --snapshot-time none "$INFO"
	expect out "^source missing: $PWD/$INFO: there are no sources in the snapshot, only packages \\("
}

@test "a binary-only rebuild: its changelog entry, its version, only its architecture" {
	source_package any
	cp tiny/debian/changelog saved
	{
		printf 'tiny (1.0+b2) sid; urgency=low, binary-only=yes\n\n  * Binary-only non-maintainer upload for amd64; no source changes.\n\n'
		printf ' -- A Builder <b@example.com>  Wed, 03 Jan 2024 03:04:05 +0000\n\n'
		cat saved
	} >tiny/debian/changelog
	detbuild_run pkg --native --output out --build-path /build/reproducible-path/tiny-1.0 tiny
	mkdir lone
	cp out/*.buildinfo tiny_1.0.dsc tiny_1.0.tar.xz lone/
	grep -q '^Binary-Only-Changes' lone/*.buildinfo
	sed -i '/-dbgsym/d' lone/*.buildinfo
	detbuild_run 1 rebuild --keep --output r lone/*.buildinfo # it holds the time, and the first build was native
	[[ -s r/built/tiny_1.0+b2_amd64.deb ]]
	[[ $(facts r/built/tiny_1.0+b2_amd64.deb) == 1704251045$'\n'*$'\n1.0+b2\n'* ]]
	mkdir again
	cp r/built/*.buildinfo tiny_1.0.dsc tiny_1.0.tar.xz again/
	detbuild_run rebuild again/*.buildinfo
	expect out '✓ tiny_1.0\+b2_amd64.deb'
	expect out 'identical: '
	sed -i 's/^ tiny (1.0+b2)/ tiny (1.0+b3)/' again/*.buildinfo
	detbuild_run 2 rebuild again/*.buildinfo
	expect err 'Binary-Only-Changes'
}

@test "signatures: unverified is said, a keyring verifies, what is read is what was signed" {
	requires gpg gpgv
	export GNUPGHOME=$PWD/gnupg
	mkdir -m 700 gnupg
	source_package all
	published
	gpg --batch --quiet --passphrase '' --quick-gen-key builder@example.com ed25519 sign 0
	gpg --batch --quiet --passphrase '' --quick-gen-key other@example.com ed25519 sign 0
	gpg --export builder@example.com >ring.gpg
	gpg --export other@example.com >other.gpg
	gpg --batch --quiet --local-user builder@example.com --output lone/signed.buildinfo --clearsign "$INFO"
	detbuild_run rebuild lone/signed.buildinfo
	expect out 'the signature of the .buildinfo was not verified'
	expect out 'identical: '
	{ printf 'Source: evil\n\n' && cat lone/signed.buildinfo; } >lone/wrapped.buildinfo
	detbuild_run rebuild --keyring ring.gpg --json lone/wrapped.buildinfo
	[[ $output == *'"signature": "verified"'* ]]
	detbuild_run 2 rebuild --keyring other.gpg lone/signed.buildinfo
	expect err 'not signed by a key of'
	detbuild_run 2 rebuild --keyring ring.gpg "$INFO"
	expect err 'not signed by a key of'
	sed 's/^Version: 1.0/Version: 1.1/' lone/signed.buildinfo >lone/changed.buildinfo
	detbuild_run 2 rebuild --keyring ring.gpg lone/changed.buildinfo
	detbuild_run 2 rebuild --keyring nosuch.gpg lone/signed.buildinfo
	expect err 'cannot read the keyring'
	detbuild_run 2 rebuild --keyring ring.gpg tiny_1.0.dsc
}

@test "what is no .buildinfo, or not for this machine, is refused with a reason" {
	source_package all
	published
	head -c 5000 /dev/urandom >garbage.buildinfo
	: >empty.buildinfo
	local name
	for name in garbage empty nosuch; do
		detbuild_run 2 rebuild $name.buildinfo
		[[ -z $output && $stderr != *$'\033'* && $stderr != *'  '* ]]
		[[ $name == nosuch || $stderr == *$'\ndetbuild: hint: it takes what dpkg-genbuildinfo writes'* ]]
	done
	refused() { # SED-SCRIPT REGEX [STATUS]
		sed -E "$1" "$INFO" >lone/bad.buildinfo
		detbuild_run "${3:-2}" rebuild lone/bad.buildinfo
		[[ $output$stderr =~ $2 && $stderr != *$'\033'* ]] || { echo "$output$stderr: not $2"; return 1; }
	}
	refused '/^Installed-Build-Depends/,/^Environment/d' 'no field Installed-Build-Depends'
	refused 's/^Source: .*/Source: ..\/..\/x/' 'no package name'
	refused 's/^Version: .*/Version: 1.0;id/' 'is no version'
	refused 's,^Build-Path: .*,Build-Path: /build/../etc,' 'no directory that a build can have'
	refused 's,^Build-Path: .*,Build-Path: /tmp/x,' 'lies in a directory'
	refused 's/^ bash \(=/ bash (>=/' 'is not PACKAGE'
	refused 's/^ LANG=.*/ LANG/' 'is not NAME'
	refused 's/^Build-Date: .*/Build-Date: tomorrow/' 'is no date'
	refused 's/^(Checksums-Sha256:.*)/\1\n zz 5 x/' 'Checksums-Sha256 cannot be read'
	refused 's/^Architecture: .*/Architecture: arm64/' 'environment not reconstructible: .*arm64' 8
	sed -E 's/^ LANG=.*/&\n LD_PRELOAD="\/x"/' "$INFO" >lone/more.buildinfo
	detbuild_run pkg --output more lone/more.buildinfo
	expect err 'variables that dpkg does not record, not taken: LD_PRELOAD'
}

@test "damaged at random: facts in their form, or one sentence" {
	source_package all
	published
	perl -e 'srand(7); local $/; open F, "<", shift; my $t = <F>;
		for my $i (1 .. 60) { my $s = $t; for (0 .. rand 4) { my $at = int rand length $s;
			substr($s, $at, rand() < .5 ? 1 : int rand 200) = rand() < .5 ? chr int rand 256 : substr $t, int rand length $t, 60; }
			open O, ">", "m$i"; print O $s; close O }' "$INFO"
	local i refused=0
	for ((i = 1; i <= 60; i++)); do
		if "$TOP/pkgbuild/buildinfo" m$i >facts 2>why; then
			! LC_ALL=C grep -avE '^(signature|source|version|binary-version|build|architecture|build-path|date|env|ignored|installed|sum|entry) [^[:cntrl:]]*$' facts
		else
			same $? 2
			same "$(wc -l <why)" 1
			refused=$((refused + 1))
		fi
	done
	((refused > 5))
}

@test "--buildinfo-out: a .buildinfo that others can read, of what was built, with the true date" {
	source_package all
	published
	detbuild_run 2 rebuild --buildinfo-out nosuch/x.buildinfo "$INFO"
	expect err 'no such directory'
	detbuild_run rebuild --buildinfo-out again.buildinfo "$INFO"
	diff <(grep -v ^Build-Date again.buildinfo) <(grep -v ^Build-Date "$INFO")
	(($(date -d "$(sed -n 's/^Build-Date: //p' again.buildinfo)" +%s) > $(date +%s) - 900))
	"$TOP/pkgbuild/buildinfo" again.buildinfo | grep -q '^sum [0-9a-f]* [0-9]* tiny_1.0_all.deb$'
	# A package that it does not tell of: not a word of it is passed on.
	sed -i 's,^> dpkg-deb --build.*,&\n> cp ../tiny_1.0_all.deb ../extra_1.0_all.deb,' tiny/debian/rules
	detbuild_run 3 pkg --output lie --buildinfo-out lie.buildinfo ./tiny
	expect err 'does not tell of the packages that were built'
	[[ ! -e lie.buildinfo ]]
}
