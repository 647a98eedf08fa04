#!/bin/bash
# hundred.sh [--native] NAME|all [N]: runs a command N times (100), half of them beside 8 busy processes, each in a fresh
# directory of alternating filesystems, and counts what they told. One result and no hang is what detbuild promises.
# A result is the standard output, the exit status, and the content of all files left behind.
#
#   DETBUILD=build/detbuild tests/det/hundred.sh make_j8 100
#   tests/det/hundred.sh --native python 6        the control: without detbuild
#   tests/det/hundred.sh --list
#
# Prints one line "NAME: N runs, D distinct, H hangs"; exit status 0 when D is 1 and H is 0 (with --native: always).
# With differences, the results stay in a directory that is named. HANG=SECONDS (120) is the patience.
# shellcheck disable=SC2034,SC2317 # the table's functions and arrays are used by name
set -u
here=$(cd "$(dirname "$0")" && pwd)
guests=$here/../guests
: "${DETBUILD:=$here/../../build/detbuild}"
: "${HANG:=120}"

# The table: NAME_files prepares the directory, NAME_command is the array to run, NAME_status the status (0).
names=(make_j2 make_j8 dates gcc_date python perl java sh id ls tar fifo exit3)

make_project() {
	local i
	mkdir src
	for ((i = 0; i < 40; i++)); do
		printf '#include <stdio.h>\nint part_%d(int x) { static const char *at = __TIME__; printf("%%s\\n", at); return x * %d; }\n' \
			"$i" $((i + 2)) >"src/part_$i.c"
		echo "int part_$i(int);"
	done >parts.h
	{
		echo '#include "parts.h"'
		echo 'int main(void) { int x = 1;'
		for ((i = 0; i < 40; i++)); do echo "x += part_$i(x) % 7;"; done
		echo 'return x & 127; }'
	} >main.c
	cat >Makefile <<-'M'
		.RECIPEPREFIX = >
		OBJ = main.o $(patsubst src/%.c,obj/%.o,$(wildcard src/*.c))
		prog: $(OBJ)
		> gcc -o $@ $(OBJ)
		> @./$@ >told; echo "status $$?"
		main.o: main.c parts.h
		> gcc -c -o $@ $<
		> @echo $@ >>order
		obj/%.o: src/%.c
		> @mkdir -p obj
		> gcc -O1 -c -o $@ $<
		> @echo $@ >>order
	M
}
make_j2_files() { make_project; }
make_j2_command=(sh -c 'make -j2 2>&1; ls -la --full-time obj; sha256sum prog order')
make_j8_files() { make_project; }
make_j8_command=(sh -c 'make -j8 2>&1; ls -la --full-time obj; sha256sum prog order')
dates_command=(sh -c '(date --iso-8601=ns; date --iso-8601=ns) & wait')
gcc_date_files() {
	cat >now.c <<-'M'
		#include <stdio.h>
		int main(void) { puts(__DATE__ " " __TIME__ " " __TIMESTAMP__ " " __FILE__); return 0; }
	M
}
gcc_date_command=(sh -c 'gcc -g -o now now.c && ./now && sha256sum now && stat now')
python_files() { cp "$guests/python/world.py" .; }
python_command=(/usr/bin/python3 world.py)
perl_files() { cp "$guests/perl/world.pl" .; }
perl_command=(/usr/bin/perl world.pl)
java_files() { cp "$guests/java/World.java" .; }
java_command=(sh -c 'javac World.java && java -cp . World && ls -la --full-time')
sh_files() { cp "$guests/sh/world.sh" .; }
sh_command=(bash world.sh)
id_command=(sh -c 'id; id -un; whoami; groups; umask; echo $$')
ls_files() { mkdir d; touch d/b d/a d/c; ln -s a d/l; }
ls_command=(sh -c 'ls -la; ls -laiU --full-time d; ls -la /proc/self/; stat .')
tar_files() { mkdir d; for i in {1..30}; do echo "$i" >"d/$((i * 7919 % 4099))"; done; }
tar_command=(sh -c 'echo new >d/new; tar -cf d.tar d; tar -tvf d.tar; sha256sum d.tar; tar -cf - --format=pax d | sha256sum')
fifo_command=(sh -c 'mkfifo f; (echo "hello from $$" >f; date --iso-8601=ns) & cat f; wait; (cat f; stat f) & date >f; wait')
exit3_command=(sh -c 'exit 3')
exit3_status=3

if [[ ${1-} == --list ]]; then
	printf '%s\n' "${names[@]}"
	exit 0
fi
native=
[[ ${1-} == --native ]] && native=yes && shift
name=${1:?which command, or all}
runs=${2:-100}
if [[ $name == all ]]; then
	worst=0
	for name in "${names[@]}"; do
		"$0" ${native:+--native} "$name" "$runs" || worst=1
	done
	exit $worst
fi
declare -p "${name}_command" >/dev/null 2>&1 || { echo "no command $name" >&2; exit 2; }
declare -n command=${name}_command want=${name}_status

results=$(mktemp -d "${TMPDIR:-/tmp}/hundred-$name.XXXXXX")
disks=("$results" "$results")
[[ -w /dev/shm ]] && disks[1]=$(mktemp -d /dev/shm/hundred.XXXXXX)
busy=()
end_busy() {
	((${#busy[@]})) && kill "${busy[@]}" 2>/dev/null && wait "${busy[@]}" 2>/dev/null
	busy=()
}
finish() {
	end_busy
	[[ ${disks[1]} == "$results" ]] || rm -rf "${disks[1]}"
}
trap finish EXIT

one_run() {
	local n=$1 work=$2 mask=$3 status=0 tool=("$DETBUILD" --)
	[[ $native ]] && tool=()
	umask 022 # the modes of the files given are an input; the caller's mask is not
	mkdir -p "$work"
	cd "$work" || return 1
	declare -F "${name}_files" >/dev/null && "${name}_files"
	umask "$mask"
	timeout --kill-after=5 "$HANG" setsid -w "${tool[@]}" "${command[@]}" </dev/null >"$results/$n" 2>"$results/$n.err" || status=$?
	((status == 124 || status == 137)) && echo hang >"$results/$n.hang"
	{
		echo "status $status"
		find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2 | sed 's/^/file /'
	} >>"$results/$n"
	cd / && rm -rf "$work"
	((status == ${want:-0})) || { echo "$name: run $n: status $status"; tail -n 5 "$results/$n.err"; } >&2
}

for ((n = 0; n < runs; n++)); do
	if ((n == runs / 2)); then
		for ((i = 0; i < 8; i++)); do
			timeout 3600 bash -c 'while :; do :; done' &
			busy+=($!)
		done
	fi
	if ((n % 2)); then
		(export TZ=Asia/Kathmandu NOISE=$RANDOM LC_ALL=C.UTF-8; one_run $n "${disks[1]}/some/where/else" 002)
	else
		(one_run $n "${disks[0]}/work" 022)
	fi
done
end_busy
hangs=$(find "$results" -name '*.hang' | wc -l)
distinct=$(cd "$results" && find . -regex './[0-9]+' -exec sha256sum {} + | cut -d' ' -f1 | sort -u | wc -l)
echo "$name: $runs runs, $distinct distinct, $hangs hangs"
if ((distinct == 1 && hangs == 0)) && grep -qx "status ${want:-0}" "$results/0"; then
	rm -rf "$results"
	exit 0
fi
if [[ $native ]]; then
	rm -rf "$results"
	exit 0
fi
echo "$name: the results are in $results; the first that differs from run 0:" >&2
for ((n = 1; n < runs; n++)); do
	cmp -s "$results/0" "$results/$n" || { diff "$results/0" "$results/$n" | head -n 20 >&2; break; }
done
exit 1
