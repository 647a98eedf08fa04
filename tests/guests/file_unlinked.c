/* file_unlinked: an open file that lost its name keeps its content and number and has no links. */
/* control: same */
#include "guest.h"

int main(void)
{
	struct stat a, b;
	char buf[32] = "", link[300] = "", path[64];
	int fd = (int)MUST(open("f", O_RDWR | O_CREAT, 0644));
	MUST(write(fd, "content", 7));
	MUST(fstat(fd, &a));
	MUST(unlink("f"));
	put_file("f", "another");
	MUST(fstat(fd, &b));
	CHECK(a.st_ino == b.st_ino);
	printf("links %lu size %ld\n", (unsigned long)b.st_nlink, (long)b.st_size);
	MUST(pread(fd, buf, 7, 0));
	printf("%s\n", buf);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	MUST(readlink(path, link, sizeof(link) - 1));
	printf("%s\n", strrchr(link, '/') + 1);
	MUST(stat(path, &b));
	CHECK(a.st_ino == b.st_ino);
	MUST(stat("f", &b));
	CHECK(a.st_ino != b.st_ino);
	int t = open(".", O_TMPFILE | O_RDWR, 0600);
	if (t >= 0) {
		MUST(fstat(t, &b));
		CHECK(b.st_nlink == 0);
		close(t);
	}
	MUST(rmdir((MUST(mkdir("d", 0755)), "d")));
	return 0;
}

/* expect:
links 0 size 7
content
f (deleted)
*/
