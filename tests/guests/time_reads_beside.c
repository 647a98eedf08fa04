/* time_reads_beside: two read the clock for longer than a turn, beside one who waits for several things: that they read is nothing that could be waited for. */
/* control: differs */
#include "guest.h"
#include <poll.h>
#include <pthread.h>

static int one[2], two[2], rest[2];

static void *waits(void *arg)
{
	struct pollfd p[2] = {{.fd = one[0], .events = POLLIN}, {.fd = two[0], .events = POLLIN}};

	(void)arg;
	MUST(poll(p, 2, -1));
	MUST(write(1, "waited\n", 7));
	return NULL;
}

static void read_clock(int n)
{
	struct timespec t;

	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &t);
}

static void *makes_true(void *arg)
{
	char byte;

	(void)arg;
	read_clock(2300);
	MUST(write(one[1], "x", 1));
	MUST(read(rest[0], &byte, 1));
	return NULL;
}

int main(void)
{
	struct timespec t;
	pthread_t w, m;

	MUST(pipe(one));
	MUST(pipe(two));
	MUST(pipe(rest));
	for (int round = 0; round < 3; round++) {
		char byte;

		pthread_create(&w, NULL, waits, NULL);
		sleep_ns(5 * MS);
		pthread_create(&m, NULL, makes_true, NULL);
		read_clock(4300);
		MUST(write(1, "read\n", 5));
		MUST(write(rest[1], "x", 1));
		pthread_join(m, NULL);
		pthread_join(w, NULL);
		MUST(read(one[0], &byte, 1));
	}
	clock_gettime(CLOCK_REALTIME, &t);
	printf("%lld %ld\n", (long long)t.tv_sec, t.tv_nsec);
	return 0;
}
