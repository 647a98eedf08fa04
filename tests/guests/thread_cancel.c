/* thread_cancel: cancelling threads that read, sleep and wait; cleanup handlers run; disabled means later. */
/* control: same */
#include "guest.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int p[2];

static void clean(void *what)
{
	printf("cleanup of %s\n", (const char *)what);
}
static void unlock(void *what)
{
	pthread_mutex_unlock(what);
}
static void *reads(void *arg)
{
	char b;
	pthread_cleanup_push(clean, (void *)"reader");
	(void)!read(p[0], &b, 1);
	pthread_cleanup_pop(0);
	return arg;
}
static void *sleeps(void *arg)
{
	pthread_cleanup_push(clean, (void *)"sleeper");
	sleep(100);
	pthread_cleanup_pop(0);
	return arg;
}
static void *waits(void *arg)
{
	pthread_mutex_lock(&m);
	pthread_cleanup_push(unlock, &m);
	pthread_cond_wait(&c, &m);
	pthread_cleanup_pop(0);
	return arg;
}
static void *disabled(void *arg)
{
	int old;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	sleep_ns(10 * MS);
	printf("finished with cancelling disabled\n");
	pthread_setcancelstate(old, &old);
	pthread_testcancel();
	printf("BAD: went on after the test\n");
	return arg;
}

int main(void)
{
	static void *(*const fn[])(void *) = {reads, sleeps, waits, disabled};
	MUST(pipe(p));
	for (int i = 0; i < 4; i++) {
		pthread_t t;
		void *r = NULL;
		pthread_create(&t, NULL, fn[i], NULL);
		sleep_ns(3 * MS);
		pthread_cancel(t);
		pthread_join(t, &r);
		printf("cancelled %d\n", r == PTHREAD_CANCELED);
	}
	printf("lock free %d\n", pthread_mutex_trylock(&m) == 0);
	return 0;
}

/* expect:
cleanup of reader
cancelled 1
cleanup of sleeper
cancelled 1
cancelled 1
finished with cancelling disabled
cancelled 1
lock free 1
*/
