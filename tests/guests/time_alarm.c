/* time_alarm: alarm() reports what was left of the one before, and wakes pause(). */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t rang;
static void ring(int sig)
{
	rang = sig;
}

int main(void)
{
	handle(SIGALRM, ring, 0);
	printf("first: %u\n", alarm(100));
	printf("second: %u\n", alarm(50));
	printf("off: %u\n", alarm(0));
	int64_t start = clock_ns(CLOCK_MONOTONIC);
	alarm(1);
	printf("pause: %s\n", outcome(pause()));
	printf("rang: %d\n", rang == SIGALRM);
	CHECK(clock_ns(CLOCK_MONOTONIC) - start >= 990 * MS);
	printf("left: %u\n", alarm(0));
	return 0;
}

/* expect:
first: 0
second: 100
off: 50
pause: EINTR
rang: 1
left: 0
*/
