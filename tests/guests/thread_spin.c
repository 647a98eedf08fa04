/* thread_spin: a thread spins on a variable without any system call until another sets it. */
/* control: same */
#include "guest.h"

static volatile int flag, seen;

static void *setter(void *arg)
{
	flag = 1;
	while (!seen)
		__builtin_ia32_pause();
	return arg;
}

int main(void)
{
	pthread_t t;
	pthread_create(&t, NULL, setter, NULL);
	while (!flag)
		__builtin_ia32_pause();
	seen = 1;
	pthread_join(t, NULL);
	printf("met\n");
	return 0;
}

/* expect:
met
*/
