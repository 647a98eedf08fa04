/* signal_breakpoints: breakpoints of the program's own and questions to the processor, in two threads whose turns are as short as can be:
 * none is lost. */
/* control: same */
/* options: --sched-seed 3 */
#include "guest.h"
#include <cpuid.h>

enum { ROUNDS = 400 };

static _Thread_local volatile int seen;
static volatile int ready;

static void on_trap(int s)
{
	seen += s == SIGTRAP;
}

static void *count(void *arg)
{
	unsigned first[4], v[4];

	ready++;
	while (ready < 2)
		sched_yield();
	__cpuid(0, first[0], first[1], first[2], first[3]);
	for (int i = 0; i < ROUNDS; i++) {
		__asm__ volatile("int3; int3");
		__cpuid(0, v[0], v[1], v[2], v[3]);
		CHECK(memcmp(v, first, sizeof(v)) == 0);
	}
	*(int *)arg = seen;
	return NULL;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_trap };
	int seen_by[2];
	pthread_t t;

	MUST(sigaction(SIGTRAP, &sa, NULL));
	pthread_create(&t, NULL, count, &seen_by[0]);
	count(&seen_by[1]);
	pthread_join(t, NULL);
	printf("%d and %d\n", seen_by[0], seen_by[1]);
	return 0;
}
/* expect:
800 and 800
*/
