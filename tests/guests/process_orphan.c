/* process_orphan: a child that loses its parent gets another: the nearest subreaper, else the first process. */
/* control: same */
#include "guest.h"
#include <sys/prctl.h>

static void orphan(int out)
{
	int p[2];
	MUST(pipe(p));
	if (MUST(fork()) == 0) {
		pid_t parent = getpid();
		if (MUST(fork()) == 0) {
			char c;
			close(p[1]);
			MUST(read(p[0], &c, 1)); /* end of file: the parent is gone */
			while (getppid() == parent)
				sched_yield();
			pid_t pp = getppid();
			MUST(write(out, &pp, sizeof(pp)));
			_exit(5);
		}
		_exit(0);
	}
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	int out[2], st;
	pid_t pp;
	MUST(pipe(out));
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	orphan(out[1]);
	MUST(read(out[0], &pp, sizeof(pp)));
	printf("adopted by the subreaper: %d\n", pp == getpid());
	int n = 0, codes = 0;
	while (wait(&st) > 0) {
		n++;
		codes += WEXITSTATUS(st);
	}
	printf("%d children, codes %d\n", n, codes);
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 0));
	orphan(out[1]);
	MUST(read(out[0], &pp, sizeof(pp)));
	CHECK(pp != getpid());
	MUST(wait(&st));
	printf("then: %s\n", outcome(wait(&st)));
	return 0;
}

/* expect:
adopted by the subreaper: 1
2 children, codes 5
then: ECHILD
*/
