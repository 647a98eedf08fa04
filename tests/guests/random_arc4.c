/* random_arc4: the C library's generators, seeded by the system, by the time, by the process id. */
/* control: differs */
#include "guest.h"

int main(void)
{
	printf("arc4 %08x %u\n", arc4random(), arc4random_uniform(1000000));
	srand((unsigned)(time(NULL) ^ getpid()));
	printf("rand %d %d\n", rand(), rand());
	srandom((unsigned)clock_ns(CLOCK_MONOTONIC));
	printf("random %ld %ld\n", random(), random());
	return 0;
}
