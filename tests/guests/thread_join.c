/* thread_join: results of joined threads, detached ones, joining the dead, the busy and oneself. */
/* control: same */
#include "guest.h"

static void *square(void *arg)
{
	long n = (long)arg;
	if (n % 2)
		sched_yield();
	return (void *)(n * n);
}

static void *waits(void *arg)
{
	char c;
	(void)!read(*(int *)arg, &c, 1);
	return NULL;
}

int main(void)
{
	pthread_t t[20], busy;
	long sum = 0;
	for (long i = 0; i < 20; i++)
		pthread_create(&t[i], NULL, square, (void *)i);
	for (int i = 19; i >= 0; i--) {
		void *r;
		CHECK(pthread_join(t[i], &r) == 0);
		sum += (long)r;
	}
	printf("sum %ld\n", sum);
	int p[2];
	MUST(pipe(p));
	pthread_create(&busy, NULL, waits, &p[0]);
	struct timespec past = {1, 0};
	printf("busy: %s, timed: %s, self: %s\n", strerrorname_np(pthread_tryjoin_np(busy, NULL)),
		strerrorname_np(pthread_timedjoin_np(busy, NULL, &past)), strerrorname_np(pthread_join(pthread_self(), NULL)));
	MUST(write(p[1], "x", 1));
	printf("then: %d\n", pthread_join(busy, NULL));
	pthread_create(&busy, NULL, square, NULL);
	printf("detach: %d\n", pthread_detach(busy));
	return 0;
}

/* expect:
sum 2470
busy: EBUSY, timed: ETIMEDOUT, self: EDEADLK
then: 0
detach: 0
*/
