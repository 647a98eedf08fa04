/* time_sleeps: sleeping on every clock, for a while and until a moment; what is left after a signal; what is not allowed. */
/* control: same */
#include "guest.h"

static void on_sig(int sig)
{
	(void)sig;
}

static const struct { const char *name; clockid_t id; } clocks[] = {
	{"realtime", CLOCK_REALTIME}, {"monotonic", CLOCK_MONOTONIC}, {"boottime", CLOCK_BOOTTIME}, {"tai", CLOCK_TAI},
};

static struct timespec at(clockid_t id, int64_t after)
{
	int64_t t = clock_ns(id) + after;

	return (struct timespec){t / NS, t % NS};
}

int main(void)
{
	struct timespec t;
	unsigned more;
	static struct timespec left = {5, 5};
	struct itimerval it = {{0, 0}, {0, 20000}};

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		int64_t before = clock_ns(clocks[i].id);
		t = (struct timespec){0, 15 * MS};
		int r = clock_nanosleep(clocks[i].id, 0, &t, NULL);
		int64_t between = clock_ns(clocks[i].id);
		printf("%s: %d, enough %d", clocks[i].name, r, between - before >= 15 * MS);
		t = at(clocks[i].id, 15 * MS);
		r = clock_nanosleep(clocks[i].id, TIMER_ABSTIME, &t, NULL);
		printf(", until: %d, enough %d", r, clock_ns(clocks[i].id) >= t.tv_sec * NS + t.tv_nsec);
		t = at(clocks[i].id, -NS);
		printf(", past: %d\n", clock_nanosleep(clocks[i].id, TIMER_ABSTIME, &t, NULL));
	}
	t = (struct timespec){0, NS};
	printf("a whole second of nanoseconds: %s\n", strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL)));
	t = (struct timespec){-1, 0};
	printf("before now: %s\n", strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL)));
	t = (struct timespec){0, 1};
	printf("own CPU time: %s\n", strerrorname_np(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL)));
	printf("no such clock: %s\n", strerrorname_np(clock_nanosleep(99, 0, &t, NULL)));
	printf("coarse: %s\n", strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC_COARSE, 0, &t, NULL)));

	handle(SIGALRM, on_sig, SA_RESTART);
	MUST(setitimer(ITIMER_REAL, &it, NULL));
	t = (struct timespec){2, 0};
	printf("interrupted: %s", strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left)));
	printf(", left %s\n", left.tv_sec <= 1 ? "most" : "wrong");
	MUST(setitimer(ITIMER_REAL, &it, NULL));
	t = at(CLOCK_MONOTONIC, 2 * NS);
	left = (struct timespec){5, 5};
	printf("until, interrupted: %s", strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left)));
	printf(", left untouched %d\n", left.tv_sec == 5);

	/* alarm and pause; sleep(3) is interrupted; what is left of an alarm. */
	printf("alarm: %u", alarm(100));
	sleep_ns(1200 * MS);
	more = alarm(1);
	printf(" %s", more > 90 && more < 100 ? "most" : "wrong");
	printf(" pause %s", outcome(pause()));
	printf(" %u\n", alarm(0));
	alarm(1);
	more = sleep(3);
	printf("sleep, left some: %d\n", more == 1 || more == 2);
	useconds_t us = 20000;
	printf("usleep: %d\n", usleep(us));
	return 0;
}

/* expect:
realtime: 0, enough 1, until: 0, enough 1, past: 0
monotonic: 0, enough 1, until: 0, enough 1, past: 0
boottime: 0, enough 1, until: 0, enough 1, past: 0
tai: 0, enough 1, until: 0, enough 1, past: 0
a whole second of nanoseconds: EINVAL
before now: EINVAL
own CPU time: EINVAL
no such clock: EINVAL
coarse: EOPNOTSUPP
interrupted: EINTR, left most
until, interrupted: EINTR, left untouched 1
alarm: 0 most pause EINTR 0
sleep, left some: 1
usleep: 0
*/
