/* time_timer_create: a POSIX timer's signal carries its value; a disarmed timer is silent; overruns are counted. */
/* control: same */
#include "guest.h"

int main(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 4711};
	timer_t id;
	MUST(timer_create(CLOCK_MONOTONIC, &ev, &id));
	struct itimerspec it = {{0, 0}, {0, 10 * MS}}, left;
	MUST(timer_settime(id, 0, &it, NULL));
	siginfo_t si;
	MUST(sigwaitinfo(&set, &si));
	printf("signo %d code %d value %d\n", si.si_signo == SIGRTMIN, si.si_code, si.si_value.sival_int);
	MUST(timer_gettime(id, &left));
	printf("left %ld overrun %d\n", left.it_value.tv_nsec, timer_getoverrun(id));
	it.it_interval.tv_nsec = 5 * MS;
	MUST(timer_settime(id, 0, &it, NULL));
	sleep_ns(42 * MS);
	MUST(sigwaitinfo(&set, &si));
	CHECK(timer_getoverrun(id) >= 4);
	MUST(timer_delete(id));
	struct timespec soon = {0, 12 * MS};
	while (sigtimedwait(&set, &si, &soon) == SIGRTMIN)
		;
	printf("after delete: %s\n", outcome(timer_gettime(id, &left)));
	return 0;
}

/* expect:
signo 1 code -2 value 4711
left 0 overrun 0
after delete: EINVAL
*/
