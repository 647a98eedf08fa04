/* pipe_poll: poll, select and epoll on pipes: time-outs, readiness, hang-up, errors. */
/* control: same */
#include "guest.h"
#include <sys/epoll.h>
#include <sys/select.h>

int main(void)
{
	int p[2], q[2];
	char c;
	MUST(pipe(p));
	MUST(pipe(q));
	struct pollfd f[2] = {{.fd = p[0], .events = POLLIN}, {.fd = q[1], .events = POLLOUT}};
	int n = poll(f, 2, -1);
	printf("one writable: %d %x %x\n", n, f[0].revents, f[1].revents);
	int64_t t = clock_ns(CLOCK_MONOTONIC);
	printf("time-out: %d\n", poll(f, 1, 20));
	CHECK(clock_ns(CLOCK_MONOTONIC) - t >= 20 * MS);
	fd_set r;
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	struct timeval tv = {0, 10000};
	n = select(p[0] + 1, &r, NULL, NULL, &tv);
	printf("select time-out: %d left %ld set %d\n", n, (long)tv.tv_usec, FD_ISSET(p[0], &r) != 0);
	int e = (int)MUST(epoll_create1(0));
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = 17}, got[4];
	MUST(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev));
	printf("epoll time-out: %d, again: %s\n", epoll_wait(e, got, 4, 10), outcome(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev)));
	if (MUST(fork()) == 0) {
		sleep_ns(10 * MS);
		MUST(write(p[1], "x", 1));
		_exit(0);
	}
	n = epoll_wait(e, got, 4, -1);
	printf("epoll: %d data %u events %x\n", n, got[0].data.u32, got[0].events);
	FD_SET(p[0], &r);
	n = select(p[0] + 1, &r, NULL, NULL, NULL);
	printf("select: %d %d\n", n, FD_ISSET(p[0], &r) != 0);
	struct timespec ts = {0, 0};
	printf("ppoll: %d\n", ppoll(f, 1, &ts, NULL));
	MUST(read(p[0], &c, 1));
	wait(NULL);
	close(p[1]);
	n = poll(f, 1, -1);
	printf("hang-up: %d %x\n", n, f[0].revents);
	f[0].fd = 99;
	n = poll(f, 1, -1);
	printf("closed: %d %x\n", n, f[0].revents);
	close(q[0]);
	n = poll(f + 1, 1, -1);
	printf("no reader: %d %x\n", n, f[1].revents);
	printf("nothing: %d\n", poll(NULL, 0, 5));
	return 0;
}

/* expect:
one writable: 1 0 4
time-out: 0
select time-out: 0 left 0 set 0
epoll time-out: 0, again: EEXIST
epoll: 1 data 17 events 1
select: 1 1
ppoll: 1
hang-up: 1 10
closed: 1 20
no reader: 1 c
nothing: 0
*/
