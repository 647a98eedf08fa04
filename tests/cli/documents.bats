# What documents tell their reader to type is typed (tests/lib/doc_commands.py), and that this would notice a wrong document.
load ../lib/common

@test "a document is typed: files, here-documents, elided output, statuses, what is not at hand" {
	cat >good.md <<-'END'
		<!-- file: a.txt -->
		```
		hello
		```
		<!-- setup
		X=5
		-->
		```console
		$ cat a.txt
		hello
		$ echo $X; seq 9
		5
		1
		...
		9
		$ cat >b <<'E'
		> one
		> two
		> E
		$ wc -l b
		2 ...
		$ false
		$ echo it ended with $?
		it ended with 1
		```
		<!-- needs: moon -->
		```console
		$ exit 7
		```
	END
	doc good.md
	[[ $output == 'good.md: 6 commands' ]]
}

@test "a wrong document fails: other output, a command that fails, nothing to type" {
	printf '```console\n$ echo 1\n2\n```\n' >output.md
	run ! doc output.md
	[[ $output == *'output.md:2: printed something else'* ]]
	printf '```console\n$ false\n$ echo 2\n```\n' >status.md
	run ! doc status.md
	[[ $output == *'ended with status 1'* ]]
	printf '```sh\nfalse\n```\n' >empty.md
	run ! doc empty.md
	[[ $output == *'no command was run'* ]]
}

@test "tutorial: from an unreproducible package to the line to be fixed" {
	requires userns overlay network debootstrap
	detbuild_run chroot create bookworm
	doc "$TOP/docs/tutorial-unreproducible.md"
}

@test "the guide for CI engineers" {
	requires userns overlay make
	doc "$TOP/docs/guide-ci.md"
}
