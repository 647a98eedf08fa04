/* process_exit_codes: every exit code arrives as it was given, and every fatal signal as that signal. */
/* control: same */
/* status: 37 */
#include "guest.h"

int main(void)
{
	int wrong = 0;
	for (int i = 0; i < 256; i++) {
		pid_t p = (pid_t)MUST(fork());
		if (p == 0)
			_exit(i);
		int st = wait_status(p);
		wrong += !(WIFEXITED(st) && WEXITSTATUS(st) == i);
	}
	printf("wrong codes %d\n", wrong);
	struct rlimit none = {0, 0};
	MUST(setrlimit(RLIMIT_CORE, &none));
	static const int sigs[] = {SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1, SIGPIPE, SIGALRM};
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		pid_t p = (pid_t)MUST(fork());
		if (p == 0) {
			raise(sigs[i]);
			_exit(1);
		}
		printf("%s\n", status_words(wait_status(p)));
	}
	pid_t p = (pid_t)MUST(fork());
	if (p == 0)
		abort();
	printf("abort: %s\n", status_words(wait_status(p)));
	p = (pid_t)MUST(fork());
	if (p == 0) {
		volatile int *volatile nowhere = (volatile int *)8;
		*nowhere = 1;
		_exit(0);
	}
	printf("segv: %s\n", status_words(wait_status(p)));
	return 37;
}

/* expect:
wrong codes 0
signal 1
signal 2
signal 9
signal 15
signal 10
signal 13
signal 14
abort: signal 6
segv: signal 11
*/
