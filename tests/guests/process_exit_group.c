/* process_exit_group: exit() from a thread ends threads that read, wait, sleep and yield; the code is right every time. */
/* control: same */
#include "guest.h"

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static int p[2];

static void *reader(void *arg)
{
	char c;
	(void)!read(p[0], &c, 1);
	return arg;
}
static void *locker(void *arg)
{
	pthread_mutex_lock(&held);
	return arg;
}
static void *sleeper(void *arg)
{
	pause();
	return arg;
}
static void *yielder(void *arg)
{
	for (;;)
		sched_yield();
	return arg;
}
static void *ender(void *arg)
{
	exit(*(int *)arg);
	return arg;
}

int main(void)
{
	static void *(*const fn[])(void *) = {reader, locker, sleeper, yielder, ender};
	for (int round = 0; round < 20; round++) {
		pid_t c = (pid_t)MUST(fork());
		if (c == 0) {
			pthread_t t[5];
			MUST(pipe(p));
			pthread_mutex_lock(&held);
			for (int i = 0; i < 5; i++)
				pthread_create(&t[i], NULL, fn[i], &round);
			pthread_join(t[0], NULL);
			_exit(99);
		}
		int st = wait_status(c);
		CHECK(WIFEXITED(st) && WEXITSTATUS(st) == round);
	}
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		pthread_t t;
		pthread_create(&t, NULL, sleeper, NULL);
		kill(getpid(), SIGKILL);
		pause();
	}
	printf("killed with threads: %s\n", status_words(wait_status(c)));
	c = (pid_t)MUST(fork());
	if (c == 0) { /* the first thread leaves, another ends the process */
		static int code = 9;
		pthread_t t;
		pthread_create(&t, NULL, ender, &code);
		pthread_exit(NULL);
	}
	printf("first thread gone: %s\n", status_words(wait_status(c)));
	return 0;
}

/* expect:
killed with threads: signal 9
first thread gone: exit 9
*/
