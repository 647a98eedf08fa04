/* time_vdso: the vdso and the kernel's entry tell one time: alternating readings only go forward. */
/* control: differs */
#include "guest.h"

int main(void)
{
	int64_t last = 0;
	for (int i = 0; i < 200; i++) {
		struct timespec t;
		if (i % 2)
			MUST(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t));
		else
			MUST(clock_gettime(CLOCK_MONOTONIC, &t));
		int64_t now = t.tv_sec * NS + t.tv_nsec;
		if (now < last)
			printf("BAD: backwards at %d\n", i);
		last = now;
	}
	printf("%" PRId64 "\n", last);
	return 0;
}
