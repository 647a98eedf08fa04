/* net_udp: datagrams over the loopback in order; a time-out; IPv6 or its absence. */
/* control: same */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>

int main(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from;
	socklen_t n = sizeof(a);
	int s = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(bind(s, (struct sockaddr *)&a, sizeof(a)));
	MUST(getsockname(s, (struct sockaddr *)&a, &n));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		int t = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
		for (int i = 0; i < 5; i++) {
			char b[16];
			int len = snprintf(b, sizeof(b), "message %d", i);
			MUST(sendto(t, b, (size_t)len, 0, (struct sockaddr *)&a, sizeof(a)));
		}
		_exit(0);
	}
	for (int i = 0; i < 5; i++) {
		char b[32] = "";
		n = sizeof(from);
		MUST(recvfrom(s, b, sizeof(b), 0, (struct sockaddr *)&from, &n));
		printf("%s from loopback %d\n", b, from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	}
	wait_status(c);
	struct timeval tv = {0, 10000};
	char x;
	MUST(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	printf("time-out: %s\n", outcome(recv(s, &x, 1, 0)));
	struct pollfd p = {.fd = s, .events = POLLIN};
	printf("poll: %d\n", poll(&p, 1, 5));
	return 0;
}

/* expect:
message 0 from loopback 1
message 1 from loopback 1
message 2 from loopback 1
message 3 from loopback 1
message 4 from loopback 1
time-out: EAGAIN
poll: 0
*/
