/* pipe_many_writers: six writers, one pipe: whole records in some order. */
/* control: load */
#include "guest.h"

int main(void)
{
	int p[2];
	MUST(pipe(p));
	for (int i = 0; i < 6; i++)
		if (MUST(fork()) == 0) {
			char rec[64];
			memset(rec, 'a' + i, sizeof(rec));
			for (int k = 0; k < 50; k++) {
				MUST(write(p[1], rec, sizeof(rec)));
				for (volatile int n = 0; n < 500; n++)
					;
			}
			_exit(0);
		}
	close(p[1]);
	char rec[64], order[301];
	int n = 0;
	for (;;) {
		ssize_t r = MUST(read(p[0], rec, sizeof(rec)));
		if (r == 0)
			break;
		CHECK(r == 64 && rec[0] == rec[63]);
		order[n++] = rec[0];
	}
	order[n] = 0;
	while (wait(NULL) > 0)
		;
	printf("%d %s\n", n, order);
	return 0;
}
