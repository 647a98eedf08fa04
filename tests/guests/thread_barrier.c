/* thread_barrier: four threads meet forty times; which one was told to be the serial one. */
/* control: load */
#include "guest.h"

static pthread_barrier_t b;
static char serial[41];

static void *work(void *arg)
{
	char me = *(char *)arg;
	for (int i = 0; i < 40; i++) {
		for (volatile int n = 0; n < 2000; n++)
			;
		if (pthread_barrier_wait(&b) == PTHREAD_BARRIER_SERIAL_THREAD)
			serial[i] = me;
	}
	return NULL;
}

int main(void)
{
	pthread_t t[4];
	char name[] = "abcd";
	pthread_barrier_init(&b, NULL, 4);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, work, &name[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(strlen(serial) == 40);
	printf("%s\n", serial);
	return 0;
}
