/* pipe_nonblock: how much a pipe holds, what a full and an empty one say; atomic writes and partial ones. */
/* control: same */
#include "guest.h"
#include <sys/ioctl.h>

int main(void)
{
	int p[2], n;
	static char b[100000];
	MUST(pipe2(p, O_NONBLOCK));
	printf("empty: %s, size %d\n", outcome(read(p[0], b, 1)), fcntl(p[0], F_GETPIPE_SZ));
	printf("large write: %ld\n", (long)write(p[1], b, sizeof(b)));
	printf("full: %s\n", outcome(write(p[1], b, 1)));
	MUST(ioctl(p[0], FIONREAD, &n));
	printf("waiting: %d\n", n);
	MUST(read(p[0], b, 1000));
	printf("not enough room for an atomic write: %s\n", outcome(write(p[1], b, 4096)));
	MUST(read(p[0], b, 8192));
	printf("room: %ld\n", (long)write(p[1], b, 4096));
	printf("flags %x %x\n", fcntl(p[0], F_GETFL), fcntl(p[1], F_GETFL));
	MUST(fcntl(p[0], F_SETFL, 0));
	close(p[1]);
	long total = 0, r;
	while ((r = MUST(read(p[0], b, sizeof(b)))) > 0)
		total += r;
	printf("drained %ld\n", total);
	printf("zero: %ld\n", (long)read(p[0], b, 0));
	return 0;
}

/* expect:
empty: EAGAIN, size 65536
large write: 65536
full: EAGAIN
waiting: 65536
not enough room for an atomic write: EAGAIN
room: 4096
flags 800 801
drained 60440
zero: 0
*/
