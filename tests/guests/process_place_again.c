/* process_place_again: who comes after a process or thread that is gone inherits nothing of it: neither the end of its wait in vfork nor its timer's signals. */
/* control: same */
#include "guest.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The child of a parent that is killed meanwhile ends while another parent, who came later, waits for its own. */
static void vfork_after_vfork(void)
{
	pid_t first = fork(), second;
	int status;

	MUST(first);
	if (first == 0) {
		pid_t child = vfork();

		if (child == 0) {
			sleep_ns(30 * MS);
			_exit(0);
		}
		_exit(1);
	}
	sleep_ns(5 * MS);
	MUST(kill(first, SIGKILL));
	MUST(waitpid(first, &status, 0));
	printf("first: killed %d\n", WIFSIGNALED(status));
	fflush(stdout);
	second = fork();
	MUST(second);
	if (second == 0) {
		static volatile int done;
		pid_t child = vfork();

		if (child == 0) {
			sleep_ns(60 * MS);
			done = 1;
			_exit(0);
		}
		_exit(done ? 7 : 8);
	}
	MUST(waitpid(second, &status, 0));
	printf("second: %d\n", WEXITSTATUS(status));
}

static volatile sig_atomic_t signals;

static void on_signal(int signo)
{
	(void)signo;
	signals++;
}

static timer_t timer;

static void *set_timer(void *arg)
{
	struct sigevent ev = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
	struct itimerspec it = {{0, 0}, {0, 30 * MS}};

	(void)arg;
	ev._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	MUST(timer_create(CLOCK_MONOTONIC, &ev, &timer));
	MUST(timer_settime(timer, 0, &it, NULL));
	return NULL;
}

static void *rest(void *arg)
{
	(void)arg;
	sleep_ns(60 * MS);
	return NULL;
}

static void timer_of_dead_thread(void)
{
	struct sigaction a = {.sa_handler = on_signal};
	pthread_t t;

	MUST(sigaction(SIGUSR1, &a, NULL));
	pthread_create(&t, NULL, set_timer, NULL);
	pthread_join(t, NULL);
	pthread_create(&t, NULL, rest, NULL);
	pthread_join(t, NULL);
	printf("signals of a dead thread's timer: %d\n", (int)signals);
}

int main(void)
{
	vfork_after_vfork();
	timer_of_dead_thread();
	return 0;
}

/* expect:
first: killed 1
second: 7
signals of a dead thread's timer: 0
*/
