/* process_zombie: a dead child is visible until it is waited for, and then is not. */
/* control: same */
#include "guest.h"

int main(void)
{
	char path[64], b[1024], *s;
	siginfo_t si;
	pid_t p = (pid_t)MUST(fork());
	if (p == 0)
		_exit(0);
	MUST(waitid(P_PID, (id_t)p, &si, WEXITED | WNOWAIT));
	snprintf(path, sizeof(path), "/proc/%d/stat", p);
	MUST(slurp(path, b, sizeof(b)));
	s = strrchr(b, ')');
	printf("state %c, kill 0 %s\n", s ? s[2] : '?', outcome(kill(p, 0)));
	MUST(waitpid(p, NULL, 0));
	printf("then kill 0 %s, file %s\n", outcome(kill(p, 0)), outcome(access(path, F_OK)));
	return 0;
}

/* expect:
state Z, kill 0 ok
then kill 0 ESRCH, file ENOENT
*/
