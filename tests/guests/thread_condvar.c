/* thread_condvar: two threads play ping-pong over a condition variable. */
/* control: same */
#include "guest.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int turn, rounds[2];

static void *play(void *arg)
{
	int me = *(int *)arg;
	for (int i = 0; i < 300; i++) {
		pthread_mutex_lock(&m);
		while (turn != me)
			pthread_cond_wait(&c, &m);
		rounds[me]++;
		turn = !me;
		pthread_cond_signal(&c);
		pthread_mutex_unlock(&m);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[2];
	int id[2] = {0, 1};
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, play, &id[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("%d %d\n", rounds[0], rounds[1]);
	return 0;
}

/* expect:
300 300
*/
