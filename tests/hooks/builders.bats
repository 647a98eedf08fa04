# The real sbuild and pbuilder of the archive, end to end (`make check-hooks`): the packages that they make with the hooks are those of
# `detbuild pkg`, and without the hooks they are not. Root only; needs a network and some minutes for each package.
#
# DETBUILD_HOOK_PACKAGES: more or other sources of the archive, NAME:DIRECTORY each; the default is one that
# holds user, host and date, and one that holds a directory's order.
load ../lib/common

setup_file() {
	export HOOKS_TMP=${BATS_FILE_TMPDIR}
	local chroots=${XDG_CACHE_HOME:-$HOME/.cache}/detbuild/chroots dev=$HOOKS_TMP/dev/dev name major minor
	[[ -d $chroots/bookworm ]] || "$DETBUILD" chroot create bookworm
	make -s -C "$TOP" install DESTDIR="$HOOKS_TMP/inst" PREFIX=/usr >"$HOOKS_TMP/install.log" 2>&1
	export DETBUILD_HOOKS=$HOOKS_TMP/inst/usr/lib/detbuild/hooks
	tar -C "$chroots/bookworm" --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' --one-file-system -cf "$HOOKS_TMP/base.tar" .
	chmod -R a+rX "$HOOKS_TMP"
	# pbuilder and schroot want the devices in their image.
	mkdir -p "$dev/pts" "$dev/shm"
	while read -r name major minor; do
		mknod -m 666 "$dev/$name" c "$major" "$minor"
	done <<<$'null 1 3\nzero 1 5\nfull 1 7\nrandom 1 8\nurandom 1 9\ntty 5 0\nptmx 5 2\nconsole 5 1'
	cp "$HOOKS_TMP/base.tar" "$HOOKS_TMP/pbuilder.tar"
	tar -C "$HOOKS_TMP/dev" -rf "$HOOKS_TMP/pbuilder.tar" ./dev
	gzip -1 <"$HOOKS_TMP/pbuilder.tar" >"$HOOKS_TMP/pbuilder.tgz"
	rm "$HOOKS_TMP/pbuilder.tar"
	while [[ $HOOKS_TMP == "$BATS_RUN_TMPDIR"* ]]; do chmod a+x "$HOOKS_TMP" && HOOKS_TMP=${HOOKS_TMP%/*}; done
	export HOOKS_TMP=${BATS_FILE_TMPDIR}
}

setup() {
	common_setup
	requires root user network
	[[ -n $DETBUILD_HOOKS ]]
	export DETBUILD_HOOKS
	read -ra PACKAGES <<<"${DETBUILD_HOOK_PACKAGES:-checkpw:checkpw-1.02 remote-tty:remote-tty-4.0}"
}

SCHROOT=/etc/schroot/chroot.d/detbuild-test
teardown() {
	rm -f "$SCHROOT"
	gpasswd -d "$DETBUILD_TEST_USER" sbuild >/dev/null 2>&1 || true
}

# The mirror of this machine, for who makes a base of its own.
host_mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1; }

# by_pkg NAME DIRECTORY: the packages that `detbuild pkg` makes, once; its source lies in $HOOKS_TMP/src-NAME.
by_pkg() {
	local dir
	[[ ! -d $HOOKS_TMP/pkg-$1 ]] || return 0
	"$DETBUILD" pkg "$1" --build-path "/build/reproducible-path/$2" --output "$HOOKS_TMP/pkg-$1" >"$HOOKS_TMP/pkg-$1.log" 2>&1
	dir=$(printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/detbuild/sources/$1"_* | tail -n 1)
	cp -r "$dir" "$HOOKS_TMP/src-$1"
	chmod -R a+rX "$HOOKS_TMP/src-$1"
}

# same_debs NAME DIR: every package of `detbuild pkg` is in DIR with the same bytes.
same_debs() {
	local deb n=0
	for deb in "$HOOKS_TMP/pkg-$1"/*.deb; do
		cmp "$deb" "$2/${deb##*/}" || return 1
		n=$((n + 1))
	done
	((n > 0))
}

