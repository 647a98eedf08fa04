/* time_timer_signalfd: a timer whose signals are read through a signalfd goes on, and counts those that were too many; an alarm says who sent it. */
/* control: same */
/* expect:
read: timer 7, no overrun
read: timer 7, no overrun
read late: timer 7, overruns
the alarm: from the kernel
*/
#include "guest.h"

#include <sys/signalfd.h>

static struct signalfd_siginfo taken(int fd)
{
	struct signalfd_siginfo s;

	CHECK(read(fd, &s, sizeof(s)) == sizeof(s));
	return s;
}

static void tell(const char *what, struct signalfd_siginfo s)
{
	printf("%s: %s %u, %s\n", what, s.ssi_code == SI_TIMER ? "timer" : "other", s.ssi_int, s.ssi_overrun ? "overruns" : "no overrun");
}

int main(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 7 };
	struct itimerspec often = { { 0, 100 * MS }, { 0, 100 * MS } };
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	sigset_t set;
	timer_t t;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGALRM);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	fd = (int)MUST(signalfd(-1, &set, 0));
	MUST(timer_create(CLOCK_MONOTONIC, &e, &t));
	MUST(timer_settime(t, 0, &often, NULL));
	tell("read", taken(fd));
	tell("read", taken(fd));
	sleep_ns(350 * MS);
	tell("read late", taken(fd));
	MUST(timer_delete(t));
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	printf("the alarm: %s\n", taken(fd).ssi_code == SI_KERNEL ? "from the kernel" : "from somebody");
	return 0;
}
