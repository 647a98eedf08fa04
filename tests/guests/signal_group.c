/* signal_group: one kill() for a whole process group, its sender included. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t got;
static void on(int sig)
{
	(void)sig;
	got++;
}

int main(void)
{
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		int ready[2];
		char b;
		sigset_t s, old;
		sigemptyset(&s);
		sigaddset(&s, SIGUSR1);
		sigprocmask(SIG_BLOCK, &s, &old);
		MUST(setsid());
		handle(SIGUSR1, on, 0);
		MUST(pipe(ready));
		for (int i = 0; i < 4; i++)
			if (MUST(fork()) == 0) {
				MUST(write(ready[1], "r", 1));
				while (!got)
					sigsuspend(&old);
				_exit(20 + i);
			}
		for (int i = 0; i < 4; i++)
			MUST(read(ready[0], &b, 1));
		MUST(kill(0, SIGUSR1));
		sigprocmask(SIG_SETMASK, &old, NULL);
		int st, sum = 0;
		while (wait(&st) > 0)
			sum += WEXITSTATUS(st);
		printf("members %d, sender %d\n", sum, got);
		_exit(0);
	}
	printf("%s\n", status_words(wait_status(c)));
	return 0;
}

/* expect:
members 86, sender 1
exit 0
*/
