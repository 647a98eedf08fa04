/* process_vfork: the parent stands still until the child execs or exits, and shares its memory until then. */
/* control: same */
#include "guest.h"

static volatile int shared;

static bool nothing_comes(void)
{
	const struct timespec none = { 0, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigtimedwait(&set, NULL, &none) < 0 && errno == EAGAIN;
}

int main(void)
{
	pid_t p = vfork();
	if (p == 0) {
		for (int i = 0; i < 1000; i++)
			shared++;
		_exit(5);
	}
	printf("after exit: %d %s\n", shared, status_words(wait_status(p)));
	p = vfork();
	if (p == 0) {
		shared = 7;
		execl("/bin/sh", "sh", "-c", "exit 6", (char *)NULL);
		_exit(127);
	}
	printf("after exec: %d %s\n", shared, status_words(wait_status(p)));
	p = vfork();
	if (p == 0) {
		execl("/nonexistent", "x", (char *)NULL);
		_exit(errno == ENOENT ? 44 : 45);
	}
	printf("no such file: %s\n", status_words(wait_status(p)));
	p = vfork();
	if (p == 0) {
		raise(SIGKILL);
		_exit(1);
	}
	printf("killed: %s\n", status_words(wait_status(p)));
	p = vfork();
	if (p == 0) /* for which a tracer needs memory of its own, which its parent has then as well */
		_exit(nothing_comes() ? 3 : 4);
	printf("asks: %s", status_words(wait_status(p)));
	printf(", and its parent: %d\n", nothing_comes());
	return 0;
}

/* expect:
after exit: 1000 exit 5
after exec: 7 exit 6
no such file: exit 44
killed: signal 9
asks: exit 3, and its parent: 1
*/
