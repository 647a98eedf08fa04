/* ids_fork_tree: pids of a tree of processes, three levels of two, born one after the other. */
/* control: differs */
#include "guest.h"

static void grow(int level)
{
	for (int i = 0; i < 2; i++) {
		pid_t p = (pid_t)MUST(fork());
		if (p == 0) {
			printf("%*slevel %d child %d pid %d parent %d\n", 2 * level, "", level, i, getpid(), getppid());
			if (level < 3)
				grow(level + 1);
			_exit(0);
		}
		CHECK(wait_status(p) == 0);
	}
}

int main(void)
{
	grow(1);
	return 0;
}
