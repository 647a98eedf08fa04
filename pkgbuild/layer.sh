# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared between the parts, see lib.sh
# layer.sh: the build dependencies, installed by apt in an overlay of the image, never in the image. A layer is a function of the
# image and of the dependency fields; it is made once, in a temporary directory, and appears by rename.

readonly DEPENDENCY_FIELDS='Build-Depends Build-Depends-Arch Build-Depends-Indep Build-Conflicts Build-Conflicts-Arch Build-Conflicts-Indep'

# layer_make [EXTRA-PACKAGE...]: sets LAYER and LAYER_ID.
layer_make() {
	local control=$WORK/build-deps.dsc
	layer_control >"$control"
	LAYER_ID=$({ echo "$IMAGE_ID $DEB_BUILD_PROFILES $*${SNAPSHOT_ID:+ $SNAPSHOT_ID}" && cat "$control"; } | sha256)
	LAYER=$DETBUILD_CACHE/layers/${IMAGE_ID:0:16}-${LAYER_ID:0:16}
	if [ "$FRESH_LAYER" = 0 ] && [ -d "$LAYER" ]; then
		return
	fi
	layer_make_locked "$control" "$@"
}
# What is to be installed: the build dependencies of the source, or, where a snapshot can give them, the very packages of a .buildinfo.
layer_control() {
	if layer_is_exact; then
		printf '%s\n' "${WANTED[@]}"
		return
	fi
	printf 'Format: 1.0\nSource: detbuild-dependencies\nBinary: detbuild-dependencies\nArchitecture: any all\nVersion: 1\n'
	# shellcheck disable=SC2086 # words
	control_fields "$SOURCE_DIR/${DSC:-debian/control}" $DEPENDENCY_FIELDS
}
layer_is_exact() { [ ${#WANTED[@]} -gt 0 ] && [ ${#SNAPSHOT_MIRRORS[@]} -gt 0 ]; }
layer_make_locked() {
	local control=$1 tmp stale layer_lock
	shift
	lock_file "$LAYER.lock"
	layer_lock=$LOCK
	if [ "$FRESH_LAYER" = 0 ] && [ -d "$LAYER" ]; then # another run made it meanwhile
		exec {layer_lock}>&-
		return
	fi
	for stale in "$LAYER.new."*; do
		[ ! -e "$stale" ] || remove_trees "$stale"
	done
	tmp=$(mktemp -d "$LAYER.new.XXXXXX")
	SCRAP+=("$tmp")
	chmod 755 "$tmp"
	phase "installing build dependencies of $SOURCE"
	layer_fill "$tmp" "$control" "$@" || layer_failed
	cp "$control" "$tmp/control"
	if [ -d "$LAYER" ]; then # --build-dep-layer fresh
		mkdir "$WORK/old-layer"
		mv "$LAYER" "$WORK/old-layer/"
	fi
	mv -T "$tmp" "$LAYER"
	exec {layer_lock}>&-
}
# Two boxes on one upper directory: the first has the network and only fetches; the second has none and runs the packages' own
# scripts, which so reach nothing of the host's network. Then what is no content is removed. Lists older than the mirror's files are
# fetched anew on the second try.
# shellcheck disable=SC2016 # expanded in the box
layer_fill() {
	local tmp=$1 control=$2 how='build-dep /run/detbuild-deps/build-deps.dsc'
	shift 2
	! layer_is_exact || how='install $(cat /run/detbuild-deps/build-deps.dsc)'
	mkdir "$WORK/deps"
	cp "$control" "$WORK/deps/build-deps.dsc"
	local -a options=(--volume "$WORK/deps:/run/detbuild-deps" --env "DEB_BUILD_PROFILES=$DEB_BUILD_PROFILES")
	logged "$LOG.deps" box_apt "$tmp" --network "${options[@]}" -- "${FAKE[@]}" /bin/sh -c '
		export LC_ALL=C.UTF-8
		how=$1
		shift
		all() { eval "apt-get --download-only $how" && { [ $# = 0 ] || apt-get --download-only install "$@"; }; }
		all "$@" || { status=$?; apt-get update && all "$@"; } || exit $status' sh "$how" "$@" || return
	logged "$LOG.deps" box_apt "$tmp" "${options[@]}" -- "${FAKE[@]}" /bin/sh -c '
		export LC_ALL=C.UTF-8
		how=$1
		shift
		eval "apt-get --no-download $how" || exit
		[ $# = 0 ] || apt-get --no-download install "$@" || exit
		dpkg-query -W -f "\${Package}:\${Architecture} \${Version}\n" >/dev/null
		find /var/log -xdev -type f -newer /run/detbuild-deps/build-deps.dsc -exec truncate -s 0 {} +
		rm -f /var/cache/ldconfig/aux-cache /var/cache/apt/*.bin /var/cache/debconf/*-old /var/lib/dpkg/*-old /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow-
		sed -i -E "s/^([^:]*:[^:]*:)[0-9]+:/\1:/" /etc/shadow
		: >/etc/machine-id' sh "$how" "$@"
}
layer_failed() {
	local log=$LOG.deps why
	why=$(sed -nE "s/^E: Version '([^']*)' for '([^']*)' was not found.*/\2 \1/p; s/^E: Unable to locate package (.*)/\1/p" "$log" | sort -u)
	if layer_is_exact && [ -n "$why" ]; then
		fail "$EX_DEPENDENCY" "the snapshot lacks $(wc -l <<<"$why") of the ${#WANTED[@]} packages that were installed: $(head -n 5 <<<"$why" | paste -sd ';')" \
			"the whole output: $(layer_keep_log); another moment: --snapshot-time; more archives: --snapshot-mirror, again"
	fi
	why=$(sed -n '/unmet dependencies/,/^E:/p' "$log" | grep -E '(Depends|Conflicts): ' | sed -E 's/^ *(builddeps:[^ ]* : |detbuild-dependencies[^ ]* : )?//' |
		sort -u | head -n 5 | paste -sd ';' || true)
	[ -n "$why" ] || why=$(grep -m 1 -E '^E: (Unable to locate|Package .* has no|.*no installation candidate|.* dependency for .* cannot be satisfied)' "$log" | cut -c 4- || true)
	if [ -n "$why" ]; then
		fail "$EX_DEPENDENCY" "a build dependency of $SOURCE is not installable: $why" "the whole output: $(layer_keep_log)"
	fi
	why=$(grep -m 1 -E '^E: ' "$log" | cut -c 4- || true)
	[ -n "$why" ] || show_end 8 "$log"
	fail "$EX_DEPENDENCY" "the build dependencies of $SOURCE could not be installed${why:+: $why}" "the whole output: $(layer_keep_log)"
}
layer_keep_log() {
	mkdir -p "$DETBUILD_CACHE/logs"
	cp "$LOG.deps" "$DETBUILD_CACHE/logs/$P_V.build-deps.log"
	echo "$DETBUILD_CACHE/logs/$P_V.build-deps.log"
}
