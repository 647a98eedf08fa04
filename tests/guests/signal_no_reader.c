/* Writing to a pipe that nobody reads, with a descriptor that would wait and one that would not: SIGPIPE comes once for each attempt, on the
 * stack of who wrote, and nothing else is lost. */
/* control: same */
/* expect:
waits: -1 EPIPE, 1 signals on this stack
waits not: -1 EPIPE, 2 signals on this stack
waits: -1 EPIPE, 3 signals on this stack
waits not: -1 EPIPE, 4 signals on this stack
ignored: -1 EPIPE, 4 signals on this stack
ignored: -1 EPIPE, 4 signals on this stack
killed by 13
*/
#include "guest.h"

#include <sys/wait.h>

static volatile int signals;
static const char *volatile top;

static void on_pipe(int signo)
{
	struct stat st;
	char here;

	(void)signo;
	if (&here < top && &here > top - 65536)
		signals++;
	for (int i = 0; i < 3; i++)
		CHECK(stat("/", &st) == 0);
}

static void try(const char *how, int flags)
{
	struct stat st;
	int ends[2];
	ssize_t r;

	MUST(pipe2(ends, flags));
	MUST(close(ends[0]));
	CHECK(stat("/", &st) == 0);
	r = write(ends[1], "x", 1);
	printf("%s: %zd %s, %d signals on this stack\n", how, r, r < 0 ? strerrorname_np(errno) : "", signals);
	fflush(stdout);
	MUST(close(ends[1]));
}

int main(void)
{
	struct sigaction a = { .sa_handler = on_pipe };
	char here;
	int status;

	top = &here + 4096;
	MUST(sigaction(SIGPIPE, &a, NULL));
	for (int i = 0; i < 2; i++) {
		try("waits", 0);
		try("waits not", O_NONBLOCK);
	}
	signal(SIGPIPE, SIG_IGN);
	try("ignored", 0);
	try("ignored", O_NONBLOCK);
	signal(SIGPIPE, SIG_DFL);
	if (fork() == 0) {
		try("", O_NONBLOCK);
		_exit(1);
	}
	MUST(wait(&status));
	printf("killed by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
	return 0;
}
