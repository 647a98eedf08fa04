/* time_nanosleep: three children sleep 90, 10 and 50 ms; they wake in the order of their deadlines, never early. */
/* control: same */
#include "guest.h"

int main(void)
{
	static const int ms[] = {90, 10, 50};
	int p[2];
	MUST(pipe(p));
	for (int i = 0; i < 3; i++)
		if (MUST(fork()) == 0) {
			int64_t start = clock_ns(CLOCK_MONOTONIC);
			struct timespec t = {0, ms[i] * MS};
			MUST(nanosleep(&t, NULL));
			CHECK(clock_ns(CLOCK_MONOTONIC) - start >= ms[i] * MS);
			char c = (char)('a' + i);
			MUST(write(p[1], &c, 1));
			_exit(0);
		}
	close(p[1]);
	char c;
	while (read(p[0], &c, 1) == 1)
		printf("child %c slept %d ms\n", c, ms[c - 'a']);
	while (wait(NULL) > 0)
		;
	struct timespec bad = {0, NS};
	printf("a billion nanoseconds: %s\n", outcome(nanosleep(&bad, NULL)));
	return 0;
}

/* expect:
child b slept 10 ms
child c slept 50 ms
child a slept 90 ms
a billion nanoseconds: EINVAL
*/
