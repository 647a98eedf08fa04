/* file_getdents: the order in which a directory of 1000 files is read, in small pieces and large. */
/* control: differs */
#include "guest.h"

static uint64_t list(size_t size, int *ret_n)
{
	char *buf = malloc(size);
	int fd = (int)MUST(open("d", O_RDONLY | O_DIRECTORY)), n = 0;
	uint64_t h = 0;
	for (;;) {
		long len = MUST(syscall(SYS_getdents64, fd, buf, size));
		if (len == 0)
			break;
		for (long o = 0; o < len;) {
			const struct dirent64 *d = (const struct dirent64 *)(const void *)(buf + o);
			h = hash_add(h, d->d_name, strlen(d->d_name));
			if (n < 4)
				printf("%s ", d->d_name);
			n++;
			o += d->d_reclen;
		}
	}
	close(fd);
	free(buf);
	*ret_n = n;
	return h;
}

int main(void)
{
	MUST(mkdir("d", 0755));
	uint64_t x = 12345;
	for (int i = 0; i < 1000; i++) {
		char name[32];
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		snprintf(name, sizeof(name), "d/%04x-%d", (unsigned)(x >> 48), i);
		put_file(name, "");
	}
	int n1, n2;
	uint64_t a = list(512, &n1), b = list(65536, &n2);
	printf("%d names %016" PRIx64 "\n", n1, a);
	CHECK(n1 == 1002 && n2 == 1002 && a == b);
	return 0;
}
