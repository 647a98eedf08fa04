/* process_wnohang: polls for a child's end with WNOHANG; how often is a matter of speed. */
/* control: differs */
#include "guest.h"

int main(void)
{
	pid_t p = (pid_t)MUST(fork());
	if (p == 0) {
		sleep_ns(20 * MS);
		_exit(3);
	}
	int st;
	long n = 0;
	pid_t got;
	while ((got = waitpid(p, &st, WNOHANG)) == 0)
		n++;
	CHECK(got == p && WEXITSTATUS(st) == 3);
	printf("%ld polls\n", n);
	return 0;
}
