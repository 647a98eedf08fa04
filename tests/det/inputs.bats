#!/usr/bin/env bats
# What is no input of a run must not show: owners and times of the source files outside, the name of their directory.

load ../lib/common

bats_require_minimum_version 1.5.0

# tree DIR OWNER TIME: the same three files under other circumstances.
tree() {
	mkdir -p "$1"
	printf 'a\n' >"$1/a"
	printf 'b\n' >"$1/b"
	ln "$1/a" "$1/c"
	chown "$2" "$1" "$1/a" "$1/b"
	touch -d "$3" "$1/a" "$1/b" "$1"
}

look='ls -lan --full-time; stat -c "%n %u %g %Y" a; chown 7:8 a; ls -ln a c; touch d; ls -ln d'

@test "owners and times of source files outside are not seen inside" {
	requires root
	tree "$BATS_TEST_TMPDIR/one" 0:0 2001-02-03
	tree "$BATS_TEST_TMPDIR/two-with-a-longer-name" 1234:33 2026-01-01
	cd "$BATS_TEST_TMPDIR/one"
	natively=$(ls -lan --full-time)
	"$DETBUILD" --as-root -- sh -c "$look" >../one.out
	cd "$BATS_TEST_TMPDIR/two-with-a-longer-name"
	[[ $natively != "$(ls -lan --full-time)" ]] # the control
	"$DETBUILD" --as-root -- sh -c "$look" >../two.out
	diff "$BATS_TEST_TMPDIR/one.out" "$BATS_TEST_TMPDIR/two.out"
	grep -q ' 7 8 ' "$BATS_TEST_TMPDIR/two.out" # chown works
}

# serve: somebody outside listens at the name "outside" in this directory.
serve() {
	perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Local => "outside", Listen => 1) or die; print "ready\n"; $| = 1; while ($c = $s->accept) { print $c "hello\n"; close $c }' >ready 3>&- &
	server=$!
	for _ in {1..50}; do [[ -S outside ]] && break; sleep 0.1; done
}

ask='$s = IO::Socket::UNIX->new(Peer => shift) or do { print "$!\n"; exit }; print <$s>'

@test "who listens at a name in a shown directory is not heard, and what guests bind is" {
	cd "$BATS_TEST_TMPDIR"
	serve
	[[ $(perl -MIO::Socket::UNIX -e "$ask" outside) == hello ]] # the control
	"$DETBUILD" -- perl -MIO::Socket::UNIX -e "$ask" outside >working.out
	"$DETBUILD" --volume "$PWD:/v" -- perl -MIO::Socket::UNIX -e "$ask" /v/outside >volume.out
	"$DETBUILD" --volume "$PWD:/v" -- perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Type => SOCK_DGRAM) or die; print send($s, "x", 0, pack_sockaddr_un("/v/outside")) ? "sent\n" : "$!\n"' >datagram.out
	"$DETBUILD" -- perl -MIO::Socket::UNIX -e '$l = IO::Socket::UNIX->new(Local => "inside", Listen => 1); if (!fork) { $c = $l->accept; print $c "own\n"; exit } rename "inside", "renamed"; '"$ask" renamed >own.out
	kill "$server"
	grep -qx 'Connection refused' working.out
	grep -qx 'Connection refused' volume.out
	grep -qx 'Connection refused' datagram.out
	grep -qx own own.out
}

@test "a FIFO that lay in the source: both ends meet, nobody sees that the kernel made one wait" {
	local who script='(echo hello >pipe) & read -r x <pipe; echo "got $x"; cat pipe & echo world >pipe; wait; date +%N'
	cd "$T"
	mkfifo pipe
	[[ $(sh -c "${script%; date*}") == $'got hello\nworld' ]]
	for who in agent ptrace; do
		timeout 60 "$DETBUILD" --executor="$who" -- sh -c "$script" >"$who.1"
		timeout 60 "$DETBUILD" --executor="$who" --log "$who.log" -- sh -c "$script" >"$who.2"
	done
	[[ $(head -n 2 agent.1) == $'got hello\nworld' ]]
	cmp agent.1 ptrace.1 && cmp agent.1 agent.2 && cmp agent.1 ptrace.2
	cmp agent.log ptrace.log
	run -6 timeout 60 "$DETBUILD" -- sh -c 'read -r x <pipe'
	[[ $output == *"nothing can happen any more"* ]]
}
