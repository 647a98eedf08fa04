# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared between the parts, see lib.sh
# snapshot.sh: archives as they were at a moment, in place of the image's own APT sources. What they give replaces also newer packages of
# the image; it is kept in a cache of its own, so that no other archive's file is taken for it.

# snapshot_open: makes APT's configuration from SNAPSHOT_MIRRORS and the moment, and fetches the package lists. Sets SNAPSHOT_ID and APT_VOLUMES.
snapshot_open() {
	[ ${#SNAPSHOT_MIRRORS[@]} -gt 0 ] || return 0
	local mirror uri suite when n=0
	when=$(snapshot_moment)
	: >"$WORK/control/snapshot-volumes"
	for mirror in "${SNAPSHOT_MIRRORS[@]}"; do
		read -r uri suite <<<"$mirror"
		: "${suite:=$(json_member "$IMAGE.json" suite 2>/dev/null || true)}"
		[[ $suite =~ ^[a-z][a-z0-9/-]*$ ]] || fail "$EX_USAGE" "--snapshot-mirror $mirror: say which suite" "--snapshot-mirror 'URI SUITE'"
		snapshot_source "$uri" "$suite" "$when" $((n += 1))
	done >"$WORK/control/sources.list"
	snapshot_volumes
	printf 'Package: *\nPin: release *\nPin-Priority: 1001\n' >"$WORK/control/preferences" # more than 1000: older is as good as newer
	SNAPSHOT_ID=$(cat "$WORK/control/sources.list" "$WORK/control/snapshot-volumes" | sha256)
	APT_ARCHIVES=$DETBUILD_CACHE/snapshots/${SNAPSHOT_ID:0:16}
	mkdir -p "$WORK/lists" "$WORK/fetch"
	phase "fetching the package lists of the snapshot"
	logged "$LOG.fetch" box_apt "$WORK/fetch" --network -- apt-get --error-on=any update || snapshot_failed
}
snapshot_failed() {
	show_end 5 "$LOG.fetch"
	fail "$EX_DEPENDENCY" "the snapshot mirror has no package lists that can be used: $(grep -m 1 '^E: ' "$LOG.fetch" | cut -c 4- || true)" \
		"--snapshot-mirror takes the directory in which dists/ lies, or the one in which directories such as 20240131T120000Z/ lie"
}
# The moment as in the names of directories, or nothing: then mirrors are taken as they are.
snapshot_moment() {
	local seconds=${SNAPSHOT_TIME:-$RECORDED_DATE}
	[ "$seconds" != none ] || return 0
	[[ ${seconds#@} =~ ^[0-9]+$ ]] || fail "$EX_USAGE" "--snapshot-mirror needs a moment: the .buildinfo has no Build-Date" "--snapshot-time TIME, or none for a mirror that is one snapshot"
	date -u -d "@${seconds#@}" +%Y%m%dT%H%M%SZ
}
# snapshot_source URI SUITE MOMENT N: a line deb and a line deb-src. A directory of this machine is shown in the box; one that has no
# signatures is the user's own.
snapshot_source() {
	local uri=$1 options='' dir
	case $uri in
	*[][\"[:cntrl:]]*) fail "$EX_USAGE" "--snapshot-mirror '$uri' is no address" ;;
	file:/*) dir=$(sed 's,^file:/*,/,' <<<"$uri") ;;
	http:* | https:* | ftp:*) dir='' ;;
	*://*) fail "$EX_USAGE" "--snapshot-mirror $uri: it takes http:, https:, ftp:, file: or a directory" ;;
	*) dir=$uri ;;
	esac
	if [ -n "$dir" ]; then
		dir=$(snapshot_directory "$dir" "$3")
		[ -d "$dir/dists/$2" ] || fail "$EX_USAGE" "--snapshot-mirror $uri: there is no $dir/dists/$2${3:+, nor a directory of $3 or before}"
		printf '%s:/run/detbuild-snapshot/%s\n' "$(readlink -f "$dir")" "$4" >>"$WORK/control/snapshot-volumes"
		uri=copy:/run/detbuild-snapshot/$4 # of file: nothing would get into the cache, from which the box installs
		if [ ! -e "$dir/dists/$2/InRelease" ] && [ ! -e "$dir/dists/$2/Release.gpg" ]; then
			warn "$dir/dists/$2 has no signature: it is taken as it is"
			options='[trusted=yes] '
		fi
	elif [ -n "$3" ]; then
		uri=${uri%/}/$3
	fi
	printf 'deb %s%s %s main contrib non-free non-free-firmware\ndeb-src %s%s %s main contrib non-free non-free-firmware\n' \
		"$options" "$uri" "$2" "$options" "$uri" "$2"
}
# snapshot_directory DIR MOMENT: as a server of snapshots, the newest in DIR that is not after the moment; DIR itself when there is none.
snapshot_directory() {
	local name found=''
	for name in "$1"/[0-9]*T*Z; do
		name=${name##*/}
		[[ ! $name =~ ^[0-9]{8}T[0-9]{6}Z$ || $name > $2 ]] || found=/$name
	done
	echo "$1$found"
}
snapshot_volumes() {
	local volume
	APT_VOLUMES=(--volume "$WORK/lists:/run/detbuild-lists:rw")
	while IFS= read -r volume; do APT_VOLUMES+=(--volume "$volume"); done <"$WORK/control/snapshot-volumes"
}
snapshot_conf() {
	[ ${#SNAPSHOT_MIRRORS[@]} -gt 0 ] || return 0
	printf 'Dir::Etc::sourcelist "/run/detbuild/sources.list";\nDir::Etc::sourceparts "/dev/null";\nDir::State::lists "/run/detbuild-lists";\n'
	printf 'Dir::Etc::preferences "/run/detbuild/preferences";\nDir::Etc::preferencesparts "/dev/null";\n'
	printf 'Acquire::Check-Valid-Until "false";\nAPT::Get::allow-downgrades "true";\n'
}
