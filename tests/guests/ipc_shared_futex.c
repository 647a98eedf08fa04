/* ipc_shared_futex: a parent and a child hand a number to and fro through shared memory and futexes. */
/* control: same */
#include "guest.h"
#include <linux/futex.h>

static void until(uint32_t *w, uint32_t v)
{
	uint32_t now;
	while ((now = __atomic_load_n(w, __ATOMIC_SEQ_CST)) != v)
		syscall(SYS_futex, w, FUTEX_WAIT, now, NULL, NULL, 0);
}

static void set(uint32_t *w, uint32_t v)
{
	__atomic_store_n(w, v, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, w, FUTEX_WAKE, 1, NULL, NULL, 0);
}

int main(void)
{
	uint32_t *w = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t c = (pid_t)MUST(fork());
	for (uint32_t i = 0; i < 200; i += 2) {
		if (c == 0) {
			until(w, i + 1);
			set(w, i + 2);
		} else {
			set(w, i + 1);
			until(w, i + 2);
		}
	}
	if (c == 0)
		_exit(0);
	printf("%u %s\n", *w, status_words(wait_status(c)));
	struct timespec t = {0, 10 * MS};
	int64_t start = clock_ns(CLOCK_MONOTONIC);
	printf("time-out %s\n", outcome(syscall(SYS_futex, w, FUTEX_WAIT, 200, &t, NULL, 0)));
	CHECK(clock_ns(CLOCK_MONOTONIC) - start >= 10 * MS);
	printf("wrong value %s\n", outcome(syscall(SYS_futex, w, FUTEX_WAIT, 1, NULL, NULL, 0)));
	printf("nobody %ld\n", syscall(SYS_futex, w, FUTEX_WAKE, 10, NULL, NULL, 0));
	struct timespec past = {1, 0};
	printf("bitset in the past %s\n", outcome(syscall(SYS_futex, w, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 200, &past, NULL, ~0u)));
	printf("no such operation %s\n", outcome(syscall(SYS_futex, w, 77, 0, NULL, NULL, 0)));
	return 0;
}

/* expect:
200 exit 0
time-out ETIMEDOUT
wrong value EAGAIN
nobody 0
bitset in the past ETIMEDOUT
no such operation ENOSYS
*/
