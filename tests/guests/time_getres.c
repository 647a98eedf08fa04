/* time_getres: resolutions are positive and at most a hundredth of a second; unknown clocks are EINVAL. */
/* control: same */
#include "guest.h"

int main(void)
{
	static const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
		CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI};
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct timespec r = {-1, -1};
		MUST(clock_getres(ids[i], &r));
		CHECK(r.tv_sec == 0 && r.tv_nsec > 0 && r.tv_nsec <= 10 * MS);
	}
	struct timespec r;
	printf("clock 99: %s\n", outcome(clock_getres(99, &r)));
	printf("read clock 99: %s\n", outcome(clock_gettime(99, &r)));
	return 0;
}

/* expect:
clock 99: EINVAL
read clock 99: EINVAL
*/
