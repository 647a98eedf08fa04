/* process_sigchld_ignored: with SIGCHLD ignored, or SA_NOCLDWAIT, children leave nothing to wait for. */
/* control: same */
#include "guest.h"

int main(void)
{
	int st;
	handle(SIGCHLD, SIG_IGN, 0);
	for (int i = 0; i < 3; i++)
		if (MUST(fork()) == 0)
			_exit(i);
	printf("ignored: %s\n", outcome(wait(&st)));
	handle(SIGCHLD, SIG_DFL, SA_NOCLDWAIT);
	pid_t p = (pid_t)MUST(fork());
	if (p == 0) {
		sleep_ns(5 * MS);
		_exit(1);
	}
	printf("nocldwait: %s\n", outcome(waitpid(p, &st, 0)));
	CHECK(kill(p, 0) == -1);
	handle(SIGCHLD, SIG_DFL, 0);
	p = (pid_t)MUST(fork());
	if (p == 0)
		_exit(6);
	printf("default: %s\n", status_words(wait_status(p)));
	return 0;
}

/* expect:
ignored: ECHILD
nocldwait: ECHILD
default: exit 6
*/
