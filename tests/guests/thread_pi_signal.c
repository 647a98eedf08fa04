/* thread_pi_signal: a signal comes while a thread waits for a mutex with priority inheritance. The handler runs at once or
 * after the wait; the wait never ends because of it (FUTEX_LOCK_PI is restarted whatever SA_RESTART says). */
/* control: same */
#include "guest.h"

static pthread_mutex_t m;
static volatile sig_atomic_t handled;

static void on_signal(int signo)
{
	(void)signo;
	handled++;
}

static void *waits(void *arg)
{
	int r = pthread_mutex_lock(&m);

	printf("waiter: %s, handled %d\n", r ? strerrorname_np(r) : "locked", (int)handled);
	pthread_mutex_unlock(&m);
	return arg;
}

int main(void)
{
	struct sigaction a = { .sa_handler = on_signal };
	pthread_mutexattr_t attr;
	pthread_t t;

	sigaction(SIGUSR1, &a, NULL);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&m, &attr);
	pthread_mutex_lock(&m);
	pthread_create(&t, NULL, waits, NULL);
	for (int k = 0; k < 2; k++) {
		sleep_ns(20 * MS); /* it waits by now; if not, the handler runs before the wait, and the lines are the same */
		pthread_kill(t, SIGUSR1);
	}
	sleep_ns(20 * MS);
	pthread_mutex_unlock(&m);
	pthread_join(t, NULL);
	printf("main: handled %d\n", (int)handled);
	return 0;
}

/* expect:
waiter: locked, handled 2
main: handled 2
*/
