/* time_row_of_calls: calls that change nothing, the same one again and again: what they answer, what the clock says behind them, where a timer comes in between. */
/* control: differs */
#include "guest.h"
#include <sys/time.h>

static long long now(clockid_t id)
{
	struct timespec t;

	MUST(clock_gettime(id, &t));
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static volatile sig_atomic_t rang;

static void on_alarm(int signo)
{
	(void)signo;
	rang++;
}

/* Rows of one to 40 calls, with what is not the same in between: another call, one that fails, one that changes something, one that is no event. */
static void rows(int fd)
{
	long long begin = now(CLOCK_MONOTONIC), sum = 0;
	struct timespec t;
	struct stat st;
	char byte;

	for (int n = 1; n <= 40; n++) {
		for (int i = 0; i < n; i++) {
			MUST(fstat(fd, &st));
			sum += st.st_size;
		}
		switch (n % 8) {
		case 0:
			sum += now(CLOCK_REALTIME) % 1000;
			break;
		case 1:
			sum += fstat(-1, &st);
			break;
		case 2:
			sum += access("/nowhere", R_OK);
			break;
		case 3:
			MUST(pwrite(fd, "xyz", 3, n));
			break;
		case 4:
			for (int i = 0; i < n; i++)
				sum += pread(fd, &byte, 1, i) + byte;
			break;
		case 5:
			for (int i = 0; i < n; i++)
				sum += lseek(fd, i, SEEK_SET);
			break;
		case 6:
			for (int i = 0; i < n; i++)
				sum += clock_gettime(99, &t);
			break;
		}
		if (n % 10 == 0)
			printf("%d: %lld, %lld ns, CPU %lld\n", n, sum, now(CLOCK_MONOTONIC) - begin, now(CLOCK_PROCESS_CPUTIME_ID));
	}
}

/* Of a clock that is not there, between reads of those that are. */
static void clocks(void)
{
	struct timespec t;
	int failed = 0;

	for (int i = 0; i < 30; i++)
		failed += i % 3 ? clock_gettime(CLOCK_MONOTONIC, &t) : clock_gettime(99, &t);
	printf("clocks: %d failed, %lld\n", failed, now(CLOCK_MONOTONIC));
}

static void over_a_timer(int fd)
{
	struct itimerval soon = {{0, 0}, {0, 20000}};
	struct sigaction a = {.sa_handler = on_alarm};
	struct stat st;
	int n = 0;

	MUST(sigaction(SIGALRM, &a, NULL));
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	while (!rang && n < 1000000)
		n += fstat(fd, &st) == 0;
	printf("timer: after %d calls, %d, %lld\n", n, (int)rang, now(CLOCK_MONOTONIC));
}

/* Longer than a turn: another process comes in between. */
static void beside_another(int fd)
{
	struct stat st;
	pid_t child;

	fflush(stdout);
	child = fork();
	MUST(child);
	for (int i = 0; i < 5000; i++)
		MUST(fstat(fd, &st));
	printf("%s: %lld\n", child ? "parent" : "child", now(CLOCK_REALTIME));
	fflush(stdout);
	if (!child)
		_exit(0);
	MUST(waitpid(child, NULL, 0));
}

int main(void)
{
	int fd = open("row", O_RDWR | O_CREAT, 0644);

	MUST(fd);
	MUST(write(fd, "0123456789", 10));
	rows(fd);
	clocks();
	over_a_timer(fd);
	beside_another(fd);
	return 0;
}
