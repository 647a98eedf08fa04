/* time_timerfd_inherited: a timerfd goes on for who inherited it when whoever set it has closed it, or ended. */
/* control: same */
/* expect:
closed by who set it: 1
who set it has ended: 1
*/
#include "guest.h"

#include <sys/timerfd.h>

static int set_timer(void)
{
	struct itimerspec s = { { 0, 0 }, { 0, 100 * MS } };
	int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0));

	MUST(timerfd_settime(fd, 0, &s, NULL));
	return fd;
}

static void read_and_tell(int fd, int to)
{
	uint64_t n = 0;

	MUST(read(fd, &n, sizeof(n)));
	CHECK(write(to, &n, sizeof(n)) == sizeof(n));
	_exit(0);
}

static void tell(const char *what, int from)
{
	uint64_t n = 0;

	MUST(read(from, &n, sizeof(n)));
	printf("%s: %llu\n", what, (unsigned long long)n);
}

int main(void)
{
	int fd = set_timer(), p[2], status;
	pid_t child;

	MUST(pipe(p));
	if (!MUST(fork()))
		read_and_tell(fd, p[1]);
	close(fd);
	tell("closed by who set it", p[0]);
	MUST(wait(&status));
	child = (pid_t)MUST(fork());
	if (child == 0) {
		fd = set_timer();
		if (!MUST(fork()))
			read_and_tell(fd, p[1]);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0));
	tell("who set it has ended", p[0]);
	return 0;
}
