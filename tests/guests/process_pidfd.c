/* process_pidfd: a descriptor for a process: poll sees its end, signals go through it, it outlives the process. */
/* control: same */
/* traced: fixed */
#include "guest.h"

int main(void)
{
	pid_t p = (pid_t)MUST(fork());
	if (p == 0)
		for (;;)
			pause();
	int fd = (int)syscall(SYS_pidfd_open, p, 0);
	if (fd < 0) {
		printf("pidfd_open: %s\n", outcome(fd));
		kill(p, SIGKILL);
		wait(NULL);
		return 0;
	}
	struct pollfd f = {.fd = fd, .events = POLLIN};
	printf("alive: %d\n", poll(&f, 1, 0));
	MUST(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	printf("poll: %d\n", poll(&f, 1, -1));
	printf("%s\n", status_words(wait_status(p)));
	printf("signal to the dead: %s\n", outcome(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0)));
	return 0;
}

/* expect:
alive: 0
poll: 1
signal 15
signal to the dead: ESRCH
*/
