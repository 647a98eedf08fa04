/* signal_storm: a child sends signals while its parent counts its own system calls; where each one hit. */
/* control: differs */
#include "guest.h"

static volatile long calls;
static volatile sig_atomic_t n;
static volatile long hit[64];

static void on(int sig)
{
	(void)sig;
	if (n < 64)
		hit[n++] = calls;
}

int main(void)
{
	handle(SIGUSR1, on, SA_RESTART);
	pid_t parent = getpid(), c = (pid_t)MUST(fork());
	if (c == 0) {
		for (int i = 0; i < 20; i++) {
			kill(parent, SIGUSR1);
			sched_yield();
		}
		_exit(0);
	}
	int st;
	while (waitpid(c, &st, WNOHANG) == 0)
		calls++;
	CHECK(n > 0);
	printf("%ld calls, %d signals:", calls, n);
	for (int i = 0; i < n; i++)
		printf(" %ld", hit[i]);
	printf("\n");
	return 0;
}
