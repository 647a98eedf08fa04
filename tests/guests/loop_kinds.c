/* loop_kinds: waits that change their state in memory, in an exchange, in a called function, in floating point; how far they came. */
/* control: load */
/* options: --no-cwd */
#include "guest.h"

static volatile int flag[4];
static volatile unsigned long in_memory;
static unsigned long result[4];
static int lock = 1;

static void *memory(void *arg)
{
	while (!flag[0])
		in_memory++;
	result[0] = in_memory;
	return arg;
}

static void *exchange(void *arg)
{
	unsigned long n = 0;
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		n++;
	result[1] = n;
	return arg;
}

__attribute__((noinline)) static int look(unsigned long *n)
{
	*n += 3;
	return flag[2];
}

static void *called(void *arg)
{
	unsigned long n = 0;
	while (!look(&n))
		;
	result[2] = n;
	return arg;
}

static void *floating(void *arg)
{
	double x = 1;
	while (!flag[3])
		x = x + 1.5;
	result[3] = (unsigned long)x;
	return arg;
}

int main(void)
{
	void *(*kinds[])(void *) = {memory, exchange, called, floating};
	for (int i = 0; i < 4; i++) {
		pthread_t t;
		pthread_create(&t, NULL, kinds[i], NULL);
		usleep(1000);
		flag[i] = 1;
		if (i == 1)
			__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
		pthread_join(t, NULL);
		printf("%lu ", result[i]);
	}
	printf("\n");
	return 0;
}
