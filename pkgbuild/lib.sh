# shellcheck shell=bash source-path=SCRIPTDIR
# lib.sh: what the package driver's parts share: entering boxes, reading control files. Sourced by build-package; state that
# crosses files is in capitals and listed here.
#
#   IMAGE IMAGE_ID IMAGE_NAME   the chroot's directory, its identity, its name
#   SPEC_KIND                   archive, buildinfo, dsc or tree
#   BUILDINFO                   the .buildinfo whose build is repeated, or ''; with it SIGNATURE, BUILD_KIND (any, all, binary), WANTED and the
#                               arrays and words that begin with RECORDED_: buildinfo.sh
#   SNAPSHOT_MIRRORS            where packages come from instead of the image's APT sources; SNAPSHOT_ID is their identity, APT_ARCHIVES and
#                               APT_VOLUMES what their boxes need: snapshot.sh
#   SOURCE VERSION              of the package; P_V is SOURCE-VERSION without epoch
#   SOURCE_DIR DSC              directory with the source files (or the tree) and the .dsc's name in it ('' for a tree)
#   LAYER LAYER_ID              directory with `upper` of the build dependencies, its identity
#   WORK                        this run's directory: upper (files of the build), log, control
#   LOG                         the run's log file
#   RUN_OPTIONS                 options of detbuild that are passed to the build itself

. "${BASH_SOURCE[0]%/*}/../chroot-tools/lib.sh"
PKGBUILD=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
: "${DETBUILD:=$PKGBUILD/../build/detbuild}"
export DETBUILD

readonly BOX_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# box_root UPPER [OPTION...] -- COMMAND...: an untraced box on the image, as root, for apt and for laying out files.
box_root() {
	local upper=$1
	shift
	guarded TERM "$DETBUILD" enter --as-root --user root --chroot "$IMAGE" --upper "$upper" --hostname detbuild --env "PATH=$BOX_PATH" --env HOME=/root \
		--env LC_ALL=C.UTF-8 --env TZ=UTC --env DEBIAN_FRONTEND=noninteractive --directory / "$@"
}
# With a single id, fakeroot of the image answers for the owners that dpkg wants to give files; the files stay the caller's.
# shellcheck disable=SC2034 # FAKE is used by layer.sh
ownership_find() {
	FAKE=()
	[ "$(ids_kind)" = single ] || return 0
	[ -x "$IMAGE/usr/bin/fakeroot" ] || fail "$EX_TOOL" "user $(id -un) has no range of subordinate ids, and chroot $IMAGE_NAME has no fakeroot" "$(range_hint)"
	FAKE=(env FAKEROOTDONTTRYCHOWN=1 fakeroot --)
}
# box_apt UPPER [OPTION...] -- COMMAND...: the same with APT's configuration and the shared package cache; with the network when --network is among the options.
# One at a time: APT locks its cache and does not wait.
box_apt() {
	local upper=$1 status=0
	shift
	mkdir -p "$APT_ARCHIVES/partial" "$WORK/control"
	{ apt_transport_conf && snapshot_conf; } >"$WORK/control/apt.conf"
	[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$WORK/control/ca-certificates.crt"
	lock_file "$APT_ARCHIVES.lock"
	box_root "$upper" --volume "$(readlink -f /etc/resolv.conf):/etc/resolv.conf" --volume /etc/hosts:/etc/hosts \
		--volume "$WORK/control:/run/detbuild" --volume "$APT_ARCHIVES:/var/cache/apt/archives:rw" "${APT_VOLUMES[@]}" \
		--env APT_CONFIG=/run/detbuild/apt.conf "$@" || status=$?
	exec {LOCK}>&-
	return $status
}

# control_fields FILE NAME...: fields of the first paragraph (a signature around it is skipped), each unfolded to a line "NAME: VALUE"; those that have none
# are left out.
control_fields() {
	local file=$1
	shift
	awk -v names="$*" '
		BEGIN { n = split(names, name, " "); for (i = 1; i <= n; i++) wanted[tolower(name[i])] = 1 }
		/^-----BEGIN PGP SIGNED/ { signed = 1; next }
		signed && /^$/ { signed = 0; next }
		signed || /^#/ { next }
		/^$/ { if (seen) exit; next }
		/^[^ \t]/ { seen = 1; on = tolower(substr($0, 1, index($0, ":") - 1)); if (!(on in wanted)) on = ""; else { sub(/^[^:]*:[ \t]*/, ""); value[on] = $0 } ; next }
		on { sub(/^[ \t]+/, " "); value[on] = value[on] $0 }
		END { for (i = 1; i <= n; i++) { v = value[tolower(name[i])]; gsub(/[ \t]+/, " ", v); sub(/^ /, "", v); if (v != "") print name[i] ": " v } }' "$file"
}
# The value alone.
control_field() {
	local line
	line=$(control_fields "$1" "$2") || return
	printf '%s\n' "${line#*: }"
}
# An unfolded Checksums-Sha256 field to lines "HASH SIZE NAME".
checksum_lines() { sed -E 's/([0-9a-f]{64}) ([0-9]+) ([^ ]+) ?/\1 \2 \3\n/g' | grep . || true; }
without_epoch() { echo "${1#*:}"; }
# The part of the log that says why, for people who look at the terminal only.
show_log_end() {
	[ "$DETBUILD_QUIET" = 1 ] || [ "$DETBUILD_VERBOSE" = 1 ] || show_end "${1:-25}" "$LOG"
}
