/* pipe_sigpipe: writing where nobody reads: the signal ends the writer; ignored, it is an error. */
/* control: same */
#include "guest.h"

int main(void)
{
	int p[2];
	MUST(pipe(p));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		close(p[0]);
		for (;;)
			MUST(write(p[1], "y\n", 2));
	}
	close(p[1]);
	char b[100];
	MUST(read(p[0], b, sizeof(b)));
	close(p[0]);
	printf("writer: %s\n", status_words(wait_status(c)));
	MUST(pipe(p));
	close(p[0]);
	handle(SIGPIPE, SIG_IGN, 0);
	printf("ignored: %s\n", outcome(write(p[1], "x", 1)));
	int s[2];
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	close(s[1]);
	printf("socket: %s\n", outcome(send(s[0], "x", 1, MSG_NOSIGNAL)));
	handle(SIGPIPE, SIG_DFL, 0);
	printf("yes | head: %s\n", status_words(system("yes | head -n 3")));
	return 0;
}

/* expect:
writer: signal 13
ignored: EPIPE
socket: EPIPE
y
y
y
yes | head: exit 0
*/
