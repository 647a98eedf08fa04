# What searches of code found is kept over runs (src/tracee/searches.h): the same run with and without, and never where a build can write.
load ../lib/common

setup() {
	common_setup
	requires diskfs
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	code=$XDG_CACHE_HOME/detbuild/code
}
# Name, inode, size and sum of each entry.
entries() { (cd "$code" 2>/dev/null && stat -c '%n %i %s' -- * && sha256sum -- *); }

logged() { detbuild_run --log "$BATS_TEST_TMPDIR/$1.log" "${@:2}" -- sh -c 'ls -l / >/tmp/list; date >>/tmp/list; cat /tmp/list'; }

@test "a second run takes what the first found, and both are the run that has none" {
	local first second
	logged a
	first=$(entries)
	[[ $(wc -l <<<"$first") -ge 6 ]]
	local out=$output
	logged b
	second=$(entries)
	same "$second" "$first" # nothing was written anew, so all was found
	same "$output" "$out"
	cmp "$BATS_TEST_TMPDIR/a.log" "$BATS_TEST_TMPDIR/b.log"
	rm -r "$code"
	: >"$code" # no directory can be made here
	logged c
	same "$output" "$out"
	cmp "$BATS_TEST_TMPDIR/a.log" "$BATS_TEST_TMPDIR/c.log"
	rm "$code"
	logged d --executor=ptrace
	logged e --executor=ptrace
	cmp "$BATS_TEST_TMPDIR/a.log" "$BATS_TEST_TMPDIR/d.log"
	cmp "$BATS_TEST_TMPDIR/a.log" "$BATS_TEST_TMPDIR/e.log"
}

@test "entries that are damaged or cut are written anew, as they were" {
	detbuild_run -- true
	local before file names
	names=$(ls "$code")
	before=$(cd "$code" && sha256sum -- *)
	for file in "$code"/*; do
		printf x | dd of="$file" bs=1 seek=300 conv=notrunc status=none
	done
	detbuild_run -- true
	same "$(cd "$code" && sha256sum -- *)" "$before"
	for file in "$code"/*; do truncate -s 100 "$file"; done
	detbuild_run -- true
	same "$(cd "$code" && sha256sum -- *)" "$before"
	for file in "$code"/*; do chmod 666 "$file"; done
	detbuild_run -- true
	same "$(ls "$code")" "$names"
	same "$(stat -c %a "$code"/* | sort -u)" 644
}

@test "what a run makes itself, or has on a volume, is not kept" {
	local before
	detbuild_run -- sh -c 'cp /bin/bash /tmp/made; bash -c :'
	before=$(entries)
	cp /bin/bash own
	sleep 2.1 # older than the run
	detbuild_run -- sh -c 'cp /bin/bash /tmp/made; /tmp/made -c :; ./own -c :'
	same "$(entries)" "$before"
}

@test "no box shows the directory, wherever it would be seen, nor lets it be written to" {
	export XDG_CACHE_HOME=$T/cache # below the current directory, which is shown and writable
	code=$XDG_CACHE_HOME/detbuild/code
	local script='ls -A cache/detbuild/code; echo forged >cache/detbuild/code/0123456789abcdef; find / -xdev -name code -path "*detbuild*" 2>/dev/null; echo end'
	detbuild_run -- sh -c "$script"
	same "$output" end
	[[ -n $(entries) && ! -e $code/0123456789abcdef && -d $code ]]
	detbuild_run --native -- sh -c "$script"
	same "$output" end
	[[ ! -e $code/0123456789abcdef && -d $code ]]
	detbuild_run --no-cwd --volume "$T:/mnt" -- sh -c 'ls -A /mnt/cache/detbuild/code /mnt/cache/detbuild'
	same "$output" $'/mnt/cache/detbuild:\ncode\n\n/mnt/cache/detbuild/code:'
	# The control: elsewhere a directory of that name shows what is in it.
	mkdir -p cache/else/code
	touch cache/else/code/seen
	detbuild_run -- ls cache/else/code
	same "$output" seen
}

@test "the host's own root, as the image, does not show it either" {
	requires root
	local home
	home=$(mktemp -d /opt/detbuild-test.XXXXXX)
	export XDG_CACHE_HOME=$home
	code=$home/detbuild/code
	detbuild_run -- true
	[[ -n $(entries) ]]
	detbuild_run -- ls -A "$code"
	local seen=$output
	rm -r "$home"
	same "$seen" ''
}
