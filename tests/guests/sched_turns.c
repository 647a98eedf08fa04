/* sched_turns: two threads that never wait count how often the turn changed hands between them. */
/* control: load */
#include "guest.h"

static volatile int last, changes;

static void *work(void *arg)
{
	int me = *(int *)arg;
	for (int i = 0; i < 4000; i++) {
		if (last != me) {
			last = me;
			changes++;
		}
		sched_getcpu();
		for (volatile int k = 0; k < 1500; k++)
			;
	}
	return NULL;
}

int main(void)
{
	pthread_t t[2];
	int id[2] = {1, 2};
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, work, &id[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("%d\n", changes);
	return 0;
}
