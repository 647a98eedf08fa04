/* signal_threads: signals for one thread reach that one; those for the process reach one that lets them. */
/* control: same */
#include "guest.h"

static __thread int mine;
static volatile int total;
static int go[2];

static void on(int sig)
{
	(void)sig;
	mine++;
	total++;
}

static void *work(void *arg)
{
	(void)!write(go[1], "r", 1);
	while (mine == 0)
		sleep_ns(1 * MS);
	*(int *)arg = mine;
	return NULL;
}

int main(void)
{
	pthread_t t[3];
	int seen[3] = {0};
	char b;
	handle(SIGUSR1, on, SA_RESTART);
	MUST(pipe(go));
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, work, &seen[i]);
	for (int i = 0; i < 3; i++)
		MUST(read(go[0], &b, 1));
	for (int i = 2; i >= 0; i--) {
		CHECK(pthread_kill(t[i], SIGUSR1) == 0);
		pthread_join(t[i], NULL);
	}
	printf("each thread %d %d %d, main %d\n", seen[0], seen[1], seen[2], mine);
	sigset_t s;
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	pthread_create(&t[0], NULL, work, &seen[0]);
	MUST(read(go[0], &b, 1));
	pthread_sigmask(SIG_BLOCK, &s, NULL);
	kill(getpid(), SIGUSR1); /* only the other thread takes it */
	pthread_join(t[0], NULL);
	printf("to the process: thread %d, main %d, all %d\n", seen[0], mine, total);
	return 0;
}

/* expect:
each thread 1 1 1, main 0
to the process: thread 1, main 0, all 4
*/
