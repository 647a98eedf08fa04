/* time_adjtimex: the kernel's clock discipline, read only. */
/* control: differs */
#include "guest.h"
#include <sys/timex.h>

int main(void)
{
	struct timex x = {.modes = 0};
	int r = adjtimex(&x);
	if (r == -1) {
		printf("adjtimex %s %" PRId64 "\n", outcome(r), clock_ns(CLOCK_REALTIME));
		return 0;
	}
	printf("state %d offset %ld freq %ld status %d time %lld.%09ld\n", r, x.offset, x.freq, x.status, (long long)x.time.tv_sec,
		(long)x.time.tv_usec);
	return 0;
}
