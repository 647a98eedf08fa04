# The documents whose commands build packages. The short ones are in tests/cli/documents.bats.
load ../lib/common

@test "the guide for those who rebuild an archive" {
	requires userns overlay dpkg-deb
	if [[ ! -d $HOME/.cache/detbuild/chroots/bookworm ]]; then
		requires network debootstrap
	fi
	if _has network; then
		doc "$TOP/docs/guide-rebuilder.md" --with network
	else
		doc "$TOP/docs/guide-rebuilder.md"
	fi
}
