# commands.bash: ordinary commands for tests/stress/run, by name. Sourced; $guests is the directory of the guests' sources.
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # used by name, by who sources this
# NAME_files prepares the directory, NAME_command is the array to run, NAME_status the exit status (0),
# NAME_options what detbuild is told, NAME_most the most runs, NAME_patience the seconds before a run counts as hanging.
names=(make_j2 make_j8 dates gcc_date python perl java sh id ls tar fifo exit3 python_tests)

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
# Later than the host's files: else they would seem changed to Python since it compiled them, and root, who may, would write that down.
python_options=(--epoch 2035-01-01)
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
# CPython's own tests of threads, signals, select, time and children. One is left out: two threads of bytecode take turns there because the
# waiting one's 5 ms pass while the other computes without a call, and logical time does not pass in computing (docs/determinism.md).
# shellcheck disable=SC2016 # the inner shell expands it
python_tests_command=(sh -c 'out=test_can_interrupt_tight_loops; echo "left out: $out"
	exec /usr/bin/python3 -m test -i "$out" test_threading test_queue test_subprocess test_select test_signal test_time test_random 2>&1')
python_tests_options=("${python_options[@]}")
python_tests_most=20
python_tests_patience=900
exit3_command=(sh -c 'exit 3')
exit3_status=3
