/* net_urgent: an urgent byte of TCP ends a read, out of line and in line; what follows the window is read at once. */
/* control: same */
/* expect:
read abc, at the mark 1
urgent d
read ef, at the mark 0
in line: read abc, at the mark 1
in line: read def, at the mark 0
peeked 3, read 6
*/
#include "guest.h"
#include <netinet/in.h>

static void tell(const char *what, int fd)
{
	char b[64];
	ssize_t n = MUST(read(fd, b, sizeof b));

	printf("%s %.*s, at the mark %d\n", what, (int)n, b, (int)MUST(sockatmark(fd)));
}

int main(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof in;
	int server = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), to = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), from, on = 1;
	char b[16];

	MUST(bind(server, (struct sockaddr *)&in, sizeof in));
	MUST(listen(server, 1));
	MUST(getsockname(server, (struct sockaddr *)&in, &n));
	MUST(connect(to, (struct sockaddr *)&in, sizeof in));
	from = (int)MUST(accept(server, NULL, NULL));
	for (int k = 0; k < 2; k++) {
		MUST(send(to, "abc", 3, 0));
		MUST(send(to, "d", 1, MSG_OOB));
		MUST(send(to, "ef", 2, 0));
		sleep_ns(10 * MS);
		if (k == 0) {
			tell("read", from);
			CHECK(recv(from, b, sizeof b, MSG_OOB) == 1);
			printf("urgent %c\n", b[0]);
			tell("read", from);
			MUST(setsockopt(from, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
		} else {
			tell("in line: read", from);
			tell("in line: read", from);
		}
	}
	MUST(send(to, "ghijkl", 6, 0));
	sleep_ns(10 * MS);
	printf("peeked %zd,", MUST(recv(from, b, 3, MSG_PEEK)));
	printf(" read %zd\n", MUST(recv(from, b, sizeof b, 0)));
	return 0;
}
