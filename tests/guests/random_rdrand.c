/* random_rdrand: the CPU's own random numbers, where the CPU says that it has them. */
/* control: differs */
/* options: --mask-cpuid */
/* needs: cpuid_fault */
#include "guest.h"
#include <cpuid.h>

int main(void)
{
	unsigned a, b, c, d;
	__cpuid(1, a, b, c, d);
	if (!(c & (1u << 30))) {
		/* None shown: the fact that remains is the time of day, so that the control still differs. */
		printf("no rdrand %" PRId64 "\n", clock_ns(CLOCK_REALTIME));
		return 0;
	}
	uint64_t v = 0;
	unsigned char ok = 0;
	for (int i = 0; i < 10 && !ok; i++)
		__asm__ volatile("rdrand %0; setc %1" : "=r"(v), "=qm"(ok));
	printf("rdrand %d %016" PRIx64 "\n", ok, v);
	return 0;
}
