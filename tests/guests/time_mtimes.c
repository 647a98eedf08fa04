/* time_mtimes: what sets a file's time: creating, writing, truncating, mapping; what does not: renaming, reading. */
/* control: differs */
#include "guest.h"

static int64_t mtime(const char *p)
{
	struct stat st;
	MUST(stat(p, &st));
	return st.st_mtim.tv_sec * NS + st.st_mtim.tv_nsec;
}

/* The kernel stamps files by a tick that lags behind the clock: up to 10 ms, more on a busy virtual machine. */
static void between(const char *what, int64_t before, const char *path)
{
	int64_t m = mtime(path), now = clock_ns(CLOCK_REALTIME);
	printf("%s: %" PRId64 "\n", what, m);
	if (m < before - 100 * MS || m > now)
		printf("BAD: %s: not between before and after\n", what);
}

int main(void)
{
	int64_t t = clock_ns(CLOCK_REALTIME);
	put_file("f", "12345678");
	between("created", t, "f");
	sleep_ns(15 * MS);
	t = clock_ns(CLOCK_REALTIME);
	int fd = (int)MUST(open("f", O_RDWR));
	MUST(pwrite(fd, "abc", 3, 0));
	between("written, still open", t, "f");
	sleep_ns(15 * MS);
	t = clock_ns(CLOCK_REALTIME);
	MUST(ftruncate(fd, 4096));
	between("truncated", t, "f");
	sleep_ns(15 * MS);
	t = clock_ns(CLOCK_REALTIME);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	map[0] = 'Z';
	MUST(msync(map, 4096, MS_SYNC));
	munmap(map, 4096);
	close(fd);
	between("mapped", t, "f");
	int64_t was = mtime("f");
	MUST(rename("f", "g"));
	char buf[8];
	slurp("g", buf, sizeof(buf));
	CHECK(mtime("g") == was);
	sleep_ns(15 * MS);
	t = clock_ns(CLOCK_REALTIME);
	put_file("new", "");
	between("directory after create", t, ".");
	CHECK(mtime("new") > mtime("g"));
	return 0;
}
