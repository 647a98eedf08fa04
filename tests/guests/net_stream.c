/* net_stream: how much each read of a TCP connection gets, the reader having computed for a while: from some 10 µs, in which the
 * writer may have come to write, to 300 ms, in which timers of TCP's run off, or do not. */
/* control: load */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>

enum { BYTES = 300000 };
static char b[BYTES];

static void compute(unsigned long rounds)
{
	unsigned long x = 1;

	for (unsigned long i = 0; i < rounds; i++) {
		x += i ^ x >> 3;
		__asm__ volatile("" : "+r"(x));
	}
}

static void write_all(struct sockaddr_in *a)
{
	int s = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	MUST(connect(s, (struct sockaddr *)a, sizeof(*a)));
	for (size_t done = 0; done < BYTES;)
		done += (size_t)MUST(write(s, b + done, BYTES - done));
	_exit(0);
}

int main(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	MUST(bind(l, (struct sockaddr *)&a, sizeof(a)));
	MUST(listen(l, 5));
	MUST(getsockname(l, (struct sockaddr *)&a, &n));
	for (unsigned long rounds = 13000; rounds < 400000000; rounds *= 3) {
		size_t total = 0;
		ssize_t r;
		pid_t c = (pid_t)MUST(fork());
		int s;

		if (c == 0)
			write_all(&a);
		s = (int)MUST(accept(l, NULL, NULL));
		compute(rounds);
		while ((r = MUST(read(s, b, sizeof(b)))) > 0) {
			printf(" %zd", r);
			total += (size_t)r;
		}
		printf("\n");
		CHECK(total == BYTES);
		CHECK(wait_status(c) == 0);
		close(s);
	}
	return 0;
}
