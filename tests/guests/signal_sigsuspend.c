/* signal_sigsuspend: the mask is changed and restored around the wait, and nothing is lost in between. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t got;
static void count(int sig)
{
	(void)sig;
	got++;
}

int main(void)
{
	sigset_t block, old, now;
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &old);
	handle(SIGUSR1, count, 0);
	pid_t parent = getpid(), c = (pid_t)MUST(fork());
	if (c == 0) {
		for (int i = 0; i < 20; i++) {
			kill(parent, SIGUSR1);
			sleep_ns(2 * MS);
		}
		_exit(0);
	}
	while (got < 15)
		CHECK(sigsuspend(&old) == -1 && errno == EINTR);
	sigprocmask(SIG_BLOCK, NULL, &now);
	printf("blocked again %d\n", sigismember(&now, SIGUSR1));
	wait_status(c);
	raise(SIGUSR1);
	int n = got;
	sigsuspend(&old); /* one is pending already */
	printf("pending came at once %d\n", got == n + 1);
	struct timespec none = {0, 0};
	raise(SIGUSR1);
	printf("ppoll with a mask: %s\n", outcome(ppoll(NULL, 0, &none, &old)));
	return 0;
}

/* expect:
blocked again 1
pending came at once 1
ppoll with a mask: EINTR
*/
