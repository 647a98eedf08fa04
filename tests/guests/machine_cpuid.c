/* machine_cpuid: the CPU's description of itself, its number included. */
/* control: host */
#include "guest.h"
#include <cpuid.h>

static void leaf(unsigned l, unsigned s)
{
	unsigned a, b, c, d;
	__cpuid_count(l, s, a, b, c, d);
	printf("%08x/%u: %08x %08x %08x %08x\n", l, s, a, b, c, d);
}

int main(void)
{
	for (unsigned l = 0; l <= 0x16; l++)
		leaf(l, 0);
	leaf(7, 1);
	leaf(0xd, 1);
	leaf(0x40000000, 0);
	for (unsigned l = 0x80000000; l <= 0x80000008; l++)
		leaf(l, 0);
	leaf(0x8000001e, 0);
	return 0;
}
