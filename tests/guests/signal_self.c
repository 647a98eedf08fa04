/* signal_self: a signal to oneself is delivered before the call returns; blocked, it waits; twice is once. */
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
	handle(SIGUSR1, count, 0);
	for (int i = 0; i < 100; i++) {
		int before = got;
		if (i % 3 == 0)
			kill(getpid(), SIGUSR1);
		else if (i % 3 == 1)
			raise(SIGUSR1);
		else
			syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1);
		CHECK(got == before + 1);
	}
	sigset_t s, pending;
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigprocmask(SIG_BLOCK, &s, NULL);
	raise(SIGUSR1);
	raise(SIGUSR1);
	sigpending(&pending);
	printf("got %d, pending %d\n", got, sigismember(&pending, SIGUSR1));
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	printf("got %d\n", got);
	printf("nobody %s, bad signal %s, zero %s\n", outcome(kill(999999, 0)), outcome(kill(getpid(), 99)), outcome(kill(getpid(), 0)));
	printf("kill cannot be caught: %s\n", outcome(sigaction(SIGKILL, &(struct sigaction){.sa_handler = count}, NULL)));
	return 0;
}

/* expect:
got 100, pending 1
got 101
nobody ESRCH, bad signal EINVAL, zero ok
kill cannot be caught: EINVAL
*/
