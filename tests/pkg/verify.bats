# `detbuild verify PACKAGE`: a package of the archive, built several times under different conditions.
load ../lib/common

setup() {
	common_setup
	requires userns overlay network debootstrap
	DETBUILD_TEST_TIMEOUT=1100
	detbuild_run chroot create bookworm
}

@test "hello from the archive: two builds under different conditions give the same bytes" {
	requires python3
	detbuild_run verify --json --runs 2 --output kept --keep hello
	python3 - <<-'END' "$output"
		import json, sys
		d = json.loads(sys.argv[1])
		assert d["verdict"] == "reproducible" and d["traced"] and d["differing"] == 0
		names = [f["name"] for f in d["files"]]
		assert sum(n.endswith(".deb") for n in names) == 2, names
		assert any(n.endswith(".changes") for n in names) and any(n.endswith(".buildinfo") for n in names), names
		assert len(d["runs"]) == 2
	END
	# The year of the build is in the program: it must be the changelog's, whatever the year is here.
	deb=$(find kept -name 'hello_*.deb' | head -n 1)
	dpkg-deb -x "$deb" tree
	detbuild_run --chroot bookworm --volume "$PWD/tree:/srv" -- /srv/usr/bin/hello --version
	expect out 'Copyright \(C\) 2022'
}
