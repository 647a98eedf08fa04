/* thread_mutex: four threads take a lock by turns; who had it when. */
/* control: load */
#include "guest.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;
static char who[4000];
static int n;

static void *work(void *arg)
{
	pthread_barrier_wait(&start);
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&m);
		who[n++] = *(char *)arg;
		pthread_mutex_unlock(&m);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[4];
	char name[] = "abcd";
	pthread_barrier_init(&start, NULL, 4);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, work, &name[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(n == 4000);
	printf("%d %016" PRIx64 "\n", n, hash_add(0, who, sizeof(who)));
	return 0;
}
