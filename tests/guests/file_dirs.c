/* file_dirs: link counts and sizes of directories, blocks and block sizes of files: every filesystem has its own. */
/* control: differs */
#include "guest.h"

static void show(const char *p)
{
	struct stat st;
	MUST(stat(p, &st));
	printf("%s: nlink %lu blksize %ld blocks %ld", p, (unsigned long)st.st_nlink, (long)st.st_blksize, (long)st.st_blocks);
	if (S_ISDIR(st.st_mode))
		printf(" size %ld", (long)st.st_size);
	printf("\n");
}

int main(void)
{
	MUST(mkdir("d", 0755));
	show("d");
	for (int i = 0; i < 40; i++) {
		char name[300];
		snprintf(name, sizeof(name), "d/%0200d", i);
		put_file(name, "");
	}
	MUST(mkdir("d/sub1", 0755));
	MUST(mkdir("d/sub2", 0755));
	show("d");
	static const int sizes[] = {0, 1, 100, 4095, 4096, 4097, 100000};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = (int)MUST(open("f", O_CREAT | O_WRONLY | O_TRUNC, 0644));
		char *b = calloc(1, 100000);
		memset(b, 'x', 100000);
		MUST(write(fd, b, (size_t)sizes[i]));
		close(fd);
		free(b);
		show("f");
	}
	int fd = (int)MUST(open("hole", O_CREAT | O_WRONLY, 0644));
	MUST(pwrite(fd, "x", 1, 1 << 20));
	close(fd);
	show("hole");
	return 0;
}
