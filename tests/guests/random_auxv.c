/* random_auxv: the sixteen bytes of AT_RANDOM and what the C library makes of them: stack canary, pointer guard. */
/* control: differs */
#include "guest.h"
#include <sys/auxv.h>

int main(void)
{
	const unsigned char *r = (const unsigned char *)getauxval(AT_RANDOM);
	uint64_t canary, guard;
	CHECK(r != NULL);
	for (int i = 0; r && i < 16; i++)
		printf("%02x", r[i]);
	__asm__("mov %%fs:0x28, %0" : "=r"(canary));
	__asm__("mov %%fs:0x30, %0" : "=r"(guard));
	printf(" canary %016" PRIx64 " guard %016" PRIx64 "\n", canary, guard);
	return 0;
}
