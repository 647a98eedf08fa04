/* process_wait_order: eight children released together; the order in which wait() finds them dead. */
/* control: load */
#include "guest.h"

int main(void)
{
	int gate[2];
	pid_t pids[8];
	MUST(pipe(gate));
	for (int i = 0; i < 8; i++)
		if ((pids[i] = (pid_t)MUST(fork())) == 0) {
			char c;
			close(gate[1]);
			MUST(read(gate[0], &c, 1));
			for (volatile int n = 0; n < 20000 * (i % 3); n++)
				;
			_exit(i);
		}
	close(gate[0]);
	close(gate[1]);
	int st, n = 0;
	while (wait(&st) > 0) {
		printf("%d ", WEXITSTATUS(st));
		n++;
	}
	printf("\n");
	CHECK(n == 8);
	return 0;
}
