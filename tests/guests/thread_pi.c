/* thread_pi: mutexes with priority inheritance: waiting, trying, a timeout, an owner that dies, and one that is robust and shared. */
/* control: same */
#include "guest.h"

static pthread_mutex_t *m;
static volatile int have;

static void init(bool robust)
{
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	if (robust)
		pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	memset(m, 0, sizeof(*m));
	CHECK(pthread_mutex_init(m, &a) == 0);
	have = 0;
}

static void *holder(void *arg)
{
	CHECK(pthread_mutex_lock(m) == 0);
	have = 1;
	sleep_ns(20 * MS);
	if (arg)
		pthread_mutex_unlock(m);
	return NULL;
}

static void *wants(void *arg)
{
	CHECK(pthread_mutex_lock(m) == 0);
	(*(int *)arg)++;
	pthread_mutex_unlock(m);
	return NULL;
}

static void start_holder(pthread_t *t, void *unlocks)
{
	pthread_create(t, NULL, holder, unlocks);
	while (!have)
		sched_yield();
}

int main(void)
{
	struct timespec at;
	pthread_t t, w[4];
	int n = 0, r;
	pid_t pid;

	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	init(false);
	start_holder(&t, m);
	printf("try: %s\n", strerrorname_np(pthread_mutex_trylock(m)));
	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_nsec += MS;
	if (at.tv_nsec >= 1000000000)
		at.tv_sec++, at.tv_nsec -= 1000000000;
	printf("timed: %s\n", strerrorname_np(pthread_mutex_timedlock(m, &at)));
	for (int i = 0; i < 4; i++)
		pthread_create(&w[i], NULL, wants, &n);
	for (int i = 0; i < 4; i++)
		pthread_join(w[i], NULL);
	pthread_join(t, NULL);
	printf("%d got it\n", n);

	init(true);
	start_holder(&t, NULL);
	r = pthread_mutex_lock(m); /* the holder ends with it */
	pthread_join(t, NULL);
	printf("after a thread: %s", strerrorname_np(r));
	printf(", consistent %d", pthread_mutex_consistent(m));
	printf(", unlock %d\n", pthread_mutex_unlock(m));

	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		pthread_mutex_lock(m);
		raise(SIGKILL);
	}
	wait_status(pid);
	r = pthread_mutex_lock(m);
	printf("after a process: %s", strerrorname_np(r));
	printf(", unlock %d", pthread_mutex_unlock(m));
	printf(", then %s\n", strerrorname_np(pthread_mutex_lock(m)));
	return 0;
}

/* expect:
try: EBUSY
timed: ETIMEDOUT
4 got it
after a thread: EOWNERDEAD, consistent 0, unlock 0
after a process: EOWNERDEAD, unlock 0, then ENOTRECOVERABLE
*/
