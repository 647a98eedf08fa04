/* time_itimer: five ticks of an interval timer; what getitimer says is left is sane; disarming ends it. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t ticks;
static void tick(int sig)
{
	(void)sig;
	ticks++;
}

int main(void)
{
	sigset_t block, old;
	sigemptyset(&block);
	sigaddset(&block, SIGALRM);
	MUST(sigprocmask(SIG_BLOCK, &block, &old));
	handle(SIGALRM, tick, 0);
	struct itimerval it = {{0, 10000}, {0, 20000}}, now, off = {{0, 0}, {0, 0}};
	int64_t start = clock_ns(CLOCK_MONOTONIC);
	MUST(setitimer(ITIMER_REAL, &it, NULL));
	MUST(getitimer(ITIMER_REAL, &now));
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_usec > 0 && now.it_value.tv_usec <= 20001);
	CHECK(now.it_interval.tv_usec == 10000);
	while (ticks < 5)
		sigsuspend(&old);
	CHECK(clock_ns(CLOCK_MONOTONIC) - start >= 59 * MS);
	MUST(setitimer(ITIMER_REAL, &off, &now));
	printf("five ticks, interval %ld\n", (long)now.it_interval.tv_usec);
	int n = ticks;
	sleep_ns(30 * MS);
	MUST(sigprocmask(SIG_SETMASK, &old, NULL));
	CHECK(ticks <= n + 1); /* one may have been pending */
	printf("bad timer: %s\n", outcome(setitimer((enum __itimer_which)7, &off, NULL)));
	return 0;
}

/* expect:
five ticks, interval 10000
bad timer: EINVAL
*/
