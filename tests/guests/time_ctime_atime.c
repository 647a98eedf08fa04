/* time_ctime_atime: all four times of stat and statx of a new file; none lies in the future. */
/* control: differs */
#include "guest.h"

int main(void)
{
	put_file("f", "x");
	char buf[4];
	slurp("f", buf, sizeof(buf));
	MUST(chmod("f", 0600));
	struct statx x;
	MUST(statx(AT_FDCWD, "f", 0, STATX_ALL, &x));
	const struct statx_timestamp *t[] = {&x.stx_atime, &x.stx_btime, &x.stx_ctime, &x.stx_mtime};
	int64_t now = clock_ns(CLOCK_REALTIME);
	for (int i = 0; i < 4; i++) {
		printf("%lld.%09u\n", (long long)t[i]->tv_sec, t[i]->tv_nsec);
		CHECK(t[i]->tv_sec * NS + t[i]->tv_nsec <= now);
	}
	printf("mask %x\n", x.stx_mask & STATX_BTIME);
	return 0;
}
