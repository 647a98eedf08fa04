/* thread_futex_ops: futex(2) itself: wake-op, compare-requeue, bitsets, absolute timeouts on both clocks, and what is refused. */
/* control: same */
#include "guest.h"
#include <linux/futex.h>

static unsigned a, b;
static volatile int woken;

static long futex(unsigned *word, int op, unsigned val, const void *timeout, unsigned *word2, unsigned val3)
{
	return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, timeout, word2, val3);
}

static void *sleeper(void *arg)
{
	long r = futex(arg, FUTEX_WAIT_BITSET, 0, NULL, NULL, arg == &a ? 1 : FUTEX_BITSET_MATCH_ANY);
	if (r == 0)
		__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* n threads asleep on word. */
static void start(pthread_t *t, int n, unsigned *word)
{
	woken = 0;
	for (int i = 0; i < n; i++)
		pthread_create(&t[i], NULL, sleeper, word);
	sleep_ns(30 * MS);
}

static void ended(pthread_t *t, int n, const char *what)
{
	for (int i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	printf("%s: %d woken\n", what, woken);
}

static void past(int clock, int op, const char *what)
{
	struct timespec at;
	clock_gettime(clock, &at);
	at.tv_nsec += 2 * MS;
	if (at.tv_nsec >= 1000000000)
		at.tv_sec++, at.tv_nsec -= 1000000000;
	errno = 0;
	futex(&a, op, 0, &at, NULL, FUTEX_BITSET_MATCH_ANY);
	struct timespec now;
	clock_gettime(clock, &now);
	printf("%s: %s, %s\n", what, strerrorname_np(errno), now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec) ? "in time" : "early");
}

int main(void)
{
	pthread_t t[4];
	long r;

	start(t, 2, &b);
	r = futex(&a, FUTEX_WAKE_OP, 1, (void *)1, &b, FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 0));
	printf("wake-op: %ld, word %u\n", r, b);
	b = 0;
	r = futex(&b, FUTEX_WAKE, 10, NULL, NULL, 0);
	printf("the other: %ld\n", r);
	ended(t, 2, "wake-op");

	start(t, 3, &b);
	errno = 0;
	r = futex(&b, FUTEX_CMP_REQUEUE, 1, (void *)10, &a, 7);
	printf("wrong value: %ld %s\n", r, strerrorname_np(errno));
	r = futex(&b, FUTEX_CMP_REQUEUE, 1, (void *)10, &a, 0);
	printf("requeue: %ld\n", r);
	r = futex(&b, FUTEX_WAKE, 10, NULL, NULL, 0);
	printf("left: %ld\n", r);
	r = futex(&a, FUTEX_WAKE, 10, NULL, NULL, 0);
	printf("moved: %ld\n", r);
	ended(t, 3, "requeue");

	start(t, 1, &a);
	r = futex(&a, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2);
	printf("other bits: %ld\n", r);
	r = futex(&a, FUTEX_WAKE_BITSET, 10, NULL, NULL, 3);
	printf("its bit: %ld\n", r);
	ended(t, 1, "bitset");

	past(CLOCK_MONOTONIC, FUTEX_WAIT_BITSET, "monotonic");
	past(CLOCK_REALTIME, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, "realtime");
	errno = 0;
	futex(&a, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0);
	printf("no bits: %s\n", strerrorname_np(errno));
	errno = 0;
	r = syscall(449 /* futex_waitv */, NULL, 0, 0, NULL, 0);
	CHECK(r == -1 && (errno == ENOSYS || errno == EINVAL));
	return 0;
}

/* expect:
wake-op: 1, word 5
the other: 1
wake-op: 2 woken
wrong value: -1 EAGAIN
requeue: 3
left: 0
moved: 2
requeue: 3 woken
other bits: 0
its bit: 1
bitset: 1 woken
monotonic: ETIMEDOUT, in time
realtime: ETIMEDOUT, in time
no bits: EINVAL
*/
