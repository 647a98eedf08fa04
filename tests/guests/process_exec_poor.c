/* A program begins with no descriptor to spare, and with signals that wait for it: what is done before its first instruction needs one, and lets
 * the others wait. */
/* control: same */
/* flags: -static */
/* expect:
no descriptors: begun
waiting: SIGUSR1 as sent, SIGUSR2 as sent
plenty: begun
*/
#include "guest.h"

static void begin(char *self, char *how)
{
	char *argv[] = { self, how, NULL };
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		struct rlimit none = { 0, 0 };
		sigset_t s;

		sigemptyset(&s);
		sigaddset(&s, SIGUSR1);
		sigaddset(&s, SIGUSR2);
		if (!strcmp(how, "no descriptors"))
			setrlimit(RLIMIT_NOFILE, &none);
		if (!strcmp(how, "waiting")) {
			sigprocmask(SIG_BLOCK, &s, NULL);
			kill(getpid(), SIGUSR1);
			raise(SIGUSR2);
		}
		execv("/proc/self/exe", argv);
		_exit(1);
	}
	waitpid(child, &status, 0);
	if (status)
		printf("BAD: %s ended with %x\n", how, (unsigned)status);
}

static bool as_sent(int signo, int code)
{
	const struct timespec none = { 0, 0 };
	siginfo_t si;
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, signo);
	return sigtimedwait(&s, &si, &none) == signo && si.si_code == code && si.si_pid == getpid();
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "waiting")) {
		printf("waiting: SIGUSR1 %s, SIGUSR2 %s\n", as_sent(SIGUSR1, SI_USER) ? "as sent" : "changed", as_sent(SIGUSR2, SI_USER) ? "as sent" : "changed");
		return 0;
	}
	if (argc > 1) {
		printf("%s: begun\n", argv[1]);
		return 0;
	}
	begin(argv[0], "no descriptors");
	begin(argv[0], "waiting");
	begin(argv[0], "plenty");
	return 0;
}
