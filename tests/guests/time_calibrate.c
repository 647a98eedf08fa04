/* time_calibrate: a benchmark's calibration, doubling the work until half a second has passed. */
/* control: differs */
#include "guest.h"

int main(void)
{
	volatile uint64_t sum = 1;
	for (uint64_t n = 1024; n < (1ULL << 30); n *= 2) {
		int64_t start = clock_ns(CLOCK_MONOTONIC);
		for (uint64_t i = 0; i < n; i++)
			sum = (sum + i * 3) / 3; /* a division: slow enough everywhere */
		int64_t took = clock_ns(CLOCK_MONOTONIC) - start;
		if (took > NS / 2) {
			printf("%" PRIu64 " rounds in %" PRId64 " ns\n", n, took);
			return 0;
		}
	}
	printf("BAD: half a second never passed\n");
	return 1;
}
