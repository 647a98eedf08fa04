/* pipe_into_tcp: splice of a pipe, and sendfile of a file, into a connection that has less room than there is to send wait for all of it to go. */
/* control: same */
/* log: 6.5, for how much a connection with so small a buffer takes is the kernel version's choice (docs/determinism.md, capacities), and shows in what its reader gets at once */
/* expect:
TCP, splice: 200000 sent, 200000 came as they were
TCP, sendfile: 200000 sent, 200000 came as they were
*/
#include "copies.h"

#include <netinet/in.h>

static void connection(int ret[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), room = ROOM;

	MUST(setsockopt(l, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)));
	MUST(bind(l, (struct sockaddr *)&a, n));
	MUST(listen(l, 1));
	MUST(getsockname(l, (struct sockaddr *)&a, &n));
	ret[0] = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	small(ret);
	MUST(connect(ret[0], (struct sockaddr *)&a, n));
	ret[1] = (int)MUST(accept(l, NULL, NULL));
	close(l);
}

int main(void)
{
	int pair[2];

	fill();
	for (int by_splice = 1; by_splice >= 0; by_splice--) {
		connection(pair);
		send_all("TCP", pair, by_splice);
	}
	return 0;
}
