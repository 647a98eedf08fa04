/* net_small_writes: two small writes to a TCP socket arrive before a deadline of the reader's; options read back as they were set. */
/* control: same */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static int option(int s, int name)
{
	int v = -1;
	socklen_t n = sizeof(v);
	MUST(getsockopt(s, IPPROTO_TCP, name, &v, &n));
	return v;
}

int main(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	char b[100];
	int on = 1, l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), c = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), s;
	MUST(bind(l, (struct sockaddr *)&a, sizeof(a)));
	MUST(listen(l, 5));
	MUST(getsockname(l, (struct sockaddr *)&a, &n));
	MUST(connect(c, (struct sockaddr *)&a, sizeof(a)));
	s = (int)MUST(accept(l, NULL, NULL));
	for (int i = 0; i < 3; i++) {
		struct pollfd p = {.fd = s, .events = POLLIN};
		long got;
		MUST(send(c, "thirty-two bytes of a small write", 32, i == 2 ? MSG_MORE : 0));
		MUST(poll(&p, 1, 1000));
		got = MUST(recv(s, b, sizeof(b), MSG_DONTWAIT));
		MUST(send(c, "rest", 4, 0));
		while (got < 36 && MUST(poll(&p, 1, 1000)) == 1)
			got += MUST(recv(s, b, sizeof(b), MSG_DONTWAIT));
		printf("round %d: %ld\n", i, got);
	}
	printf("nodelay %d cork %d\n", option(c, TCP_NODELAY), option(c, TCP_CORK));
	MUST(setsockopt(l, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	MUST(setsockopt(c, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)));
	printf("nodelay %d cork %d\n", option(c, TCP_NODELAY), option(c, TCP_CORK));
	close(c);
	c = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(c, (struct sockaddr *)&a, sizeof(a)));
	s = (int)MUST(accept(l, NULL, NULL));
	printf("inherited %d, own %d\n", option(s, TCP_NODELAY), option(c, TCP_NODELAY));
	return 0;
}

/* expect:
round 0: 36
round 1: 36
round 2: 36
nodelay 0 cork 0
nodelay 0 cork 1
inherited 1, own 0
*/
