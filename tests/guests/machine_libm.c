/* machine_libm: the last digits of the mathematical functions, whose variant the C library chooses by processor. */
/* control: host */
#include "guest.h"
#include <cpuid.h>
#include <math.h>

int main(void)
{
	uint64_t h[6] = { 0 };
	unsigned name[12];

	for (unsigned i = 0; i < 3; i++)
		__cpuid(0x80000002 + i, name[4 * i], name[4 * i + 1], name[4 * i + 2], name[4 * i + 3]);
	printf("%.48s\n", (char *)name);
	for (int i = 1; i < 20000; i++) {
		volatile double x = i * 0.37;
		double v[6] = { sin(x), cos(x), tan(x), exp(x / 100), log(x), pow(x, 1.7) };

		for (int k = 0; k < 6; k++)
			h[k] = hash_add(h[k], &v[k], sizeof(v[k]));
	}
	for (int k = 0; k < 6; k++)
		printf("%016" PRIx64 "\n", h[k]);
	return 0;
}
