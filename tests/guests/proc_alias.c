/* proc_alias: files of /proc by other ways than their names: links, working directories, directories held open, every kind of read. */
/* control: host */
#include "guest.h"
#include <sys/sendfile.h>
#include <sys/uio.h>

static char text[16384], other[16384];

static void same_as_direct(const char *what, ssize_t n)
{
	CHECK(n > 0 && (size_t)n < sizeof(other));
	printf("%s: %s\n", what, n > 0 && memcmp(text, other, (size_t)n) == 0 ? "the canonical text" : "something else");
	memset(other, 0, sizeof(other));
}

static int alias(void)
{
	return (int)MUST(open("alias", O_RDONLY | O_CLOEXEC));
}

int main(void)
{
	int fd, p[2], d = (int)MUST(open("/proc/self", O_RDONLY | O_DIRECTORY));
	char name[64];
	MUST(slurp("/proc/self/mountinfo", text, sizeof(text)));
	printf("%016" PRIx64 "\n", hash_add(0, text, strlen(text)));
	MUST(symlink("/proc/self", "way"));
	MUST(symlink("way/mountinfo", "alias"));
	fd = alias();
	same_as_direct("link, read", read(fd, other, 4096));
	fd = alias();
	same_as_direct("pread", pread(fd, other, 30, 0));
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	MUST(lseek(fd, 7, SEEK_SET));
	CHECK(read(fd, other, 20) == 20 && memcmp(text + 7, other, 20) == 0);
	fd = alias();
	MUST(lseek(fd, 5, SEEK_SET));
	CHECK(read(fd, other, 20) == 20 && memcmp(text + 5, other, 20) == 0);
	struct iovec v[2] = {{other, 10}, {other + 10, 20}};
	same_as_direct("readv", readv(alias(), v, 2));
	fd = (int)MUST(open("copy", O_RDWR | O_CREAT, 0644));
	MUST(sendfile(fd, alias(), NULL, 4096));
	same_as_direct("sendfile", pread(fd, other, 4096, 0));
	MUST(pipe(p));
	if (splice(alias(), NULL, p[1], NULL, 100, 0) > 0)
		same_as_direct("splice", read(p[0], other, 100));
	same_as_direct("directory held open", read((int)MUST(openat(d, "mountinfo", O_RDONLY)), other, 4096));
	fd = (int)MUST(open("/proc/self", O_PATH));
	same_as_direct("place held open", read((int)MUST(openat(fd, "mountinfo", O_RDONLY)), other, 4096));
	snprintf(name, sizeof(name), "/dev/fd/%d/mountinfo", fd);
	same_as_direct("through a descriptor's link", read((int)MUST(open(name, O_RDONLY)), other, 4096));
	MUST(fchdir(d));
	same_as_direct("working directory", read((int)MUST(open("mountinfo", O_RDONLY)), other, 4096));
	struct stat a, b;
	MUST(stat("/proc/self/status", &a));
	MUST(stat("status", &b));
	CHECK(a.st_ino == b.st_ino && a.st_ino != 0);
	return 0;
}
