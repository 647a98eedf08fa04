/* signal_spin: a child without threads spins until its parent, who can run, sends a signal. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t got;
static void on_usr1(int sig)
{
	(void)sig;
	got = 1;
}

int main(void)
{
	int status, p[2];
	char c;
	pid_t pid;

	handle(SIGUSR1, on_usr1, 0);
	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		MUST(write(p[1], "x", 1));
		while (!got)
			__builtin_ia32_pause();
		_exit(7);
	}
	MUST(read(p[0], &c, 1));
	MUST(kill(pid, SIGUSR1));
	MUST(waitpid(pid, &status, 0));
	printf("child ended with %d\n", WEXITSTATUS(status));
	return 0;
}

/* expect:
child ended with 7
*/
