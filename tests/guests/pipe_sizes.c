/* pipe_sizes: what a pipe holds, told and untold; a writer that does not wait; atomic writes. */
/* control: same */
#include "guest.h"

#include <sys/ioctl.h>

static char data[1 << 18];

static void fill(const char *what, int p[2], size_t piece)
{
	long sum = 0, last = 0;
	ssize_t n;

	while ((n = write(p[1], data, piece)) > 0) {
		sum += n;
		last = n;
	}
	printf("%s: %ld in pieces of %zu, the last %ld, then %s\n", what, sum, piece, last, outcome(n));
}

static void empty(int p[2], size_t keep)
{
	int n;

	MUST(ioctl(p[0], FIONREAD, &n));
	while ((size_t)n > keep) {
		size_t part = (size_t)n - keep < sizeof(data) ? (size_t)n - keep : sizeof(data);

		n -= (int)MUST(read(p[0], data, part));
	}
}

int main(void)
{
	int p[2], n;

	MUST(pipe2(p, O_NONBLOCK));
	printf("size %d\n", fcntl(p[0], F_GETPIPE_SZ));
	fill("whole pages", p, 4096);
	empty(p, 0);
	fill("one big write", p, sizeof(data));
	MUST(read(p[0], data, 100));
	fill("room of 100 bytes", p, 4096);
	MUST(read(p[0], data, 4000));
	fill("a page freed", p, 4097);
	empty(p, 0);
	fill("odd pieces", p, 3000);
	empty(p, 0);
	fill("bytes", p, 1);
	empty(p, 0);
	printf("resized: %d\n", fcntl(p[1], F_SETPIPE_SZ, 10000));
	fill("resized", p, 4096);
	printf("smaller than its content: %s\n", outcome(fcntl(p[1], F_SETPIPE_SZ, 4096)));
	MUST(ioctl(p[0], FIONREAD, &n));
	printf("unread %d\n", n);
	struct pollfd f[2] = {{.fd = p[0], .events = POLLIN}, {.fd = p[1], .events = POLLOUT}};
	MUST(poll(f, 2, 0));
	printf("full: %x %x\n", f[0].revents, f[1].revents);
	empty(p, 0);
	MUST(poll(f, 2, 0));
	printf("empty: %x %x\n", f[0].revents, f[1].revents);
	MUST(pipe2(p, O_DIRECT | O_NONBLOCK));
	MUST(write(p[1], "one", 3));
	MUST(write(p[1], "two", 3));
	printf("packets: %zd", read(p[0], data, 100));
	printf(" %zd\n", read(p[0], data, 2));
	printf("the rest of a packet: %s\n", outcome(read(p[0], data, 100)));
	return 0;
}

/* expect:
size 65536
whole pages: 65536 in pieces of 4096, the last 4096, then EAGAIN
one big write: 65536 in pieces of 262144, the last 65536, then EAGAIN
room of 100 bytes: 0 in pieces of 4096, the last 0, then EAGAIN
a page freed: 4096 in pieces of 4097, the last 4096, then EAGAIN
odd pieces: 48000 in pieces of 3000, the last 3000, then EAGAIN
bytes: 65536 in pieces of 1, the last 1, then EAGAIN
resized: 16384
resized: 16384 in pieces of 4096, the last 4096, then EAGAIN
smaller than its content: EBUSY
unread 16384
full: 1 0
empty: 0 4
packets: 3 2
the rest of a packet: EAGAIN
*/
