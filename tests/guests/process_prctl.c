/* process_prctl: names, the signal at a parent's death, no_new_privs. */
/* control: same */
#include "guest.h"
#include <sys/prctl.h>

int main(void)
{
	char name[32] = "";
	MUST(prctl(PR_SET_NAME, "a-name-that-is-too-long"));
	MUST(prctl(PR_GET_NAME, name));
	printf("%s\n", name);
	slurp("/proc/self/comm", name, sizeof(name));
	printf("%s", name);
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		int p[2];
		MUST(pipe(p));
		pid_t g = (pid_t)MUST(fork());
		if (g == 0) {
			MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
			MUST(write(p[1], "x", 1));
			for (;;)
				pause();
		}
		char x;
		MUST(read(p[0], &x, 1));
		put_file("grandchild", "");
		_exit(0);
	}
	printf("child %s\n", status_words(wait_status(c)));
	int st = 0;
	if (wait(&st) > 0)
		printf("grandchild %s\n", status_words(st));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	printf("no new privileges %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	return 0;
}

/* expect:
a-name-that-is-
a-name-that-is-
child exit 0
grandchild signal 9
no new privileges 1
*/
