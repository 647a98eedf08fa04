/* thread_lost: two threads add to one number without a lock; how many additions survive. */
/* control: load */
#include "guest.h"

static volatile long n;
static pthread_barrier_t start;

static void *work(void *arg)
{
	pthread_barrier_wait(&start);
	for (int i = 0; i < 300000; i++) {
		n = n + 1;
		if (i % 10000 == 0)
			sched_yield();
	}
	return arg;
}

int main(void)
{
	pthread_t t[3];
	pthread_barrier_init(&start, NULL, 3);
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, work, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	printf("%ld\n", n);
	return 0;
}
