/* pipe_no_record: reads that have nothing to wait for fail at once: who listens, what has no records, buffers too small for one. */
/* control: same */
/* expect:
a listening TCP socket: ENOTCONN
a listening unix socket: EINVAL
4 bytes of an eventfd: EINVAL
4 bytes of a timer: EINVAL
64 bytes of a signalfd: EINVAL
an epoll descriptor: EINVAL
a pidfd: EINVAL
*/
#include "guest.h"
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static void try_read(const char *what, int fd, size_t n)
{
	char buf[256];

	printf("%s: %s\n", what, outcome(read(fd, buf, n)));
}

int main(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int tcp = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), local = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	sigset_t set;

	MUST(bind(tcp, (struct sockaddr *)&in, sizeof in));
	MUST(listen(tcp, 1));
	MUST(bind(local, (struct sockaddr *)&un, sizeof un));
	MUST(listen(local, 1));
	sigemptyset(&set);
	try_read("a listening TCP socket", tcp, 256);
	try_read("a listening unix socket", local, 256);
	try_read("4 bytes of an eventfd", (int)MUST(eventfd(0, 0)), 4);
	try_read("4 bytes of a timer", (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0)), 4);
	try_read("64 bytes of a signalfd", (int)MUST(signalfd(-1, &set, 0)), 64);
	try_read("an epoll descriptor", (int)MUST(epoll_create1(0)), 256);
	try_read("a pidfd", (int)MUST(syscall(SYS_pidfd_open, getpid(), 0)), 256);
	MUST(unlink("socket"));
	return 0;
}
