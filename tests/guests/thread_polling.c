/* thread_polling: a thread polls in each usual way until another, that is late, sets a flag: no way starves the other. */
/* control: same */
#include "guest.h"

static volatile int flag;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *late(void *arg)
{
	for (int i = 0; i < 20; i++)
		sched_getcpu();
	flag = 1;
	return arg;
}

static void by_yield(void) { sched_yield(); }
static void by_poll(void) { poll(NULL, 0, 0); }
static void by_sleep(void)
{
	struct timespec none = {0, 0};
	nanosleep(&none, NULL);
}
static void by_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
}
static void by_wait(void) { waitpid(-1, NULL, WNOHANG); }
static void by_stat(void)
{
	struct stat st;
	stat("never", &st);
}
static void by_lock(void)
{
	if (pthread_mutex_trylock(&m) == 0)
		pthread_mutex_unlock(&m);
}
static void by_nothing(void) {}

int main(void)
{
	static const struct { const char *name; void (*f)(void); } ways[] = {
		{"yield", by_yield}, {"poll", by_poll}, {"sleep", by_sleep}, {"clock", by_clock}, {"wait", by_wait}, {"stat", by_stat},
		{"lock", by_lock}, {"nothing", by_nothing},
	};
	pthread_t t;

	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		flag = 0;
		pthread_create(&t, NULL, late, NULL);
		while (!flag)
			ways[i].f();
		pthread_join(t, NULL);
		printf("%s%s", i ? " " : "", ways[i].name);
	}
	printf("\n");
	return 0;
}

/* expect:
yield poll sleep clock wait stat lock nothing
*/
