/* time_deadline: polls the clock until 200 ms have passed; how often is a matter of speed. */
/* control: differs */
#include "guest.h"

int main(void)
{
	int64_t end = clock_ns(CLOCK_MONOTONIC) + 200 * MS;
	long n = 0;
	while (clock_ns(CLOCK_MONOTONIC) < end)
		n++;
	printf("%ld polls\n", n);
	return 0;
}
