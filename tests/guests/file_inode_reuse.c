/* file_inode_reuse: files come and go; those alive at one time never share a number. */
/* control: differs */
#include "guest.h"

static ino_t ino(const char *p)
{
	struct stat st;
	MUST(stat(p, &st));
	return st.st_ino;
}

int main(void)
{
	put_file("keep", "k");
	ino_t keep = ino("keep");
	for (int i = 0; i < 20; i++) {
		char name[16];
		snprintf(name, sizeof(name), "t%d", i % 3);
		put_file(name, "t");
		ino_t n = ino(name);
		printf("%lu ", (unsigned long)n);
		CHECK(n != keep);
		CHECK(ino(name) == n);
		MUST(unlink(name));
	}
	printf("keep %lu\n", (unsigned long)ino("keep"));
	CHECK(ino("keep") == keep);
	/* A number freed by an unlinked but open file must not be given away. */
	put_file("open", "o");
	int fd = (int)MUST(open("open", O_RDONLY));
	ino_t held = ino("open");
	MUST(unlink("open"));
	for (int i = 0; i < 10; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%d", i);
		put_file(name, "n");
		CHECK(ino(name) != held);
	}
	struct stat st;
	MUST(fstat(fd, &st));
	CHECK(st.st_ino == held);
	return 0;
}
