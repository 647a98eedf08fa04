/* time_clocks: every clock id, twice; clocks never stand still or run backwards, and boottime is not behind monotonic. */
/* control: differs */
#include "guest.h"

int main(void)
{
	for (int id = 0; id <= 11; id++) {
		struct timespec a, b;
		if (clock_gettime(id, &a) == -1) {
			printf("clock %d: %s\n", id, strerrorname_np(errno));
			continue;
		}
		MUST(clock_gettime(id, &b));
		printf("clock %d: %lld.%09ld %lld.%09ld\n", id, (long long)a.tv_sec, a.tv_nsec, (long long)b.tv_sec, b.tv_nsec);
		CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
		CHECK(a.tv_nsec >= 0 && a.tv_nsec < NS);
	}
	int64_t mono = clock_ns(CLOCK_MONOTONIC);
	CHECK(clock_ns(CLOCK_BOOTTIME) >= mono);
	int64_t coarse = clock_ns(CLOCK_MONOTONIC_COARSE);
	CHECK(coarse <= clock_ns(CLOCK_MONOTONIC));
	CHECK(clock_ns(CLOCK_REALTIME) > 0);
	CHECK(clock_ns(CLOCK_TAI) >= clock_ns(CLOCK_REALTIME) - NS);
	return 0;
}
