/* sched_violation: a thread may use a pointer before its maker has stored it. The fault is rare natively; a seed finds it. */
/* control: same */
#include "guest.h"

static int *volatile shared;
static volatile int bad;

static void *user(void *arg)
{
	sched_yield();
	sched_getcpu();
	if (!shared)
		bad = 1;
	return arg;
}

int main(int argc, char **argv)
{
	static int value;
	pthread_t t;
	int r = pthread_create(&t, NULL, user, NULL);

	(void)argv;
	for (int i = 0; i < 3; i++)
		sched_getcpu();
	shared = &value;
	pthread_join(t, NULL);
	/* With an argument it says what it found; without one it is a guest like the others. */
	printf("%s\n", argc > 1 ? (bad ? "violated" : "in order") : r == 0 ? "ran" : "BAD");
	return 0;
}

/* expect:
ran
*/
