/* file_vectors: reading and writing pieces, at an offset and at the position; the short end of a file. */
/* control: same */
#include "guest.h"

#include <sys/uio.h>

static void show(const char *what, long r)
{
	printf("%s: %ld%s%s\n", what, r, r < 0 ? " " : "", r < 0 ? strerrorname_np(errno) : "");
}

int main(void)
{
	char a[4] = "", b[8] = "", all[64] = "";
	struct iovec out[3] = {{"one ", 4}, {"", 0}, {"two three", 9}}, in[2] = {{a, 3}, {b, 7}};
	int fd = (int)MUST(open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0644)), p[2];

	show("writev", writev(fd, out, 3));
	show("pwritev", pwritev(fd, out, 1, 20));
	show("pwritev2 at the position", pwritev2(fd, out, 1, -1, 0));
	show("pwritev2", pwritev2(fd, out, 1, 2, RWF_SYNC));
	show("pwritev2 appending", pwritev2(fd, out, 1, 0, RWF_APPEND));
	show("position", lseek(fd, 0, SEEK_CUR));
	ssize_t n = pread(fd, all, sizeof(all), 0);
	for (ssize_t i = 0; i < n; i++)
		if (!all[i])
			all[i] = '.';
	printf("%zd [%.*s]\n", n, (int)n, all);
	show("preadv", preadv(fd, in, 2, 4));
	printf("[%.3s] [%.7s]\n", a, b);
	show("preadv2 at the end", preadv2(fd, in, 2, 25, 0));
	MUST(lseek(fd, 1, SEEK_SET));
	show("preadv2 at the position", preadv2(fd, in, 1, -1, 0));
	show("position", lseek(fd, 0, SEEK_CUR));
	show("preadv2 with an unknown flag", preadv2(fd, in, 1, 0, 0x40000000));
	MUST(pipe(p));
	show("preadv of a pipe", preadv(p[0], in, 1, 0));
	show("too many pieces", syscall(SYS_writev, fd, out, 2000L));
	show("pwritev at a negative offset", pwritev(fd, out, 1, -5));

	/* At the position a pipe will do; the reader waits for a child. */
	pid_t child = fork();
	if (child == 0) {
		sleep_ns(20 * MS);
		_exit(pwritev2(p[1], out, 3, -1, 0) == 13 ? 0 : 1);
	}
	show("preadv2 of a pipe", preadv2(p[0], in, 2, -1, 0));
	printf("[%.3s] [%.7s] %s\n", a, b, status_words(wait_status(child)));
	return 0;
}

/* expect:
writev: 13
pwritev: 4
pwritev2 at the position: 4
pwritev2: 4
pwritev2 appending: 4
position: 17
28 [onone o threeone ...one one ]
preadv: 10
[e o] [ threeo]
preadv2 at the end: 3
preadv2 at the position: 3
position: 4
preadv2 with an unknown flag: -1 EOPNOTSUPP
preadv of a pipe: -1 ESPIPE
too many pieces: -1 EINVAL
pwritev at a negative offset: -1 EINVAL
preadv2 of a pipe: 10
[one] [ two th] exit 0
*/
