/* time_rdtsc: the CPU's time stamp counter, with and without the processor number. */
/* control: differs */
#include "guest.h"
#include <x86intrin.h>

int main(void)
{
	unsigned aux = 0;
	uint64_t a = __rdtsc(), b = __rdtscp(&aux), c = __rdtsc();
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " aux %u\n", a, b, c, aux);
	CHECK(a < b && b < c);
	return 0;
}