# by_sbuild NAME OUT [LINE-OF-SBUILDRC [OPTION...]]: options that choose the chroot; the unshare mode else.
by_sbuild() {
	local name=$1 out=$2 line=${3-} chroot=(--chroot-mode=unshare -c "$HOOKS_TMP/base.tar")
	shift 2
	shift || true
	(($# == 0)) || chroot=("$@")
	mkdir -p "$out/home"
	printf '%s\n' '$run_lintian = 0; $mailto = "";' "$line" '1;' >"$out/home/.sbuildrc"
	chown -R "$DETBUILD_TEST_USER" "$out"
	(cd "$out" && runuser -u "$DETBUILD_TEST_USER" -- env HOME="$out/home" DETBUILD_HOOKS="$DETBUILD_HOOKS" \
		sbuild "${chroot[@]}" --dist=bookworm --arch=amd64 --no-run-autopkgtest --no-run-piuparts \
		--no-apt-upgrade --no-apt-distupgrade --build-path=/build/reproducible-path "$HOOKS_TMP/src-$name"/*.dsc >sbuild.log 2>&1) || {
		tail -n 40 "$out"/*.build "$out/sbuild.log"
		return 1
	}
}

by_pbuilder() {
	mkdir -p "$2/home" "$2/place" "$2/result" "$2/hooks"
	"$DETBUILD_HOOKS/pbuilder/make-hook" "$2/hooks"
	printf '#!/bin/sh\nexec apt-get -q update\n' >"$2/hooks/D01update"
	chmod 755 "$2/hooks/D01update"
	printf '%s\n' "BASETGZ=$HOOKS_TMP/pbuilder.tgz" "BUILDPLACE=$2/place" "BUILDRESULT=$2/result" APTCACHE= USECGROUP=no \
		PBUILDERSATISFYDEPENDSCMD=/usr/lib/pbuilder/pbuilder-satisfydepends-apt "HOOKDIR=$2/hooks" ". $DETBUILD_HOOKS/pbuilder/pbuilderrc" \
		>"$2/home/.pbuilderrc"
}

@test "sbuild with the hook makes what detbuild pkg makes, and without it does not" {
	requires sbuild
	local package name
	for package in "${PACKAGES[@]}"; do
		name=${package%:*}
		by_pkg "$name" "${package#*:}"
		by_sbuild "$name" "$T/$name" "eval \`cat $DETBUILD_HOOKS/sbuild/sbuildrc\` or die \"detbuild: \$@\";"
		same_debs "$name" "$T/$name"
		echo "# sbuild: $name is equal" >&3
	done
	name=${PACKAGES[0]%:*}
	by_sbuild "$name" "$T/plain"
	run ! same_debs "$name" "$T/plain"
}

@test "pbuilder with the hook makes what detbuild pkg makes" {
	requires pbuilder
	local package name
	for package in "${PACKAGES[@]}"; do
		name=${package%:*}
		by_pkg "$name" "${package#*:}"
		by_pbuilder "$name" "$T/$name"
		HOME=$T/$name/home pbuilder build "$HOOKS_TMP/src-$name"/*.dsc >"$T/$name.log" 2>&1 || { tail -n 40 "$T/$name.log"; return 1; }
		same_debs "$name" "$T/$name/result"
		echo "# pbuilder: $name is equal" >&3
	done
}

# The source package is made outside of the chroot, by pdebuild: it has no wrapper there and needs none.
@test "pdebuild with the hook makes what detbuild pkg makes" {
	requires pbuilder
	local name=${PACKAGES[0]%:*}
	by_pkg "$name" "${PACKAGES[0]#*:}"
	by_pbuilder "$name" "$T/b"
	dpkg-source -x "$HOOKS_TMP/src-$name"/*.dsc tree >/dev/null
	echo PBUILDERROOTCMD=env >>"$T/b/home/.pbuilderrc" # we are root
	(cd tree && HOME=$T/b/home pdebuild --buildresult "$T/b/result") >"$T/log" 2>&1 || { tail -n 40 "$T/log"; return 1; }
	same_debs "$name" "$T/b/result"
}

@test "cowbuilder with the hook makes what detbuild pkg makes" {
	requires cowbuilder
	local name=${PACKAGES[0]%:*} base=$T/base.cow
	by_pkg "$name" "${PACKAGES[0]#*:}"
	by_pbuilder "$name" "$T/b"
	printf '%s\n' "BASEPATH=$base" "MIRRORSITE=$(host_mirror)" DISTRIBUTION=bookworm 'DEBOOTSTRAPOPTS=(--variant=buildd --keyring=/usr/share/keyrings/debian-archive-keyring.gpg)' >>"$T/b/home/.pbuilderrc"
	{ HOME=$T/b/home cowbuilder --create && HOME=$T/b/home cowbuilder --build "$HOOKS_TMP/src-$name"/*.dsc; } >"$T/log" 2>&1 || { tail -n 40 "$T/log"; return 1; }
	same_debs "$name" "$T/b/result"
}

# As schroot's users do it: an ordinary user in the group sbuild.
@test "sbuild in a schroot with the hook makes what detbuild pkg makes" {
	requires schroot sbuild
	local name=${PACKAGES[0]%:*}
	by_pkg "$name" "${PACKAGES[0]#*:}"
	gpasswd -a "$DETBUILD_TEST_USER" sbuild >/dev/null
	printf '[detbuild-test]\ntype=file\nfile=%s\nprofile=sbuild\ngroups=sbuild\nroot-groups=sbuild\nsource-root-groups=sbuild\n' "$HOOKS_TMP/pbuilder.tgz" >"$SCHROOT"
	by_sbuild "$name" "$T/out" "eval \`cat $DETBUILD_HOOKS/sbuild/sbuildrc\` or die \"detbuild: \$@\";" --chroot-mode=schroot -c detbuild-test
	same_debs "$name" "$T/out"
}
