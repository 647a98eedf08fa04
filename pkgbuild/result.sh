# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared between the parts, see lib.sh
# result.sh: from the upper directory of a finished build to --output: every file under its name by rename, with SHA256SUMS and a
# sidecar that says what the build was a function of, and when it really happened.

# What Debian's tools call their results; nothing that a shell, an option parser or a terminal could take for something else.
readonly ARTEFACT_NAME='^[A-Za-z0-9][A-Za-z0-9.+~_%:-]*$'

# What all results may hold together, a hole counting as its zeros: they are hashed. As for verify, see TREE_BYTES_MAX in src/report/tree.h.
readonly RESULTS_GIB=128

# Copies the results; sets RESULTS (names) and NAME_VA (PACKAGE_VERSION_ARCH).
result_collect() {
	local from part name bytes=0
	phase "collecting the results of $P_V"
	from=$WORK/box/upper$(dirname "$BUILD_PATH")
	# The guest may own the directories on this path, and put links to the host's in their place.
	[ "$(readlink -e "$from")" = "$from" ] || fail "$EX_BUILD" "the build of $P_V replaced the directory $(dirname "$BUILD_PATH")"
	shopt -s nullglob
	local -a changes=("$from/${SOURCE}_"*.changes)
	[[ ${#changes[@]} == 1 && $(basename "${changes[0]}") =~ $ARTEFACT_NAME ]] || fail "$EX_BUILD" "dpkg-buildpackage of $P_V left no .changes file"
	NAME_VA=$(basename "${changes[0]}" .changes)
	mkdir -p "$OUTPUT"
	part=$(mktemp -d "$OUTPUT/.detbuild.XXXXXX")
	SCRAP+=("$part")
	RESULTS=()
	for name in "$from"/*.{deb,udeb,ddeb,changes,buildinfo}; do
		if [ ! -f "$name" ] || [ -L "$name" ]; then continue; fi # a guest may have left a link
		if [[ ! $(basename "$name") =~ $ARTEFACT_NAME ]]; then
			warn "left behind: '$(basename "$name")' is no name for a result"
			continue
		fi
		bytes=$((bytes + $(stat -c %s "$name")))
		[ $bytes -le $((RESULTS_GIB << 30)) ] ||
			fail "$EX_BUILD" "the build of $P_V left more than $RESULTS_GIB GiB of results: $(basename "$name") has $(stat -c %s "$name") bytes"
		cp --no-preserve=mode,ownership "$name" "$part/"
		RESULTS+=("$(basename "$name")")
	done
	cp "$LOG" "$part/$NAME_VA.detbuild.log"
	(cd "$part" && sha256sum -- "${RESULTS[@]}") >"$part/.sums"
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
		printf '%s%s' "$separator" "$(json_string "$item")"
		separator=', '
	done
}
# result_json VERDICT CODE [SUMS]: one JSON object on stdout.
result_json() {
	local sum name separator=''
	printf '{\n  "verdict": "%s",\n  "exit_code": %d,\n  "source": %s,\n  "version": %s,\n' "$1" "$2" "$(json_string "$SOURCE")" "$(json_string "$VERSION")"
	printf '  "traced": %s,\n  "epoch": %s,\n  "changelog_date": %s,\n  "seed": %s,\n' "$([ "$NATIVE" = 1 ] && echo false || echo true)" "$EPOCH" "$CHANGELOG_DATE" "$SEED"
	printf '  "image": %s,\n  "image_id": "%s",\n  "image_packages_sha256": "%s",\n  "layer_id": "%s",\n' "$(json_string "$IMAGE_NAME")" "$IMAGE_ID" "$IMAGE_SUM" "$LAYER_ID"
	[ -z "$DSC" ] || printf '  "dsc": %s,\n  "dsc_sha256": "%s",\n' "$(json_string "$DSC")" "$(sha256 <"$SOURCE_DIR/$DSC")"
	printf '  "build_path": %s,\n  "build_options": %s,\n  "environment": [%s],\n  "command": [%s],\n' "$(json_string "$BUILD_PATH")" \
		"$(json_string "$BUILD_OPTIONS")" "$(json_list "${BUILD_ENV[@]}")" "$(json_list "${BUILD_COMMAND[@]}")"
	printf '  "counted_loops": %s,\n' "$(json_string "$(paste -s -d ';' "$SPIN_HINTS" 2>/dev/null || true)")"
	printf '  "started": "%s",\n  "ended": "%s",\n  "output": %s,\n  "files": {' "$BUILD_STARTED" "$BUILD_ENDED" "$(json_string "$OUTPUT")"
	if [ -n "${3:-}" ]; then
		while read -r sum name; do
			printf '%s\n    %s: "%s"' "$separator" "$(json_string "$name")" "$sum"
			separator=,
		done <"$3"
		printf '\n  '
	fi
	printf '}\n}\n'
}
