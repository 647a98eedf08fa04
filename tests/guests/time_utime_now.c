/* time_utime_now: UTIME_NOW and no times at all mean the moment of the call, in the order of the writes; UTIME_OMIT twice changes nothing. */
/* control: same */
#include "guest.h"
#include <utime.h>

static struct stat st;

static int64_t mtime(const char *p)
{
	MUST(stat(p, &st));
	return st.st_mtim.tv_sec * NS + st.st_mtim.tv_nsec;
}

static int64_t atime(const char *p)
{
	MUST(stat(p, &st));
	return st.st_atim.tv_sec * NS + st.st_atim.tv_nsec;
}

/* The file "before" was written just before, "after" just after: what lies between the two is now. */
static void now_between(const char *what, int (*change)(void))
{
	static const struct timespec old[2] = {{1000, 1}, {2000, 2}};

	MUST(utimensat(AT_FDCWD, "f", old, 0));
	put_file("before", "x");
	sleep_ns(15 * MS);
	MUST(change());
	sleep_ns(15 * MS);
	put_file("after", "x");
	int64_t m = mtime("f"), a = atime("f"), b = mtime("before"), e = mtime("after");
	printf("%s: mtime %s, atime %s\n", what, m > b && m < e ? "now" : m == 2000 * NS + 2 ? "old" : m == 5 * NS ? "set" : "wrong",
		a > b && a < e ? "now" : a == 1000 * NS + 1 ? "old" : a == 5 * NS ? "set" : "wrong");
}

static int with(long a, long m)
{
	struct timespec t[2] = {{5, a}, {5, m}};
	return utimensat(AT_FDCWD, "f", t, 0);
}

static int both(void) { return with(UTIME_NOW, UTIME_NOW); }
static int mtime_now(void) { return with(UTIME_OMIT, UTIME_NOW); }
static int atime_now(void) { return with(UTIME_NOW, UTIME_OMIT); }
static int set_and_now(void) { return with(0, UTIME_NOW); }
static int now_and_set(void) { return with(UTIME_NOW, 0); }
static int omit(void) { return with(UTIME_OMIT, UTIME_OMIT); }
static int null(void) { return utimensat(AT_FDCWD, "f", NULL, 0); }
static int by_utimes(void) { return utimes("f", NULL); }
static int by_utime(void) { return utime("f", NULL); }
static int by_fd(void)
{
	int fd = (int)MUST(open("f", O_RDONLY)), r = futimens(fd, NULL);
	close(fd);
	return r;
}

int main(void)
{
	struct timespec bad[2] = {{5, 1000000000}, {5, 0}};

	put_file("f", "x");
	now_between("UTIME_NOW twice", both);
	now_between("UTIME_OMIT, UTIME_NOW", mtime_now);
	now_between("UTIME_NOW, UTIME_OMIT", atime_now);
	now_between("a time, UTIME_NOW", set_and_now);
	now_between("UTIME_NOW, a time", now_and_set);
	now_between("UTIME_OMIT twice", omit);
	now_between("no times", null);
	now_between("utimes", by_utimes);
	now_between("utime", by_utime);
	now_between("futimens", by_fd);
	printf("a second of nanoseconds: %s; no such file: %s\n", outcome(utimensat(AT_FDCWD, "f", bad, 0)), outcome(utimensat(AT_FDCWD, "no", NULL, 0)));
	/* A target is remade when a prerequisite is newer: also after it was only touched, moved or linked. */
	put_file("source", "x");
	sleep_ns(15 * MS);
	put_file("target", "x");
	printf("remade at first: %d\n", mtime("source") > mtime("target"));
	sleep_ns(15 * MS);
	MUST(link("source", "link"));
	MUST(rename("source", "moved"));
	printf("after link and rename: %d\n", mtime("moved") > mtime("target"));
	MUST(utimensat(AT_FDCWD, "link", NULL, 0));
	printf("after touch of the link: %d\n", mtime("moved") > mtime("target"));
	return 0;
}

/* expect:
UTIME_NOW twice: mtime now, atime now
UTIME_OMIT, UTIME_NOW: mtime now, atime old
UTIME_NOW, UTIME_OMIT: mtime old, atime now
a time, UTIME_NOW: mtime now, atime set
UTIME_NOW, a time: mtime set, atime now
UTIME_OMIT twice: mtime old, atime old
no times: mtime now, atime now
utimes: mtime now, atime now
utime: mtime now, atime now
futimens: mtime now, atime now
a second of nanoseconds: EINVAL; no such file: ENOENT
remade at first: 0
after link and rename: 0
after touch of the link: 1
*/
