/* hostile_signals: signals at the wrong moment for the tracer: SIGCONT and SIGSTOP to somebody who waits in a call, SIGKILL while a
 * process lives on without its first thread. The run must go on. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

#include "hostile_common.h"

static void wait_while_signalled(const char *what, int first, int second)
{
	pid_t waiter = fork(), child;
	int status = 0;

	if (waiter == 0) {
		child = fork();
		if (child == 0) {
			pid_t parent = getppid();

			kill(parent, first);
			if (second && fork() == 0) {
				usleep(20000);
				kill(parent, second);
				_exit(0);
			}
			_exit(3);
		}
		_exit(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3 ? 0 : 1);
	}
	waitpid(waiter, &status, 0);
	verdict(!WIFEXITED(status) || WEXITSTATUS(status) != 0, what);
}

static void *live_on(void *arg)
{
	usleep(100000);
	_exit(*(int *)arg);
}

static void headless(void)
{
	static int code = 7;
	pid_t p = fork(), victim;
	pthread_t t;
	int status = 0;

	if (p == 0) {
		pthread_create(&t, NULL, live_on, &code);
		pthread_exit(NULL);
	}
	usleep(10000);
	victim = fork();
	if (victim == 0)
		for (;;)
			pause();
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	waitpid(p, &status, 0);
	verdict(!WIFEXITED(status) || WEXITSTATUS(status) != 7, "SIGKILL elsewhere while a process has lost its first thread");
}

int main(void)
{
	wait_while_signalled("SIGCONT to who waits for a child", SIGCONT, 0);
	wait_while_signalled("SIGSTOP and SIGCONT to who waits for a child", SIGSTOP, SIGCONT);
	headless();
	return escapes != 0;
}
