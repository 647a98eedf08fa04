/* time_row_of_reads: a clock that is read again and again, into one place or several, from others in between, over a timer's end, into no memory. */
/* control: differs */
#include "guest.h"
#include <sys/time.h>

static long long ns(const struct timespec *t)
{
	return t->tv_sec * 1000000000LL + t->tv_nsec;
}

/* What n reads in a row show: the steps between them. */
static void row(const char *name, clockid_t id, int n)
{
	struct timespec t, before;

	MUST(clock_gettime(id, &before));
	printf("%s:", name);
	for (int i = 0; i < n; i++) {
		MUST(clock_gettime(id, &t));
		printf(" %lld", ns(&t) - ns(&before));
		before = t;
	}
	printf("\n");
	fflush(stdout);
}

static volatile sig_atomic_t rang;

static void on_alarm(int signo)
{
	(void)signo;
	rang++;
}

static void over_a_timer(void)
{
	struct itimerval soon = {{0, 0}, {0, 20000}};
	struct sigaction a = {.sa_handler = on_alarm};
	struct timespec t;
	int n = 0;

	MUST(sigaction(SIGALRM, &a, NULL));
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	while (!rang && n < 100000)
		n += clock_gettime(CLOCK_MONOTONIC, &t) == 0;
	printf("timer: after %d reads, %d\n", n, (int)rang);
}

int main(void)
{
	struct timespec t, u, *nowhere = (struct timespec *)(uintptr_t)16;
	long long sum = 0;

	printf("%lld\n", (long long)time(NULL));
	row("monotonic", CLOCK_MONOTONIC, 14);
	row("realtime", CLOCK_REALTIME, 14);
	row("coarse", CLOCK_MONOTONIC_COARSE, 14);
	row("process", CLOCK_PROCESS_CPUTIME_ID, 5);
	row("boot", CLOCK_BOOTTIME, 5);
	for (int i = 0; i < 3000; i++) {
		clock_gettime(i % 3 ? CLOCK_MONOTONIC : CLOCK_REALTIME, i % 7 ? &t : &u);
		sum += ns(i % 7 ? &t : &u) % 1000000007;
		if (i % 50 == 0)
			sum += getpid();
		if (i % 500 == 499)
			printf("%lld\n", sum);
	}
	for (int i = 0; i < 3; i++)
		clock_gettime(CLOCK_MONOTONIC, &t);
	printf("nowhere: %s\n", outcome(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, nowhere)));
	row("after that", CLOCK_MONOTONIC, 3);
	over_a_timer();
	row("at last", CLOCK_PROCESS_CPUTIME_ID, 3);
	return 0;
}
