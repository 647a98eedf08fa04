/* time_gettimeofday: the old call, the C library's and the raw one, agree with clock_gettime and go forward. */
/* control: differs */
#include "guest.h"

int main(void)
{
	struct timeval a, b;
	struct timezone tz;
	int64_t before = clock_ns(CLOCK_REALTIME);
	MUST(gettimeofday(&a, NULL));
	MUST(syscall(SYS_gettimeofday, &b, &tz));
	int64_t after = clock_ns(CLOCK_REALTIME);
	printf("%lld.%06ld %lld.%06ld zone %d %d\n", (long long)a.tv_sec, (long)a.tv_usec, (long long)b.tv_sec, (long)b.tv_usec,
		tz.tz_minuteswest, tz.tz_dsttime);
	CHECK(a.tv_usec >= 0 && a.tv_usec < 1000000);
	CHECK((a.tv_sec * NS + a.tv_usec * 1000) / 1000 >= before / 1000);
	CHECK((b.tv_sec * NS + b.tv_usec * 1000) <= after);
	return 0;
}
