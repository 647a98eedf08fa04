/* process_sigchld_order: ten children end together; what a SIGCHLD handler sees, call by call. */
/* control: load */
#include "guest.h"

static volatile sig_atomic_t calls, reaped;
static volatile int order[64];

static void on_child(int sig)
{
	int st;
	(void)sig;
	calls++;
	while (waitpid(-1, &st, WNOHANG) > 0)
		order[reaped++] = WEXITSTATUS(st);
	order[reaped + 20] = calls;
}

int main(void)
{
	int gate[2];
	sigset_t block, old;
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	MUST(sigprocmask(SIG_BLOCK, &block, &old));
	handle(SIGCHLD, on_child, SA_RESTART);
	MUST(pipe(gate));
	for (int i = 0; i < 10; i++)
		if (MUST(fork()) == 0) {
			char c;
			close(gate[1]);
			MUST(read(gate[0], &c, 1));
			for (volatile int n = 0; n < 10000 * (i % 4); n++)
				;
			_exit(i);
		}
	close(gate[0]);
	close(gate[1]);
	while (reaped < 10)
		sigsuspend(&old);
	for (int i = 0; i < 10; i++)
		printf("%d(%d) ", order[i], order[i + 21]);
	printf("calls %d\n", calls);
	return 0;
}
