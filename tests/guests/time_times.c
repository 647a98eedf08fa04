/* time_times: times() and clock(): ticks since some moment and the CPU time used. */
/* control: differs */
#include "guest.h"
#include <sys/times.h>

int main(void)
{
	struct tms a, b;
	clock_t ta = times(&a);
	clock_t ca = clock();
	for (int i = 0; i < 2000; i++)
		syscall(SYS_getppid);
	clock_t tb = times(&b), cb = clock();
	printf("times %ld %ld user %ld %ld system %ld %ld clock %ld %ld\n", ta, tb, a.tms_utime, b.tms_utime, a.tms_stime, b.tms_stime, ca, cb);
	CHECK(tb >= ta && cb >= ca && b.tms_utime >= a.tms_utime && b.tms_stime >= a.tms_stime);
	printf("ticks a second %ld\n", sysconf(_SC_CLK_TCK));
	return 0;
}
