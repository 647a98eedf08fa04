/* file_inode: inode and device numbers of files, a directory, a pipe and a socket. */
/* control: differs */
#include "guest.h"

static void show(const char *what, const struct stat *st)
{
	printf("%s: dev %lx ino %lu\n", what, (unsigned long)st->st_dev, (unsigned long)st->st_ino);
}

int main(void)
{
	struct stat a, b, c;
	int p[2];
	put_file("a", "a");
	put_file("b", "b");
	MUST(mkdir("d", 0755));
	MUST(stat("a", &a));
	show("a", &a);
	MUST(stat("b", &b));
	show("b", &b);
	MUST(stat("d", &c));
	show("d", &c);
	CHECK(a.st_ino != b.st_ino && a.st_ino != c.st_ino && b.st_ino != c.st_ino);
	CHECK(a.st_dev == b.st_dev);
	int fd = (int)MUST(open("a", O_RDONLY));
	MUST(fstat(fd, &c));
	CHECK(c.st_ino == a.st_ino && c.st_dev == a.st_dev);
	struct statx x;
	MUST(statx(fd, "", AT_EMPTY_PATH, STATX_INO, &x));
	CHECK(x.stx_ino == a.st_ino);
	MUST(pipe(p));
	MUST(fstat(p[0], &c));
	show("pipe", &c);
	MUST(fstat((int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), &c));
	show("socket", &c);
	MUST(stat("/", &c));
	show("/", &c);
	MUST(stat("/etc/passwd", &c));
	show("/etc/passwd", &c);
	MUST(stat("/dev/null", &c));
	printf("null: rdev %lx\n", (unsigned long)c.st_rdev);
	return 0;
}
