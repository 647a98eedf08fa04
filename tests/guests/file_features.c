/* file_features: what only some file systems can: copying ranges from one to another, ways of allocating, files without names. */
/* control: differs */
#include "guest.h"

static int file(const char *name)
{
	return (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC, 0644));
}

int main(void)
{
	char shm[64], buf[64] = "";
	snprintf(shm, sizeof(shm), "/dev/shm/file_features.%d", (int)getpid());
	int a = file("a"), b = file("b"), c = file(shm), d = (int)MUST(open("a", O_WRONLY | O_APPEND));
	off_t in = 2, out = 5;
	unlink(shm);
	MUST(write(a, "0123456789", 10));
	MUST(lseek(a, 0, SEEK_SET));
	printf("to another system: %s\n", outcome(copy_file_range(a, NULL, c, NULL, 100, 0)));
	MUST(lseek(a, 0, SEEK_SET));
	CHECK(copy_file_range(a, &in, b, &out, 3, 0) == 3 && in == 5 && out == 8);
	CHECK(lseek(a, 0, SEEK_CUR) == 0 && lseek(b, 0, SEEK_CUR) == 0);
	CHECK(copy_file_range(a, NULL, b, NULL, SSIZE_MAX & ~4095L, 0) == 10);
	CHECK(lseek(a, 0, SEEK_CUR) == 10 && lseek(b, 0, SEEK_CUR) == 10);
	CHECK(copy_file_range(a, NULL, b, NULL, 10, 0) == 0);
	CHECK(pread(b, buf, 20, 0) == 10 && memcmp(buf, "0123456789", 10) == 0);
	printf("onto itself: %s\n", outcome(copy_file_range(a, &in, a, &in, 3, 0)));
	printf("to the end only: %s\n", outcome(copy_file_range(b, NULL, d, NULL, 3, 0)));
	for (int mode = 0; mode < 0x80; mode = mode ? mode * 2 : 1)
		printf("fallocate %#x: %s\n", mode, outcome(fallocate(b, mode, 0, 4096)));
	printf("punch: %s\n", outcome(fallocate(b, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096)));
	printf("shm zero range: %s\n", outcome(fallocate(c, FALLOC_FL_ZERO_RANGE, 0, 4096)));
	printf("whiteout: %s\n", outcome(renameat2(AT_FDCWD, "b", AT_FDCWD, "b2", 4)));
	int t = open(".", O_TMPFILE | O_RDWR, 0600);
	printf("nameless: %s\n", outcome(t));
	return 0;
}
