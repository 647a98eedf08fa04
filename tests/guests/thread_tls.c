/* thread_tls: thread-local variables are each thread's own; destructors run at its end, in the library's order. */
/* control: same */
#include "guest.h"

static __thread int mine = 5;
static pthread_key_t key[3];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void gone(void *v)
{
	printf("destructor of %s, mine %d\n", (const char *)v, mine);
}
static void init(void)
{
	printf("once\n");
}

static void *work(void *arg)
{
	static const char *const names[] = {"first", "second", "third"};
	pthread_once(&once, init);
	mine += *(int *)arg;
	for (int i = 0; i < 3; i++)
		pthread_setspecific(key[i], names[i]);
	return NULL;
}

int main(void)
{
	for (int i = 0; i < 3; i++)
		pthread_key_create(&key[i], gone);
	for (int i = 1; i < 4; i++) {
		pthread_t t;
		pthread_create(&t, NULL, work, &i);
		pthread_join(t, NULL);
	}
	printf("main's %d\n", mine);
	return 0;
}

/* expect:
once
destructor of first, mine 6
destructor of second, mine 6
destructor of third, mine 6
destructor of first, mine 7
destructor of second, mine 7
destructor of third, mine 7
destructor of first, mine 8
destructor of second, mine 8
destructor of third, mine 8
main's 5
*/
