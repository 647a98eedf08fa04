/* process_waitid: what waitid() says of children that exit, are killed, stop and continue; WNOWAIT leaves them. */
/* control: same */
#include "guest.h"

static void show(const char *what, pid_t p, int options)
{
	siginfo_t si;
	memset(&si, 0, sizeof(si));
	MUST(waitid(P_PID, (id_t)p, &si, options));
	printf("%s: signo %d code %d status %d pid %d uid %d errno %d\n", what, si.si_signo == SIGCHLD, si.si_code, si.si_status, si.si_pid == p,
		si.si_uid == getuid(), si.si_errno);
}

int main(void)
{
	pid_t p = (pid_t)MUST(fork());
	if (p == 0)
		_exit(42);
	show("exited, left", p, WEXITED | WNOWAIT);
	show("exited", p, WEXITED);
	p = (pid_t)MUST(fork());
	if (p == 0)
		for (;;)
			pause();
	siginfo_t si;
	si.si_pid = 77;
	MUST(waitid(P_PID, (id_t)p, &si, WEXITED | WNOHANG));
	printf("nothing yet: pid %d\n", si.si_pid);
	MUST(kill(p, SIGSTOP));
	show("stopped", p, WSTOPPED);
	MUST(kill(p, SIGCONT));
	show("continued", p, WCONTINUED);
	MUST(kill(p, SIGKILL));
	show("killed", p, WEXITED);
	printf("then %s\n", outcome(waitid(P_ALL, 0, &si, WEXITED)));
	p = (pid_t)MUST(fork());
	if (p == 0)
		_exit(7);
	int fd = (int)syscall(SYS_pidfd_open, p, 0);
	if (fd >= 0)
		MUST(waitid((idtype_t)3 /* P_PIDFD */, (id_t)fd, &si, WEXITED));
	else
		MUST(waitid(P_PID, (id_t)p, &si, WEXITED));
	printf("by descriptor: %d\n", si.si_status);
	printf("no options: %s\n", outcome(waitid(P_ALL, 0, &si, 0)));
	return 0;
}

/* expect:
exited, left: signo 1 code 1 status 42 pid 1 uid 1 errno 0
exited: signo 1 code 1 status 42 pid 1 uid 1 errno 0
nothing yet: pid 0
stopped: signo 1 code 5 status 19 pid 1 uid 1 errno 0
continued: signo 1 code 6 status 18 pid 1 uid 1 errno 0
killed: signo 1 code 2 status 9 pid 1 uid 1 errno 0
then ECHILD
by descriptor: 7
no options: EINVAL
*/
