/* sched_order: three threads append their names to one text, unordered; in which order they came. */
/* control: load */
/* options: --sched-seed 7 */
#include "guest.h"

static char text[400];
static volatile int n;

static void *work(void *arg)
{
	for (int i = 0; i < 100; i++) {
		text[n++] = *(char *)arg;
		if (i % 8 == 0)
			sched_yield();
		else
			sched_getcpu();
	}
	return NULL;
}

int main(void)
{
	pthread_t t[3];
	char id[3] = {'a', 'b', 'c'};
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, work, &id[i]);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	printf("%d %s\n", n, text);
	return 0;
}
