/* time_elapsed: how long a sleep of 5 ms took by four clocks; never less than asked on those that count sleep. */
/* control: differs */
#include "guest.h"

int main(void)
{
	static const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID};
	int64_t start[4];
	for (int i = 0; i < 4; i++)
		start[i] = clock_ns(ids[i]);
	sleep_ns(5 * MS);
	for (int i = 0; i < 4; i++) {
		int64_t d = clock_ns(ids[i]) - start[i];
		printf("clock %d: %" PRId64 "\n", (int)ids[i], d);
		CHECK(i == 3 || d >= 5 * MS);
	}
	return 0;
}
