/* signal_signalfd: signals read as records, seen by poll; the child's end among them. */
/* control: same */
#include "guest.h"
#include <sys/signalfd.h>

int main(void)
{
	sigset_t s;
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigaddset(&s, SIGCHLD);
	sigprocmask(SIG_BLOCK, &s, NULL);
	int fd = (int)MUST(signalfd(-1, &s, SFD_NONBLOCK));
	struct signalfd_siginfo si;
	printf("none: %s\n", outcome(read(fd, &si, sizeof(si))));
	MUST(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 12}));
	struct pollfd p = {.fd = fd, .events = POLLIN};
	printf("poll %d\n", poll(&p, 1, -1));
	MUST(read(fd, &si, sizeof(si)));
	printf("signal %d value %d self %d\n", si.ssi_signo == SIGUSR1, si.ssi_int, si.ssi_pid == (uint32_t)getpid());
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		sleep_ns(5 * MS);
		_exit(9);
	}
	printf("poll %d\n", poll(&p, 1, -1));
	MUST(read(fd, &si, sizeof(si)));
	printf("child %d status %d code %d\n", si.ssi_pid == (uint32_t)c, si.ssi_status, si.ssi_code);
	wait_status(c);
	MUST(fcntl(fd, F_SETFL, 0));
	pid_t parent = getpid();
	c = (pid_t)MUST(fork());
	if (c == 0) {
		sleep_ns(5 * MS);
		kill(parent, SIGUSR1);
		sleep_ns(20 * MS);
		_exit(0);
	}
	MUST(read(fd, &si, sizeof(si))); /* blocks */
	printf("blocking read: from the child %d\n", si.ssi_pid == (uint32_t)c && si.ssi_signo == SIGUSR1);
	wait_status(c);
	return 0;
}

/* expect:
none: EAGAIN
poll 1
signal 1 value 12 self 1
poll 1
child 1 status 9 code 1
blocking read: from the child 1
*/
