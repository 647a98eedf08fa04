/* process_daemon: a daemon by double fork works on after its parent is gone and reports through a pipe. */
/* control: same */
#include "guest.h"

int main(void)
{
	int p[2];
	MUST(pipe(p));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		MUST(setsid());
		if (MUST(fork()) > 0)
			_exit(0);
		close(p[0]);
		sleep_ns(10 * MS);
		CHECK(getsid(0) != getpid());
		put_file("daemon.out", "written\n");
		MUST(write(p[1], "done", 4));
		_exit(0);
	}
	printf("first child: %s\n", status_words(wait_status(c)));
	close(p[1]);
	char b[16] = "", text[32] = "";
	ssize_t n = MUST(read(p[0], b, sizeof(b)));
	printf("%zd %s, end %zd\n", n, b, (ssize_t)MUST(read(p[0], b, sizeof(b))));
	slurp("daemon.out", text, sizeof(text));
	printf("%s", text);
	return 0;
}

/* expect:
first child: exit 0
4 done, end 0
written
*/
