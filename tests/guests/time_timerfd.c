/* time_timerfd: expirations are counted, poll sees them, non-blocking reads say EAGAIN. */
/* control: same */
#include "guest.h"
#include <sys/timerfd.h>

int main(void)
{
	int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
	uint64_t n = 0;
	printf("unarmed: %s\n", outcome(read(fd, &n, 8)));
	struct itimerspec it = {{0, 0}, {0, 10 * MS}}, left;
	MUST(timerfd_settime(fd, 0, &it, NULL));
	struct pollfd p = {.fd = fd, .events = POLLIN};
	printf("poll 0: %d\n", poll(&p, 1, 0));
	int ready = poll(&p, 1, -1);
	printf("poll: %d revents %d\n", ready, p.revents == POLLIN);
	MUST(read(fd, &n, 8));
	printf("count %d\n", (int)n);
	it.it_interval.tv_nsec = 4 * MS;
	MUST(timerfd_settime(fd, 0, &it, NULL));
	sleep_ns(30 * MS);
	MUST(read(fd, &n, 8));
	CHECK(n >= 5);
	MUST(timerfd_gettime(fd, &left));
	CHECK(left.it_interval.tv_nsec == 4 * MS && left.it_value.tv_nsec <= 4 * MS + 1);
	MUST(fcntl(fd, F_SETFL, 0));
	MUST(read(fd, &n, 8)); /* blocks until the next tick */
	CHECK(n >= 1);
	return 0;
}

/* expect:
unarmed: EAGAIN
poll 0: 0
poll: 1 revents 1
count 1
*/
