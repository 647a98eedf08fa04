/* pipe_splice: splice, tee, sendfile and copy_file_range move bytes and positions as read and write would. */
/* control: same */
#include "guest.h"
#include <sys/sendfile.h>
#include <sys/uio.h>

int main(void)
{
	int p[2], q[2];
	char b[64] = "";
	put_file("in", "0123456789abcdef");
	int in = (int)MUST(open("in", O_RDONLY)), out = (int)MUST(open("out", O_RDWR | O_CREAT, 0644));
	MUST(pipe(p));
	MUST(pipe(q));
	printf("splice %ld", MUST(splice(in, NULL, p[1], NULL, 10, 0)));
	printf(" tee %ld", MUST(tee(p[0], q[1], 100, 0)));
	printf(" out %ld", MUST(splice(p[0], NULL, out, NULL, 4, 0)));
	printf(" sendfile %ld", MUST(sendfile(out, in, NULL, 100)));
	MUST(read(q[0], b, sizeof(b)));
	printf(" copy in the other pipe %s\n", b);
	memset(b, 0, sizeof(b));
	MUST(pread(out, b, sizeof(b), 0));
	printf("file: %s\n", b);
	loff_t from = 2, to = 20;
	long n = copy_file_range(in, &from, out, &to, 6, 0);
	printf("copied %ld to %ld %ld\n", n, (long)from, (long)to);
	printf("files: %s, same end: %s\n", outcome(splice(in, NULL, out, NULL, 1, 0)), outcome(tee(p[0], p[1], 1, 0)));
	struct iovec v = {.iov_base = (void *)"vector", .iov_len = 6};
	n = MUST(vmsplice(p[1], &v, 1, 0));
	memset(b, 0, sizeof(b));
	MUST(read(p[0], b, sizeof(b)));
	printf("vmsplice %ld %s\n", n, b);
	if (MUST(fork()) == 0) {
		sleep_ns(5 * MS);
		MUST(write(q[1], "late", 4));
		_exit(0);
	}
	printf("blocking splice %ld\n", MUST(splice(q[0], NULL, out, NULL, 100, 0)));
	return 0;
}

/* expect:
splice 10 tee 10 out 4 sendfile 6 copy in the other pipe 0123456789
file: 0123abcdef
copied 6 to 8 26
files: EINVAL, same end: EINVAL
vmsplice 6 456789vector
blocking splice 4
*/
