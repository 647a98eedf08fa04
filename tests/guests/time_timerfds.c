/* time_timerfds: timers as descriptors: moments, intervals, counts, what is left, cancelling, other sets, several at once. */
/* control: same */
#include "guest.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

static uint64_t ticks(int fd)
{
	uint64_t n = 0;
	ssize_t r = read(fd, &n, sizeof(n));

	return r == sizeof(n) ? n : (uint64_t)-errno;
}

static void arm(int fd, int flags, int64_t first, int64_t every)
{
	struct itimerspec t = {{every / NS, every % NS}, {first / NS, first % NS}};

	MUST(timerfd_settime(fd, flags, &t, NULL));
}

int main(void)
{
	static const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};
	struct itimerspec t;
	struct epoll_event e, out[4];

	for (int i = 0; i < 3; i++) {
		int fd = (int)MUST(timerfd_create(ids[i], TFD_CLOEXEC));
		int64_t before = clock_ns(ids[i]);
		arm(fd, 0, 10 * MS, 0);
		MUST(timerfd_gettime(fd, &t));
		CHECK(t.it_value.tv_nsec > 0 && t.it_value.tv_nsec <= 10 * MS);
		printf("%d: %lu", (int)ids[i], ticks(fd));
		CHECK(clock_ns(ids[i]) - before >= 10 * MS);
		MUST(timerfd_gettime(fd, &t));
		printf(", then left %ld", (long)t.it_value.tv_nsec);
		arm(fd, TFD_TIMER_ABSTIME, clock_ns(ids[i]) - 5 * MS, 0);
		printf(", in the past: %lu", ticks(fd));
		arm(fd, TFD_TIMER_ABSTIME, clock_ns(ids[i]) + 20 * MS, 20 * MS);
		sleep_ns(70 * MS);
		printf(", interval: %lu", ticks(fd));
		MUST(timerfd_gettime(fd, &t));
		CHECK(t.it_value.tv_nsec > 0 && t.it_value.tv_nsec <= 20 * MS && t.it_interval.tv_nsec == 20 * MS);
		printf(", next %lu\n", ticks(fd));
		close(fd);
	}
	int a = (int)MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)), b = (int)MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	printf("not armed: %ld\n", (long)ticks(a));
	printf("too short a read: %s\n", outcome(read(a, &e, 4)));
	arm(a, 0, 20 * MS, 0);
	arm(b, 0, 10 * MS, 0);
	int ep = (int)MUST(epoll_create1(0));
	e = (struct epoll_event){.events = EPOLLIN, .data.u32 = 1};
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, a, &e));
	e.data.u32 = 2;
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, b, &e));
	MUST(epoll_wait(ep, out, 1, -1));
	printf("first %u", out[0].data.u32);
	CHECK(ticks(b) == 1);
	MUST(epoll_wait(ep, out, 1, -1));
	printf(", then %u\n", out[0].data.u32);
	CHECK(ticks(a) == 1);
	/* Disarming takes back what nobody has read; rearming as well. */
	arm(a, 0, 1 * MS, 0);
	sleep_ns(5 * MS);
	arm(a, 0, 0, 0);
	printf("taken back: %ld\n", (long)ticks(a));
	arm(a, 0, 1 * MS, 1 * MS);
	sleep_ns(5 * MS);
	arm(a, 0, 50 * MS, 0);
	printf("armed anew: %ld\n", (long)ticks(a));
	/* A child has the same timer. */
	arm(a, 0, 5 * MS, 0);
	MUST(fcntl(a, F_SETFL, 0));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0)
		_exit(ticks(a) == 1 ? 0 : 1);
	printf("in a child: %s", status_words(wait_status(c)));
	MUST(fcntl(a, F_SETFL, O_NONBLOCK));
	printf(", left for us %ld\n", (long)ticks(a));
	struct itimerspec old, one = {{0, 0}, {1, 0}};
	MUST(timerfd_settime(a, 0, &one, NULL));
	MUST(timerfd_settime(a, 0, &(struct itimerspec){{0, 0}, {0, 0}}, &old));
	CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_nsec > 900 * MS);
	printf("bad time: %s", outcome(timerfd_settime(a, 0, &(struct itimerspec){{0, 0}, {0, NS}}, NULL)));
	printf(", bad flags: %s", outcome(timerfd_settime(a, 64, &one, NULL)));
	printf(", no timer: %s", outcome(timerfd_settime(ep, 0, &one, NULL)));
	printf(", no clock: %s\n", outcome(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0)));
	return 0;
}

/* expect:
0: 1, then left 0, in the past: 1, interval: 3, next 1
1: 1, then left 0, in the past: 1, interval: 3, next 1
7: 1, then left 0, in the past: 1, interval: 3, next 1
not armed: -11
too short a read: EINVAL
first 2, then 1
taken back: -11
armed anew: -11
in a child: exit 0, left for us -11
bad time: EINVAL, bad flags: EINVAL, no timer: EINVAL, no clock: EINVAL
*/
