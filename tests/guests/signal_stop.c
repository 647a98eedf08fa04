/* signal_stop: a child is stopped, continued and ended, and its parent sees each step; time stands still for it. */
/* control: same */
#include "guest.h"

int main(void)
{
	int st, p[2];
	MUST(pipe(p));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		raise(SIGSTOP);
		(void)!write(p[1], "on", 2);
		for (;;)
			pause();
	}
	MUST(waitpid(c, &st, WUNTRACED));
	printf("%s\n", status_words(st));
	struct pollfd f = {.fd = p[0], .events = POLLIN};
	printf("silent: %d, again: %d\n", poll(&f, 1, 15), waitpid(c, &st, WUNTRACED | WNOHANG));
	MUST(kill(c, SIGCONT));
	MUST(waitpid(c, &st, WCONTINUED));
	printf("%s\n", status_words(st));
	printf("heard: %d\n", poll(&f, 1, -1));
	MUST(kill(c, SIGSTOP));
	MUST(waitpid(c, &st, WUNTRACED));
	printf("%s\n", status_words(st));
	MUST(kill(c, SIGTERM)); /* waits until it runs again */
	printf("pending: %d\n", waitpid(c, &st, WNOHANG));
	MUST(kill(c, SIGCONT));
	printf("%s\n", status_words(wait_status(c)));
	return 0;
}

/* expect:
stopped 19
silent: 0, again: 0
continued
heard: 1
stopped 19
pending: 0
signal 15
*/
