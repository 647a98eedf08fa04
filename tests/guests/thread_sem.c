/* thread_sem: semaphores between a producer and a consumer, between processes, with a time-out. */
/* control: same */
#include "guest.h"
#include <semaphore.h>

static sem_t full, empty;
static int slot;

static void *produce(void *arg)
{
	for (int i = 1; i <= 200; i++) {
		sem_wait(&empty);
		slot = i;
		sem_post(&full);
	}
	return arg;
}

int main(void)
{
	pthread_t t;
	long sum = 0;
	sem_init(&full, 0, 0);
	sem_init(&empty, 0, 1);
	pthread_create(&t, NULL, produce, NULL);
	for (int i = 0; i < 200; i++) {
		sem_wait(&full);
		sum += slot;
		sem_post(&empty);
	}
	pthread_join(t, NULL);
	printf("sum %ld, try: %s\n", sum, outcome(sem_trywait(&full)));
	struct timespec at;
	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_nsec += 10 * MS;
	if (at.tv_nsec >= NS) {
		at.tv_sec++;
		at.tv_nsec -= NS;
	}
	printf("timed: %s\n", outcome(sem_timedwait(&full, &at)));
	sem_t *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sem_init(s, 1, 0);
	if (MUST(fork()) == 0) {
		sleep_ns(5 * MS);
		sem_post(s);
		_exit(0);
	}
	MUST(sem_wait(s));
	wait(NULL);
	printf("shared\n");
	sem_t *named = sem_open("/detbuild-guest-sem", O_CREAT, 0600, 2);
	if (named != SEM_FAILED) {
		int v = -1;
		sem_getvalue(named, &v);
		printf("named %d\n", v);
		sem_unlink("/detbuild-guest-sem");
	}
	return 0;
}

/* expect:
sum 20100, try: EAGAIN
timed: ETIMEDOUT
shared
named 2
*/
