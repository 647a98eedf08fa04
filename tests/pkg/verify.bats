# `detbuild verify PACKAGE`: a package of the archive, built several times under different conditions.
load ../lib/common

setup() {
	common_setup
	requires userns overlay network debootstrap
	DETBUILD_TEST_TIMEOUT=1100
	detbuild_run chroot create bookworm
}

@test "remote-tty from the archive, which natively differs with each build: two builds under different conditions give the same bytes" {
	requires python3
	detbuild_run verify --json --runs 2 --output kept --keep remote-tty
	python3 - <<-'END' "$output"
		import json, sys
		d = json.loads(sys.argv[1])
		assert d["verdict"] == "reproducible" and d["traced"] and d["differing"] == 0
		names = [f["name"] for f in d["files"]]
		assert sum(n.endswith(".deb") for n in names) == 2, names
		assert any(n.endswith(".changes") for n in names) and any(n.endswith(".buildinfo") for n in names), names
		assert len(d["runs"]) == 2
	END
	# The programs say who built them, where and when: it must be the changelog's day, whatever the day is here.
	deb=$(find kept -name 'remote-tty_*.deb' | head -n 1)
	dpkg-deb -x "$deb" tree
	grep -aoE 'Version 4\.0 \([^)]*\)' tree/usr/bin/remote-tty >version
	grep -qE '^Version 4\.0 \(builder@detbuild .* UTC 2022\)$' version
}
