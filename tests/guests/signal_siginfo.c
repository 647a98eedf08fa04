/* signal_siginfo: all that a handler is told: sender, uid, value, the child's times, the address and registers. */
/* control: differs */
#include "guest.h"
#include <ucontext.h>

static volatile siginfo_t last;
static volatile greg_t sp;

static void on(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	*(siginfo_t *)(uintptr_t)&last = *si;
	sp = ((ucontext_t *)uc)->uc_mcontext.gregs[REG_RSP];
}

static void show(const char *what)
{
	printf("%s: signo %d code %d pid %d uid %u status %d utime %ld stime %ld sp %llx\n", what, last.si_signo, last.si_code, last.si_pid,
		last.si_uid, last.si_signo == SIGCHLD ? last.si_status : 0, last.si_signo == SIGCHLD ? (long)last.si_utime : 0,
		last.si_signo == SIGCHLD ? (long)last.si_stime : 0, sp);
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on, .sa_flags = SA_SIGINFO | SA_RESTART};
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGCHLD, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	kill(getpid(), SIGUSR1);
	show("kill");
	sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 5});
	show("queue");
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		int64_t end = clock_ns(CLOCK_PROCESS_CPUTIME_ID) + 25 * MS;
		while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < end)
			;
		_exit(4);
	}
	while (waitpid(c, NULL, 0) != c)
		;
	show("child");
	CHECK(last.si_pid == c && last.si_status == 4);
	struct itimerval it = {{0, 0}, {0, 5000}};
	setitimer(ITIMER_REAL, &it, NULL);
	pause();
	show("alarm");
	return 0;
}
