/* thread_rwlock: writers and readers share a lock; what each reader saw. */
/* control: load */
#include "guest.h"

static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t start;
static int value;
static uint64_t seen[2];

static void *writer(void *arg)
{
	pthread_barrier_wait(&start);
	for (int i = 0; i < 500; i++) {
		pthread_rwlock_wrlock(&l);
		value++;
		pthread_rwlock_unlock(&l);
	}
	return arg;
}

static void *reader(void *arg)
{
	uint64_t *h = arg;
	pthread_barrier_wait(&start);
	for (int i = 0; i < 500; i++) {
		pthread_rwlock_rdlock(&l);
		*h = hash_add(*h, &value, sizeof(value));
		pthread_rwlock_unlock(&l);
		if (i % 50 == 0)
			sched_yield();
	}
	return NULL;
}

int main(void)
{
	pthread_t t[4];
	pthread_barrier_init(&start, NULL, 4);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, i < 2 ? writer : reader, i < 2 ? NULL : &seen[i - 2]);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("value %d seen %016" PRIx64 " %016" PRIx64 "\n", value, seen[0], seen[1]);
	CHECK(value == 1000);
	return 0;
}
