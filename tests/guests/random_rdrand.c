/* random_rdrand: the CPU's own random numbers, in every width, whether or not cpuid speaks of them. */
/* control: differs */
#include "guest.h"
#include <setjmp.h>

static sigjmp_buf back;

static void on_ill(int s)
{
	(void)s;
	siglongjmp(back, 1);
}

#define TRY(insn, type) do { \
		type v = 0; \
		unsigned char ok = 0; \
		for (int i = 0; i < 100 && !ok; i++) \
			__asm__ volatile(insn " %0; setc %1" : "=r"(v), "=qm"(ok) : : "cc"); \
		printf(insn " %u bits: %d %016" PRIx64 "\n", (unsigned)sizeof(type) * 8, ok, (uint64_t)v); \
	} while (0)

int main(void)
{
	handle(SIGILL, on_ill, 0);
	if (sigsetjmp(back, 1)) {
		/* This machine has none: the fact that remains is the time of day, so that the control still differs. */
		printf("none, at %" PRId64 "\n", clock_ns(CLOCK_REALTIME));
		return 0;
	}
	TRY("rdrand", uint16_t);
	TRY("rdrand", uint32_t);
	TRY("rdrand", uint64_t);
	TRY("rdseed", uint16_t);
	TRY("rdseed", uint32_t);
	TRY("rdseed", uint64_t);
	for (int i = 0; i < 3; i++) {
		register uint64_t high __asm__("r11") = 5; /* its ModRM byte looks like a prefix */

		__asm__ volatile("rdrand %0" : "+r"(high) : : "cc");
		printf("%016" PRIx64 "\n", high);
	}
	return 0;
}
