/* thread_yield: two threads wait for their turn by sched_yield(); how often they asked. */
/* control: load */
#include "guest.h"

static volatile int turn;
static long asked[2];

static void *work(void *arg)
{
	int me = *(int *)arg;
	for (int i = 0; i < 100; i++) {
		while (turn != me) {
			asked[me]++;
			sched_yield();
		}
		turn = !me;
	}
	return NULL;
}

int main(void)
{
	pthread_t t[2];
	int id[2] = {0, 1};
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, work, &id[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("%ld %ld\n", asked[0], asked[1]);
	return 0;
}
