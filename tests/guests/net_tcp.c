/* net_tcp: a server and a client over the loopback; the kernel chooses the ports. */
/* control: differs */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>

int main(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, peer;
	socklen_t n = sizeof(a);
	int l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(bind(l, (struct sockaddr *)&a, sizeof(a)));
	MUST(listen(l, 5));
	MUST(getsockname(l, (struct sockaddr *)&a, &n));
	printf("server port %d\n", ntohs(a.sin_port));
	pid_t c = (pid_t)MUST(fork());
	static char b[300000];
	if (c == 0) {
		int s = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
		MUST(connect(s, (struct sockaddr *)&a, sizeof(a)));
		for (size_t done = 0; done < sizeof(b);)
			done += (size_t)MUST(write(s, b + done, sizeof(b) - done));
		MUST(shutdown(s, SHUT_WR));
		char last;
		_exit(read(s, &last, 1) == 1 && last == '!' ? 0 : 1);
	}
	n = sizeof(peer);
	int s = (int)MUST(accept(l, (struct sockaddr *)&peer, &n));
	printf("client port %d\n", ntohs(peer.sin_port));
	size_t total = 0;
	ssize_t r;
	while ((r = MUST(read(s, b, sizeof(b)))) > 0)
		total += (size_t)r;
	MUST(write(s, "!", 1));
	CHECK(total == sizeof(b));
	CHECK(wait_status(c) == 0);
	close(s);
	close(l);
	s = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	CHECK(connect(s, (struct sockaddr *)&a, sizeof(a)) == -1 && errno == ECONNREFUSED);
	return 0;
}
