/* pipe_big: a megabyte through a pipe whose ends block in turn; each byte arrives once, in order. */
/* control: same */
#include "guest.h"

int main(void)
{
	int p[2];
	MUST(pipe(p));
	pid_t c = (pid_t)MUST(fork());
	static unsigned char b[1 << 17];
	if (c == 0) {
		close(p[0]);
		for (int k = 0; k < 8; k++) {
			for (size_t i = 0; i < sizeof(b); i++)
				b[i] = (unsigned char)(i * 7 + (size_t)k);
			CHECK(MUST(write(p[1], b, sizeof(b))) == (long)sizeof(b));
		}
		_exit(0);
	}
	close(p[1]);
	size_t total = 0;
	uint64_t h = 0;
	for (;;) {
		ssize_t n = MUST(read(p[0], b, 30000));
		if (n == 0)
			break;
		h = hash_add(h, b, (size_t)n);
		total += (size_t)n;
	}
	printf("%zu bytes %016" PRIx64 " %s\n", total, h, status_words(wait_status(c)));
	return 0;
}

/* expect:
1048576 bytes 386dfce6f65a2325 exit 0
*/
