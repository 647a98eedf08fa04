/* loop_compute: a long computation without any call beside a thread that could run: no wait, however long it takes. */
/* control: same */
#include "guest.h"

static void *other(void *arg)
{
	for (int i = 0; i < 10; i++)
		sched_yield();
	return arg;
}

int main(void)
{
	unsigned long x = 1;
	pthread_t t;
	pthread_create(&t, NULL, other, NULL);
	for (unsigned long i = 0; i < 500000000; i++) {
		x += i ^ x >> 3;
		__asm__ volatile("" : "+r"(x));
	}
	pthread_join(t, NULL);
	printf("%lu\n", x % 1000);
	return 0;
}

/* expect:
762
*/
