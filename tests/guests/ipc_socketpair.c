/* ipc_socketpair: two hundred rounds between two processes; message boundaries; half-closed ends. */
/* control: same */
#include "guest.h"

int main(void)
{
	int s[2], n = 0;
	char b[64] = "";
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		close(s[0]);
		while (read(s[1], &n, sizeof(n)) == sizeof(n)) {
			n++;
			MUST(write(s[1], &n, sizeof(n)));
		}
		_exit(n % 256);
	}
	close(s[1]);
	for (int i = 0; i < 200; i++) {
		MUST(write(s[0], &n, sizeof(n)));
		MUST(read(s[0], &n, sizeof(n)));
	}
	MUST(shutdown(s[0], SHUT_WR));
	printf("%d %s, end %ld\n", n, status_words(wait_status(c)), MUST(read(s[0], b, 1)));
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
	MUST(send(s[0], "first", 5, 0));
	MUST(send(s[0], "second", 6, 0));
	printf("packet of %ld\n", MUST(recv(s[1], b, 3, MSG_PEEK | MSG_TRUNC)));
	MUST(recv(s[1], b, 3, 0));
	printf("cut to %.3s\n", b);
	MUST(recv(s[1], b, sizeof(b), 0));
	printf("next %.6s\n", b);
	printf("none: %s\n", outcome(recv(s[1], b, 1, MSG_DONTWAIT)));
	struct timeval tv = {0, 10000};
	MUST(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	printf("time-out: %s\n", outcome(recv(s[1], b, 1, 0)));
	return 0;
}

/* expect:
200 exit 200, end 0
packet of 5
cut to fir
next second
none: EAGAIN
time-out: EAGAIN
*/
