/* process_dead_order: several children dead before the first wait: each is found once, by name in any order, then ECHILD. */
/* control: same */
#include "guest.h"

int main(void)
{
	pid_t p[6];
	int st;
	for (int i = 0; i < 6; i++) {
		if ((p[i] = (pid_t)MUST(fork())) == 0)
			_exit(10 + i);
		siginfo_t si;
		MUST(waitid(P_PID, (id_t)p[i], &si, WEXITED | WNOWAIT));
	}
	static const int order[] = {4, 0, 5};
	for (int i = 0; i < 3; i++) {
		CHECK(waitpid(p[order[i]], &st, WNOHANG) == p[order[i]]);
		printf("%d: %s\n", order[i], status_words(st));
	}
	int seen[3] = {0};
	for (int i = 0; i < 3; i++) {
		pid_t got = (pid_t)MUST(wait(&st));
		for (int k = 1; k < 4; k++)
			if (got == p[k])
				seen[k - 1] += WEXITSTATUS(st);
	}
	printf("by wait: %d %d %d\n", seen[0], seen[1], seen[2]);
	printf("then %s, stranger %s\n", outcome(wait(&st)), outcome(waitpid(1, &st, 0)));
	return 0;
}

/* expect:
4: exit 14
0: exit 10
5: exit 15
by wait: 11 12 13
then ECHILD, stranger ECHILD
*/
