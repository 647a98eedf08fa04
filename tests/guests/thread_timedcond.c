/* thread_timedcond: condition variables and mutexes with time-outs, on both clocks; a signal in time wins. */
/* control: same */
#include "guest.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static bool ready;

static struct timespec later(clockid_t id, int64_t ns)
{
	int64_t t = clock_ns(id) + ns;
	return (struct timespec){t / NS, t % NS};
}

static void *locked(void *arg)
{
	struct timespec t = later(CLOCK_REALTIME, 10 * MS);
	printf("mutex: %s\n", strerrorname_np(pthread_mutex_timedlock(&held, &t)));
	pthread_mutex_lock(&m);
	ready = true;
	pthread_cond_signal(&c);
	pthread_mutex_unlock(&m);
	return arg;
}

int main(void)
{
	static const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};
	for (int i = 0; i < 2; i++) {
		struct timespec t = later(ids[i], 15 * MS);
		pthread_mutex_lock(&m);
		int r = pthread_cond_clockwait(&c, &m, ids[i], &t);
		pthread_mutex_unlock(&m);
		printf("clock %d: %s\n", (int)ids[i], strerrorname_np(r));
		CHECK(clock_ns(ids[i]) >= t.tv_sec * NS + t.tv_nsec);
	}
	pthread_t t;
	pthread_mutex_lock(&held);
	pthread_create(&t, NULL, locked, NULL);
	pthread_mutex_lock(&m);
	struct timespec far = later(CLOCK_REALTIME, 60 * NS);
	int r = 0;
	while (!ready && r == 0)
		r = pthread_cond_timedwait(&c, &m, &far);
	printf("signalled: %d\n", r);
	pthread_mutex_unlock(&m);
	pthread_join(t, NULL);
	return 0;
}

/* expect:
clock 0: ETIMEDOUT
clock 1: ETIMEDOUT
mutex: ETIMEDOUT
signalled: 0
*/
