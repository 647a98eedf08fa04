/* time_cpu_spin: threads spin without any call until a CPU timer fires; RLIMIT_CPU ends a child that never stops. */
/* control: same */
#include "guest.h"
#include <sys/resource.h>

static volatile sig_atomic_t fired;
static void on_signal(int sig)
{
	fired = sig;
}

static void spin(const char *what)
{
	fired = 0;
	printf("%s ", what);
	fflush(stdout);
}

int main(void)
{
	struct itimerval once = {{0, 0}, {0, 200000}};
	struct itimerspec its = {{0, 0}, {0, 200000000}};
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct rlimit lim = {1, 2};
	timer_t timer;
	int status;
	pid_t pid;

	handle(SIGVTALRM, on_signal, 0);
	handle(SIGPROF, on_signal, 0);
	handle(SIGUSR1, on_signal, 0);
	spin("virtual");
	MUST(setitimer(ITIMER_VIRTUAL, &once, NULL));
	while (!fired)
		;
	CHECK(fired == SIGVTALRM);
	spin("prof");
	MUST(setitimer(ITIMER_PROF, &once, NULL));
	while (!fired)
		__builtin_ia32_pause();
	CHECK(fired == SIGPROF);
	spin("thread");
	MUST(timer_create(CLOCK_THREAD_CPUTIME_ID, &ev, &timer));
	MUST(timer_settime(timer, 0, &its, NULL));
	while (!fired)
		;
	CHECK(fired == SIGUSR1);
	pid = fork();
	if (pid == 0) {
		MUST(setrlimit(RLIMIT_CPU, &lim));
		handle(SIGXCPU, on_signal, 0);
		fired = 0;
		while (!fired)
			;
		for (volatile int zero = 0; !zero;)
			;
	}
	MUST(waitpid(pid, &status, 0));
	printf("and the limit: signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return 0;
}

/* expect:
virtual prof thread and the limit: signal 9
*/
