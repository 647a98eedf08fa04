/* loop_counting: threads wait in loops that change their state, without any call; how far they counted. */
/* control: load */
/* options: --no-cwd */
#include "guest.h"

static volatile int flag[4];
static unsigned long counted[4];

static void *waiter(void *arg)
{
	int me = *(int *)arg;
	unsigned long n = 0;
	while (!flag[me])
		n++;
	counted[me] = n;
	if (me + 1 < 4)
		flag[me + 1] = 1;
	return NULL;
}

int main(void)
{
	pthread_t t[4];
	int id[4] = {0, 1, 2, 3};
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, waiter, &id[i]);
	sched_yield();
	usleep(20000);
	flag[0] = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < 4; i++)
		printf("%lu\n", counted[i]);
	return 0;
}
