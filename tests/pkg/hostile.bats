# `detbuild pkg` on a package that wants out: names, links and directories that it leaves where the results are collected, and log
# lines that steer a terminal.
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

# tree: a package `evil`; what it does besides being built is read from stdin, a line of make each.
tree() {
	mkdir -p evil/debian/source
	echo '3.0 (native)' >evil/debian/source/format
	printf 'evil (1.0) unstable; urgency=low\n\n  * x.\n\n -- A B <a@example.com>  Tue, 02 Jan 2024 03:04:05 +0000\n' >evil/debian/changelog
	printf 'Source: evil\nMaintainer: A B <a@example.com>\nSection: misc\nPriority: optional\nRules-Requires-Root: no\n\n' >evil/debian/control
	printf 'Package: evil\nArchitecture: all\nDescription: x\n y\n' >>evil/debian/control
	{
		printf '#!/usr/bin/make -f\n.RECIPEPREFIX = >\nbuild build-arch build-indep binary-arch clean:\nbinary binary-indep:\n'
		printf '> mkdir -p debian/evil/DEBIAN\n> dpkg-gencontrol -Pdebian/evil\n> dpkg-deb --root-owner-group --build debian/evil ..\n'
		sed 's/^/> /'
	} >evil/debian/rules
	chmod +x evil/debian/rules
}

@test "results with names and kinds that are none are left behind" {
	tree <<-'END'
		cp ../evil_1.0_all.deb ../-rf.deb
		cp ../evil_1.0_all.deb "$$(printf '../x\n\033[31m"y.deb')"
		cp ../evil_1.0_all.deb '../$$(id) .deb'
		ln -s /etc/passwd ../link.deb
		mkfifo ../fifo.deb
		mkdir ../directory.deb
	END
	detbuild_run pkg --native --output out evil
	expect err 'no name for a result'
	[[ $stderr != *$'\033'* ]]
	same "$(cd out && ls -A | sort | tr '\n' ' ')" \
		"SHA256SUMS evil_1.0.detbuild.json evil_1.0_all.deb evil_1.0_amd64.buildinfo evil_1.0_amd64.changes evil_1.0_amd64.detbuild.log "
	(cd out && sha256sum --check --quiet SHA256SUMS)
}

@test "a directory on the way that became a link to the host's is not followed" {
	mkdir bait
	echo secret >bait/secret.deb
	echo secret >bait/evil_1.0_amd64.changes
	tree <<-END
		mv /build/fresh /build/old
		ln -s $PWD/bait /build/fresh
	END
	detbuild_run 3 pkg --native --user root --build-path /build/fresh/evil --output out evil
	expect err 'replaced the directory'
	[[ ! -e out/secret.deb ]]
}

@test "the end of a failed build's log does not steer the terminal" {
	tree <<-'END'
		printf 'look: \033]0;title\007 \033[2J end\n'
		false
	END
	detbuild_run 3 pkg --native --output out evil
	expect err 'look: '
	[[ $stderr != *$'\033'* && $stderr != *$'\007'* ]]
}

@test "a giant among the results is told, not copied" {
	tree <<-'END'
		truncate -s 300G ../big_1_all.deb
	END
	detbuild_run 3 pkg --native --output out evil
	expect err 'left more than 128 GiB of results: big_1_all.deb has 322122547200 bytes'
}
