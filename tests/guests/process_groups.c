/* process_groups: process groups and sessions, and the waits and kills that name them. */
/* control: same */
#include "guest.h"

int main(void)
{
	pid_t a = (pid_t)MUST(fork());
	if (a == 0) {
		MUST(setpgid(0, 0));
		pause();
		_exit(1);
	}
	while (getpgid(a) != a)
		sched_yield();
	pid_t b = (pid_t)MUST(fork());
	if (b == 0) {
		MUST(setpgid(0, a));
		kill(getppid(), 0);
		pause();
		_exit(1);
	}
	while (getpgid(b) != a)
		sched_yield();
	printf("group of two: %d %d\n", getpgid(a) == a, getpgid(b) == a);
	int st;
	printf("in my group: %s\n", outcome(waitpid(0, &st, WNOHANG)));
	printf("in theirs: %d\n", waitpid(-a, &st, WNOHANG));
	MUST(kill(-a, SIGTERM));
	int n = 0;
	while (waitpid(-a, &st, 0) > 0)
		n += WIFSIGNALED(st) && WTERMSIG(st) == SIGTERM;
	printf("terminated %d, group gone: %s\n", n, outcome(kill(-a, 0)));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		pid_t old = getsid(0);
		MUST(setsid());
		printf("new session %d leads %d again %s\n", getsid(0) != old, getsid(0) == getpid() && getpgrp() == getpid(), outcome(setsid()));
		_exit(0);
	}
	wait_status(c);
	printf("foreign group: %s\n", outcome(setpgid(0, 999999)));
	return 0;
}

/* expect:
group of two: 1 1
in my group: ECHILD
in theirs: 0
terminated 2, group gone: ESRCH
new session 1 leads 1 again EPERM
foreign group: EPERM
*/
