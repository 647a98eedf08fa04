/* thread_convoy: a mutex that is unlocked and locked again at once still comes to whoever waits for it. */
/* control: load */
#include "guest.h"
#include <semaphore.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t sem;
static volatile bool done;

static void *waiter(void *arg)
{
	(void)arg;
	sem_post(&sem);
	pthread_mutex_lock(&lock);
	done = true;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	struct timespec ms = {.tv_nsec = 1000000};
	pthread_t t;
	int rounds = 0;
	sem_init(&sem, 0, 0);
	pthread_mutex_lock(&lock);
	CHECK(pthread_create(&t, NULL, waiter, NULL) == 0);
	sem_wait(&sem);
	while (!done && rounds < 20000) {
		nanosleep(&ms, NULL);
		pthread_mutex_unlock(&lock);
		pthread_mutex_lock(&lock);
		rounds++;
	}
	CHECK(done);
	pthread_mutex_unlock(&lock);
	CHECK(pthread_join(t, NULL) == 0);
	printf("rounds %d\n", rounds);
	return 0;
}
