/* time_abstime: clock_nanosleep to a point in time: the past returns at once, the future is reached, bad clocks fail. */
/* control: same */
#include "guest.h"

int main(void)
{
	struct timespec past = {1, 0}, t;
	printf("past: %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL));
	MUST(clock_gettime(CLOCK_MONOTONIC, &t));
	int64_t until = t.tv_sec * NS + t.tv_nsec + 20 * MS;
	t.tv_sec = until / NS;
	t.tv_nsec = until % NS;
	printf("20 ms ahead: %d\n", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
	CHECK(clock_ns(CLOCK_MONOTONIC) >= until);
	int64_t before = clock_ns(CLOCK_BOOTTIME);
	struct timespec rel = {0, 3 * MS};
	printf("boottime: %d\n", clock_nanosleep(CLOCK_BOOTTIME, 0, &rel, NULL));
	CHECK(clock_ns(CLOCK_BOOTTIME) - before >= 3 * MS);
	printf("thread cpu clock: %s\n", strerrorname_np(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &rel, NULL)));
	printf("clock 99: %s\n", strerrorname_np(clock_nanosleep(99, 0, &rel, NULL)));
	return 0;
}

/* expect:
past: 0
20 ms ahead: 0
boottime: 0
thread cpu clock: EINVAL
clock 99: EINVAL
*/
