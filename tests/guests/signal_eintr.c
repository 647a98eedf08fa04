/* signal_eintr: a signal from a child interrupts waits of many kinds, each once. */
/* control: same */
#include "guest.h"
#include <sys/epoll.h>
#include <sys/select.h>

static volatile sig_atomic_t got;
static void on(int sig)
{
	(void)sig;
	got++;
}

static pid_t poke(void)
{
	pid_t parent = getpid(), c = (pid_t)MUST(fork());
	if (c == 0) {
		sleep_ns(15 * MS);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	return c;
}

int main(void)
{
	int p[2], s[2], e = (int)MUST(epoll_create1(0));
	char b;
	fd_set r;
	struct epoll_event ev;
	handle(SIGUSR1, on, 0);
	MUST(pipe(p));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	for (int i = 0; i < 6; i++) {
		pid_t c = poke();
		long v = 0;
		int err = 0;
		switch (i) {
		case 0:
			v = read(p[0], &b, 1);
			break;
		case 1:
			v = recv(s[0], &b, 1, 0);
			break;
		case 2:
			FD_ZERO(&r);
			FD_SET(p[0], &r);
			v = select(p[0] + 1, &r, NULL, NULL, NULL);
			break;
		case 3:
			v = epoll_wait(e, &ev, 1, -1);
			break;
		case 4:
			v = pause();
			break;
		case 5:
			v = sleep(5) > 0 ? -1 : 0;
			errno = EINTR;
			break;
		}
		err = errno;
		errno = err;
		printf("%d: %s\n", i, outcome(v));
		while (waitpid(c, NULL, 0) == -1 && errno == EINTR)
			;
	}
	printf("handled %d\n", got);
	return 0;
}

/* expect:
0: EINTR
1: EINTR
2: EINTR
3: EINTR
4: EINTR
5: EINTR
handled 6
*/
