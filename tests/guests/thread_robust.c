/* thread_robust: the owner of a robust mutex dies, as a thread and as a process; the next one is told. */
/* control: same */
#include "guest.h"

static pthread_mutex_t *m;

static void *dies(void *arg)
{
	pthread_mutex_lock(m);
	return arg;
}

static void init(void)
{
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &a);
}

int main(void)
{
	pthread_t t;
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	init();
	pthread_create(&t, NULL, dies, NULL);
	pthread_join(t, NULL);
	int r = pthread_mutex_lock(m);
	printf("thread: %s", strerrorname_np(r));
	printf(" consistent %d", pthread_mutex_consistent(m));
	printf(" unlock %d", pthread_mutex_unlock(m));
	printf(" lock %d\n", pthread_mutex_lock(m));
	pthread_mutex_unlock(m);
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		pthread_mutex_lock(m);
		sleep_ns(10 * MS);
		raise(SIGKILL);
	}
	sleep_ns(2 * MS); /* most likely the child has it by now; if not, the lock is still right */
	r = pthread_mutex_lock(m);
	if (r == 0) { /* the child was late: let it have the lock and die */
		pthread_mutex_unlock(m);
		wait_status(c);
		r = pthread_mutex_lock(m);
	} else {
		wait_status(c);
	}
	printf("process: %s", strerrorname_np(r));
	printf(" unlock %d", pthread_mutex_unlock(m));
	printf(" then %s\n", strerrorname_np(pthread_mutex_lock(m)));
	return 0;
}

/* expect:
thread: EOWNERDEAD consistent 0 unlock 0 lock 0
process: EOWNERDEAD unlock 0 then ENOTRECOVERABLE
*/
