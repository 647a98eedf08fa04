/* loop_ids: loops of calls that ask who one is, until another thread or an alarm ends them. With a single id each of these calls stops. */
/* control: same */
/* expect:
another thread ended it
an alarm ended it
*/
#include "guest.h"

static volatile sig_atomic_t flag;

static void on_alarm(int sig)
{
	flag = sig;
}

static void *sets(void *p)
{
	flag = 1;
	return p;
}

int main(void)
{
	pthread_t t;

	CHECK(pthread_create(&t, NULL, sets, NULL) == 0);
	while (!flag)
		getuid();
	pthread_join(t, NULL);
	puts("another thread ended it");
	flag = 0;
	signal(SIGALRM, on_alarm);
	alarm(1);
	while (!flag)
		getegid();
	puts("an alarm ended it");
	return 0;
}
