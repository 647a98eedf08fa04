/* time_far: times far in the future and the past become the file systems' own last and first second, however they are set. */
/* control: host */
#include "guest.h"

#include <sys/time.h>

#define FAR_S INT64_C(9223372036)

static int64_t within(int64_t sec)
{
	return sec > FAR_S ? FAR_S : sec < -FAR_S ? -FAR_S : sec;
}

static void show(const char *what, int64_t atime, int64_t mtime)
{
	struct statx sx;
	struct stat st;

	MUST(stat("f", &st));
	MUST(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
	printf("%s: %lld %lld%s%s\n", what, (long long)st.st_atim.tv_sec, (long long)st.st_mtim.tv_sec,
		st.st_atim.tv_sec == within(atime) && st.st_mtim.tv_sec == within(mtime) ? ", as asked" : ", not as asked",
		sx.stx_mtime.tv_sec == st.st_mtim.tv_sec && sx.stx_mtime.tv_nsec == (uint32_t)st.st_mtim.tv_nsec ? "" : ", statx differs");
}

static void set(int64_t atime, int64_t mtime)
{
	struct timespec t[2] = { { atime, 5 }, { mtime, 7 } };
	struct timeval v[2] = { { atime, 5 }, { mtime, 7 } };
	int64_t u[2] = { atime, mtime };

	MUST(utimensat(AT_FDCWD, "f", t, 0));
	show("utimensat", atime, mtime);
	MUST(utimes("f", v));
	show("utimes", atime, mtime);
	MUST(syscall(SYS_utime, "f", u));
	show("utime", atime, mtime);
}

int main(void)
{
	put_file("f", "x");
	set(INT64_C(13569465600), INT64_C(-14831769600)); /* 2400 and 1500 */
	set(INT64_MAX, INT64_MIN);
	set(FAR_S - 1, -FAR_S);
	return 0;
}

/* expect:
utimensat: 9223372036 -9223372036, as asked
utimes: 9223372036 -9223372036, as asked
utime: 9223372036 -9223372036, as asked
utimensat: 9223372036 -9223372036, as asked
utimes: 9223372036 -9223372036, as asked
utime: 9223372036 -9223372036, as asked
utimensat: 9223372035 -9223372036, as asked
utimes: 9223372035 -9223372036, as asked
utime: 9223372035 -9223372036, as asked
*/
