# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared between the parts, see lib.sh
# result.sh: from the upper directory of a finished build to --output: every file under its name by rename, with SHA256SUMS and a
# sidecar that says what the build was a function of, and when it really happened.

# What Debian's tools call their results; nothing that a shell, an option parser or a terminal could take for something else.
readonly ARTEFACT_NAME='^[A-Za-z0-9][A-Za-z0-9.+~_%:-]*$'

# What all results may hold together, a hole counting as its zeros: they are hashed. As for verify, see TREE_BYTES_MAX in src/report/tree.h.
readonly RESULTS_GIB=128

# Copies the results; sets RESULTS (names), RESULT_SUM (their SHA-256) and NAME_VA (PACKAGE_VERSION_ARCH).
declare -A RESULT_SUM=()
result_collect() {
	local from parent part name short size sum bytes=0
	phase "collecting the results of $P_V"
	parent=$(dirname "$BUILD_PATH")
	from=$WORK/box/upper$parent
	# The guest may own the directories on this path, and put links to the host's in their place.
	[ "$(readlink -e "$from")" = "$from" ] || fail "$EX_BUILD" "the build of $P_V replaced the directory $parent"
	shopt -s nullglob
	local -a changes=("$from/${SOURCE}_"*.changes)
	[[ ${#changes[@]} == 1 && ${changes[0]##*/} =~ $ARTEFACT_NAME ]] || fail "$EX_BUILD" "dpkg-buildpackage of $P_V left no .changes file"
	NAME_VA=${changes[0]##*/} NAME_VA=${NAME_VA%.changes}
	mkdir -p "$OUTPUT"
	part=$(mktemp -d "$OUTPUT/.detbuild.XXXXXX")
	SCRAP+=("$part")
	RESULTS=()
	for name in "$from"/*.{deb,udeb,ddeb,changes,buildinfo}; do
		if [ ! -f "$name" ] || [ -L "$name" ]; then continue; fi # a guest may have left a link
		short=${name##*/}
		if [[ ! $short =~ $ARTEFACT_NAME ]]; then
			warn "left behind: '$short' is no name for a result"
			continue
		fi
		size=$(stat -c %s "$name")
		bytes=$((bytes + size))
		[ $bytes -le $((RESULTS_GIB << 30)) ] ||
			fail "$EX_BUILD" "the build of $P_V left more than $RESULTS_GIB GiB of results: $short has $size bytes"
		cp --no-preserve=mode,ownership "$name" "$part/"
		RESULTS+=("$short")
	done
	cp "$LOG" "$part/$NAME_VA.detbuild.log"
	(cd "$part" && sha256sum -- "${RESULTS[@]}") >"$part/.sums"
	while read -r sum name; do RESULT_SUM[$name]=$sum; done <"$part/.sums"
	result_json built 0 "$part/.sums" >"$part/$NAME_V.detbuild.json"
	result_sums "$part/.sums" >"$part/SHA256SUMS"
	rm "$part/.sums"
	mv -f "$part"/* "$OUTPUT/"
	rm -f "$OUTPUT/$NAME_V.detbuild.log" # of an earlier failure
}
# SHA256SUMS of --output: our lines, and those of other packages whose files are still there.
result_sums() {
	{
		[ ! -e "$OUTPUT/SHA256SUMS" ] || while read -r sum name; do
			[ ! -e "$OUTPUT/$name" ] || grep -qF "  $name" "$1" || printf '%s  %s\n' "$sum" "$name"
		done <"$OUTPUT/SHA256SUMS"
		cat "$1"
	} | sort -k 2
}
json_list() {
	local separator='' item
	for item in "$@"; do
		printf '%s' "$separator"
		json_string "$item"
		separator=', '
	done
}
# json_put NAME VALUE: a member of the object, a string, in a line of its own.
json_put() {
	printf '  "%s": ' "$1"
	json_string "$2"
	printf ',\n'
}
# result_json VERDICT CODE [SUMS]: one JSON object on stdout.
result_json() {
	local sum name separator='' traced=true loops=''
	[ "$NATIVE" = 0 ] || traced=false
	loops=$(cat "$SPIN_HINTS" 2>/dev/null || true)
	printf '{\n  "verdict": "%s",\n  "exit_code": %d,\n' "$1" "$2"
	json_put source "$SOURCE"
	json_put version "$VERSION"
	printf '  "traced": %s,\n  "epoch": %s,\n  "changelog_date": %s,\n  "seed": %s,\n' "$traced" "$EPOCH" "$CHANGELOG_DATE" "$SEED"
	json_put image "$IMAGE_NAME"
	printf '  "image_id": "%s",\n  "image_packages_sha256": "%s",\n  "layer_id": "%s",\n' "$IMAGE_ID" "$IMAGE_SUM" "$LAYER_ID"
	if [ -n "$DSC" ]; then
		json_put dsc "$DSC"
		printf '  "dsc_sha256": "%s",\n' "$(sha256 <"$SOURCE_DIR/$DSC")"
	fi
	json_put build_path "$BUILD_PATH"
	json_put build_options "$BUILD_OPTIONS"
	printf '  "environment": ['
	json_list "${BUILD_ENV[@]}"
	printf '],\n  "command": ['
	json_list "${BUILD_COMMAND[@]}"
	printf '],\n'
	json_put counted_loops "${loops//$'\n'/;}"
	printf '  "started": "%s",\n  "ended": "%s",\n' "$BUILD_STARTED" "$BUILD_ENDED"
	json_put output "$OUTPUT"
	printf '  "files": {'
	if [ -n "${3:-}" ]; then
		while read -r sum name; do
			printf '%s\n    ' "$separator"
			json_string "$name"
			printf ': "%s"' "$sum"
			separator=,
		done <"$3"
		printf '\n  '
	fi
	printf '}\n}\n'
}
