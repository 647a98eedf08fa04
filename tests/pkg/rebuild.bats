# `detbuild rebuild`: against packages made here (every verdict), and against Debian's archive.
load ../lib/common

setup() {
	common_setup
	requires userns overlay dpkg-deb
	DETBUILD_TEST_TIMEOUT=900
	if [[ ! -d $HOME/.cache/detbuild/chroots/bookworm ]]; then
		requires network debootstrap
		detbuild_run chroot create bookworm
	fi
}

# A source package whose program says when and where it was made.
tree() {
	mkdir -p tiny/debian/source
	echo '3.0 (native)' >tiny/debian/source/format
	printf 'tiny (1.0) unstable; urgency=low\n\n  * x.\n\n -- A B <a@example.com>  Tue, 02 Jan 2024 03:04:05 +0000\n' >tiny/debian/changelog
	printf 'Source: tiny\nMaintainer: A B <a@example.com>\nSection: misc\nPriority: optional\nStandards-Version: 4.6.2\n%s\nPackage: tiny\nArchitecture: all\nDescription: x\n y\n' "${1:-}" >tiny/debian/control
	cat >tiny/debian/rules <<-'END'
		#!/usr/bin/make -f
		.RECIPEPREFIX = >
		build build-arch build-indep:
		> test ! -e fail
		> { echo made in `date +%Y`; echo on `hostname`; pwd; } >facts
		binary binary-indep: build
		> mkdir -p debian/tiny/DEBIAN debian/tiny/usr/share/tiny
		> cp facts debian/tiny/usr/share/tiny
		> dpkg-gencontrol -Pdebian/tiny
		> dpkg-deb --build debian/tiny ..
		binary-arch:
		clean:
		> rm -rf facts debian/tiny debian/files
	END
	chmod +x tiny/debian/rules
}

@test "what is called wrongly: status 2" {
	detbuild_run 2 rebuild
	detbuild_run 2 rebuild a b
	detbuild_run 2 rebuild --against nowhere 'no such'
}

@test "identical to files here, by directory and by .changes; a replayed past; differences with their likely cause" {
	tree
	detbuild_run pkg --output published ./tiny
	detbuild_run rebuild --against published tiny/
	expect out '✓ tiny_1.0_all.deb [0-9a-f]{64}'
	expect out 'identical: tiny/: 1 of 1 files equal'
	detbuild_run rebuild --against published/tiny_1.0_amd64.changes --attest statement.json ./tiny
	python3 - <<-'END' published
		import hashlib, json, sys
		d = json.load(open("statement.json"))
		assert d["_type"] == "https://in-toto.io/Statement/v1" and d["predicate"]["verdict"] == "identical"
		assert d["predicateType"] == "urn:detbuild:rebuild:%d" % d["predicate"]["schema"]
		want = hashlib.sha256(open("published/tiny_1.0_all.deb", "rb").read()).hexdigest()
		assert d["subject"] == [{"name": "tiny_1.0_all.deb", "digest": {"sha256": want}}], d["subject"]
	END
	detbuild_run 1 rebuild --against published --output out --json --html page.html --log build.log.bin --attest none.json --epoch 2031-05-06 --hostname elsewhere --build-path /build/other/tiny ./tiny
	python3 - <<-'END' "$output"
		import json, sys
		d = json.loads(sys.argv[1])
		assert d["schema"] == 1 and d["verdict"] == "differs" and d["exit_status"] == 1, d
		f = {f["name"]: f for f in d["files"]}["tiny_1.0_all.deb"]
		assert f["verdict"] == "differs" and f["published_sha256"] != f["built_sha256"]
		assert any(x["likely_cause"] == "time" and "2024" in x["how"] and "2031" in x["how"] for x in f["differences"]), f
		assert d["build"]["source"] == "tiny" and d["kept_in"].endswith("/out")
	END
	printf '%s\n' "$output" >rebuild.json
	detbuild_run report rebuild.json
	printf '%s\n' "$output" >text
	"$TOP/tests/lib/html_check.py" page.html rebuild.json text
	grep -q 'likely cause: time' text
	grep -q 'dpkg-deb --build debian/tiny' text # the time line of its processes
	"$DETBUILD" report rebuild.json --html again.html
	cmp page.html again.html
	[[ ! -e none.json ]]
	[[ -s out/reference/tiny_1.0_all.deb && -s out/built/tiny_1.0_all.deb ]]
	mv out/built past
	detbuild_run rebuild --against past --epoch 2031-05-06 --hostname elsewhere --build-path /build/other/tiny ./tiny
	expect out 'identical'
}

@test "nothing to compare with, a damaged reference, a failed build, a missing dependency: verdicts of their own" {
	tree
	mkdir empty
	detbuild_run 11 rebuild --against empty ./tiny
	expect out 'nothing to compare with: ./tiny: there is no \.deb of tiny 1\.0'
	detbuild_run 2 rebuild --against nowhere ./tiny
	expect err '\-\-against nowhere: there is no such'
	detbuild_run pkg --output published ./tiny
	echo >>published/tiny_1.0_all.deb
	detbuild_run 11 rebuild --against published/tiny_1.0_amd64.changes ./tiny
	expect out 'is not the file that'
	rm -r published
	detbuild_run pkg --output published ./tiny
	touch tiny/fail
	detbuild_run 3 rebuild --against published --output failed ./tiny
	expect err 'test ! -e fail'
	[[ $output == 'build failed: ./tiny: '* ]] # what went wrong comes first
	expect out "the log: ($PWD/failed/built/tiny_1.0.detbuild.log)"
	[[ -s ${BASH_REMATCH[1]} ]]
	[[ ${output##*$'\n'} == *'detbuild pkg '* ]]
	rm tiny/fail
	requires network
	tree 'Build-Depends: no-such-package-anywhere
'
	detbuild_run 8 rebuild --against published ./tiny
	expect out 'environment not reconstructible: .*no-such-package-anywhere'
}

@test "catdoc of the archive is identical; less differs in its build-id only" {
	requires network
	detbuild_run rebuild catdoc
	expect out '✓ catdoc_'
	expect out 'identical: catdoc: 1 of 1 files'
	detbuild_run 1 rebuild --output out less
	expect out 'build-id only: less: 0 of 1 files'
}
