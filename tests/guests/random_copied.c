/* random_copied: bytes of /dev/urandom that the kernel would copy by itself: splice, sendfile; where that is refused they are read. */
/* control: differs */
#include "guest.h"
#include <sys/sendfile.h>

static void show(const char *what, ssize_t n, int from)
{
	unsigned char b[16] = {0};

	printf("%s: %s", what, outcome(n));
	if (n > 0)
		CHECK(pread(from, b, sizeof(b), 0) == n || read(from, b, sizeof(b)) == n);
	printf(" %016" PRIx64 "\n", hash_add(0, b, sizeof(b)));
}

int main(void)
{
	int r = (int)MUST(open("/dev/urandom", O_RDONLY)), f = (int)MUST(open("f", O_RDWR | O_CREAT | O_TRUNC, 0600)), p[2];
	unsigned char b[16];

	MUST(pipe(p));
	show("sendfile to a file", sendfile(f, r, NULL, 16), f);
	show("splice to a pipe", splice(r, NULL, p[1], NULL, 16, 0), p[0]);
	show("sendfile to a pipe", sendfile(p[1], r, NULL, 16), p[0]);
	show("copy_file_range", copy_file_range(r, NULL, f, NULL, 16, 0), f);
	MUST(read(r, b, sizeof(b)));
	printf("read: %016" PRIx64 "\n", hash_add(0, b, sizeof(b)));
	return 0;
}
