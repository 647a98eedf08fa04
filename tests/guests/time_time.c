/* time_time: time(2) by the vdso and by the kernel, printed as a date in UTC. */
/* control: differs */
/* gap: 1.1 */
#include "guest.h"

int main(void)
{
	time_t t = time(NULL), u = 0;
	time_t raw = (time_t)MUST(syscall(SYS_time, &u));
	struct tm tm;
	char text[64];
	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	printf("%lld %s\n", (long long)t, text);
	CHECK(raw == u);
	CHECK(raw >= t && raw - t <= 1);
	return 0;
}
