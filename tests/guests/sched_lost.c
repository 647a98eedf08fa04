/* sched_lost: two threads add to a number; there is no call between the read and the write. A seed loses an addition. */
/* control: same */
#include "guest.h"

static volatile long n;

static void *work(void *arg)
{
	for (int i = 0; i < 30; i++) {
		long old = n;
		n = old + 1;
		sched_getcpu();
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t[2];
	int r = 0;

	(void)argv;
	for (int i = 0; i < 2; i++)
		r |= pthread_create(&t[i], NULL, work, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("%s\n", argc > 1 ? (n == 60 ? "whole" : "lost") : r == 0 ? "ran" : "BAD");
	return 0;
}

/* expect:
ran
*/
