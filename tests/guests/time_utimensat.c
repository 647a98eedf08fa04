/* time_utimensat: times that a program sets are kept and shown: by name, by descriptor, omitted, before 1970. */
/* control: same */
#include "guest.h"

static void show(const char *path)
{
	struct stat st;
	MUST(fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW));
	printf("%s: atime %lld.%09ld mtime %lld.%09ld\n", path, (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long long)st.st_mtim.tv_sec,
		st.st_mtim.tv_nsec);
}

int main(void)
{
	struct timespec t[2] = {{1000000000, 123456789}, {1100000000, 987654321}};
	put_file("f", "x");
	MUST(utimensat(AT_FDCWD, "f", t, 0));
	show("f");
	struct timespec only[2] = {{0, UTIME_OMIT}, {946684800, 5}};
	int fd = (int)MUST(open("f", O_RDWR));
	MUST(futimens(fd, only));
	close(fd);
	show("f");
	MUST(rename("f", "g"));
	MUST(chmod("g", 0600));
	show("g");
	MUST(symlink("g", "l"));
	MUST(utimensat(AT_FDCWD, "l", t, AT_SYMLINK_NOFOLLOW));
	show("l");
	show("g");
	struct timespec future[2] = {{4000000000, 0}, {4000000001, 0}};
	MUST(utimensat(AT_FDCWD, "g", future, 0));
	show("g");
	struct timespec early[2] = {{-5, 0}, {-1, 0}};
	MUST(utimensat(AT_FDCWD, "g", early, 0));
	show("g");
	MUST(mkdir("d", 0755));
	MUST(utimensat(AT_FDCWD, "d", t, 0));
	show("d");
	return 0;
}

/* expect:
f: atime 1000000000.123456789 mtime 1100000000.987654321
f: atime 1000000000.123456789 mtime 946684800.000000005
g: atime 1000000000.123456789 mtime 946684800.000000005
l: atime 1000000000.123456789 mtime 1100000000.987654321
g: atime 1000000000.123456789 mtime 946684800.000000005
g: atime 4000000000.000000000 mtime 4000000001.000000000
g: atime -5.000000000 mtime -1.000000000
d: atime 1000000000.123456789 mtime 1100000000.987654321
*/
