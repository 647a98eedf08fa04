/* net_ports: ports and names that the kernel chooses: counted, where natively they are drawn. */
/* control: differs */
#include "guest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>

static unsigned port(int fd)
{
	struct sockaddr_in6 a;
	socklen_t n = sizeof(a);

	MUST(getsockname(fd, (struct sockaddr *)&a, &n));
	return ntohs(a.sin6_port);
}

int main(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 b = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	socklen_t n = sizeof(a);

	int l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(bind(l, (struct sockaddr *)&a, sizeof(a)));
	MUST(listen(l, 8));
	printf("bound %u\n", port(l));
	MUST(getsockname(l, (struct sockaddr *)&a, &n));
	for (int i = 0; i < 4; i++) {
		int s = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
		MUST(connect(s, (struct sockaddr *)&a, sizeof(a)));
		printf("connected from %u\n", port(s));
	}
	int u = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(sendto(u, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)));
	printf("sent from %u\n", port(u));
	int refused = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), written = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), now = (int)MUST(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	CHECK(send(refused, "x", 1, MSG_OOB) < 0 && write(written, "x", 1) < 0 && write(now, "x", 1) < 0); /* to nobody, and named all the same */
	printf("named by a failure %u %u %u\n", port(refused), port(written), port(now));
	int unsent = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), stream = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), end[2], on = 1;
	CHECK(sendmmsg(unsent, NULL, 0, 0) == 0 && sendmsg(unsent, NULL, 0) < 0 && send(stream, "x", 1, MSG_NOSIGNAL) < 0);
	printf("nothing is sent: %u %u\n", port(unsent), port(stream));
	int late = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), fast = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), ways[2];
	MUST(pipe(ways));
	pid_t child = (pid_t)MUST(fork());
	if (child == 0) {
		usleep(10000);
		MUST(write(ways[1], "x", 1));
		_exit(0);
	}
	CHECK(splice(ways[0], NULL, late, NULL, 1, 0) < 0); /* to nobody, after a wait */
	wait_status(child);
	sendto(fast, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&a, sizeof(a));
	printf("after a wait %u, while it connects %u\n", port(late), port(fast));
	struct sockaddr_un named;
	char byte;
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, end));
	MUST(setsockopt(end[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	MUST(write(end[0], "x", 1));
	n = sizeof(named);
	MUST(recvfrom(end[1], &byte, 1, 0, (struct sockaddr *)&named, &n));
	printf("who passes credentials: %.*s\n", (int)(n - offsetof(struct sockaddr_un, sun_path)) - 1, named.sun_path + 1);
	int l6 = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0));
	MUST(bind(l6, (struct sockaddr *)&b, sizeof(b)));
	printf("v6 %u\n", port(l6));
	int q = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(listen(q, 1));
	printf("listening without a name %u\n", port(q));
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(s, (struct sockaddr *)&un, sizeof(sa_family_t)));
	n = sizeof(un);
	MUST(getsockname(s, (struct sockaddr *)&un, &n));
	printf("abstract %.*s\n", (int)(n - offsetof(struct sockaddr_un, sun_path)) - 1, un.sun_path + 1);
	return 0;
}
