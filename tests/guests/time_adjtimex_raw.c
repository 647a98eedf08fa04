/* time_adjtimex_raw: the old number of the same call: who may only read may not set. */
/* control: differs */
#include "guest.h"

#include <sys/timex.h>

int main(void)
{
	struct timex x = {.modes = 0};
	long r = syscall(SYS_adjtimex, &x);

	printf("%s, tick %ld, time %lld.%06ld\n", r < 0 ? outcome(r) : "ok", x.tick, (long long)x.time.tv_sec, (long)x.time.tv_usec);
	return 0;
}
