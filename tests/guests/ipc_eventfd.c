/* ipc_eventfd: counting, semaphore mode, blocking readers and full counters. */
/* control: same */
#include "guest.h"
#include <sys/eventfd.h>

int main(void)
{
	uint64_t v = 0;
	int e = (int)MUST(eventfd(5, EFD_NONBLOCK));
	MUST(eventfd_write(e, 7));
	MUST(read(e, &v, 8));
	printf("sum %d, then %s\n", (int)v, outcome(read(e, &v, 8)));
	int s = (int)MUST(eventfd(2, EFD_SEMAPHORE));
	MUST(read(s, &v, 8));
	printf("one of two: %d\n", (int)v);
	MUST(read(s, &v, 8));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		for (int i = 0; i < 3; i++) {
			sleep_ns(2 * MS);
			MUST(eventfd_write(s, 1));
		}
		_exit(0);
	}
	for (int i = 0; i < 3; i++)
		MUST(read(s, &v, 8)); /* blocks */
	printf("three from the child, %s\n", status_words(wait_status(c)));
	MUST(eventfd_write(e, UINT64_MAX - 1));
	printf("full: %s, too short: %s\n", outcome(eventfd_write(e, 1)), outcome(read(e, &v, 4)));
	return 0;
}

/* expect:
sum 12, then EAGAIN
one of two: 1
three from the child, exit 0
full: EAGAIN, too short: EINVAL
*/
