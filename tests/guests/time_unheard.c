/* time_unheard: a timer that comes again and again wakes who waits; those that nobody hears cost nothing, however short, and are counted. With an argument
 * everybody waits for ever, which is a deadlock in spite of them (tests/det/table.bats). */
/* control: same */
/* expect:
heard: 5
in 2 s: 2000 expiries or more, one signal pending
*/
#include "guest.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

static int timer(int64_t ns)
{
	struct itimerspec s = { { 0, ns }, { 0, ns } };
	int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0));

	MUST(timerfd_settime(fd, 0, &s, NULL));
	return fd;
}

int main(int argc, char **argv)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	int ep = (int)MUST(epoll_create1(0)), heard = 0, p[2], fd = timer(MS);
	uint64_t n = 0;
	sigset_t set;

	(void)argv;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	MUST(setitimer(ITIMER_REAL, &often, NULL));
	if (argc > 1) {
		MUST(pipe(p));
		return (int)read(p[0], &n, 1);
	}
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	for (int k = 0; k < 5; k++) {
		heard += (int)MUST(epoll_wait(ep, &e, 1, -1));
		MUST(read(fd, &n, sizeof(n)));
	}
	printf("heard: %d\n", heard);
	close(fd);
	fd = timer(MS);
	sleep_ns(2000 * MS);
	MUST(read(fd, &n, sizeof(n)));
	sigpending(&set);
	printf("in 2 s: %s expiries%s, %s\n", n >= 1900 ? "2000" : "few", n >= 1900 ? " or more" : "", sigismember(&set, SIGALRM) ? "one signal pending" : "none");
	return 0;
}
