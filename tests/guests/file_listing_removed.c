/* file_listing_removed: who removes what he reads from a directory, a piece at a time, meets every other name once. */
/* control: same */
#include "guest.h"

static int next_piece(int fd, void *buf, size_t size)
{
	return (int)MUST(syscall(SYS_getdents64, fd, buf, size));
}

/* Reads d in pieces and removes what it has read; the names that were met. */
static int remove_as_read(size_t size)
{
	char *buf = malloc(size), name[300];
	int fd = (int)MUST(open("d", O_RDONLY | O_DIRECTORY)), n = 0;

	for (int len; (len = next_piece(fd, buf, size)) > 0;)
		for (int o = 0; o < len;) {
			const struct dirent64 *d = (const struct dirent64 *)(const void *)(buf + o);
			o += d->d_reclen;
			if (d->d_name[0] == '.')
				continue;
			snprintf(name, sizeof(name), "d/%s", d->d_name);
			MUST(unlink(name));
			n++;
		}
	close(fd);
	free(buf);
	return n;
}

/* What a child does before exec that must not inherit descriptors. */
static int close_as_read(void)
{
	char buf[32];
	int fd = (int)MUST(open("/proc/self/fd", O_RDONLY | O_DIRECTORY)), n = 0;

	for (int len; (len = next_piece(fd, buf, sizeof(buf))) > 0;) {
		int k = atoi(((const struct dirent64 *)(const void *)buf)->d_name);
		if (k > 2 && k != fd) {
			MUST(close(k));
			n++;
		}
	}
	close(fd);
	return n;
}

int main(void)
{
	char name[32];

	MUST(mkdir("d", 0755));
	for (size_t size = 64; size <= 4096; size *= 8) {
		for (int i = 0; i < 300; i++) {
			snprintf(name, sizeof(name), "d/%d", i);
			put_file(name, "");
		}
		printf("%d removed\n", remove_as_read(size));
	}
	printf("rmdir: %s\n", outcome(rmdir("d")));
	MUST(close_range(3, ~0U, 0));
	for (int i = 0; i < 12; i++)
		MUST(open("/dev/null", O_RDONLY));
	printf("%d closed\n", close_as_read());
	return 0;
}
/* expect:
300 removed
300 removed
300 removed
rmdir: ok
12 closed
*/
