# The pages in a real browser (`make check-hooks`): tests/hooks/page.py says what is looked at. The browser runs as an ordinary user.
load ../lib/common

@test "pages fit a telephone and a desk in both colour schemes, ask for nothing, run nothing" {
	requires root user userns overlay chromium chromedriver
	mkdir in door && cd in
	printf 'int main(void) { return 0; }\n' >a.c
	# shellcheck disable=SC2016 # expanded in the box
	local script='cc -o a a.c; mkdir -p d; date +%N >"d/<img src=x onerror=window.ran=1>"; cat /srv/stamp >"d/$(printf "%0200d" 7)"; tar cf t.tar d'
	"$DETBUILD" run --log ../run.log.bin --html ../run.html --volume "$T/door:/srv" -- sh -c "$script" || true
	(while sleep 0.2; do date +%N >"$T/door/stamp"; done) &
	local changer=$!
	sleep 0.3
	run "$DETBUILD" verify --no-diffoscope --html ../verify.html --volume "$T/door:/srv" -- sh -c "$script"
	kill "$changer"
	[[ $status -eq 1 ]]
	run "$DETBUILD" verify --native --no-diffoscope --runs 3 --html ../native.html --volume "$T/door:/srv" -- sh -c "$script"
	cd ..
	_open_path "$PWD"
	cp "$TOP/tests/hooks/page.py" .
	chmod 644 ./*.html
	runuser -u "$DETBUILD_TEST_USER" -- env HOME="$(getent passwd "$DETBUILD_TEST_USER" | cut -d: -f6)" TMPDIR=/tmp python3 page.py run.html verify.html native.html
}
