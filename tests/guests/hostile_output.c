/* hostile_output: what a guest does to its standard output must not stop, block or confuse the supervisor that reads it: the pipe is
 * opened again, filled without being asked, made non-blocking, made small, closed; a lot is written. Prints what is contained last. */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/uio.h>

#include "hostile_common.h"

static char block[1 << 16];

static void fill(int fd)
{
	struct iovec v = { block, sizeof(block) };
	int flags = fcntl(fd, F_GETFL), again;

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	for (again = 0; again < 40 && write(fd, block, sizeof(block)) > 0; again++)
		;
	for (again = 0; again < 40 && vmsplice(fd, &v, 1, SPLICE_F_NONBLOCK) > 0; again++)
		;
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	if (write(fd, "\n", 1) < 0)
		_exit(9);
}

int main(void)
{
	int again, in = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK | O_CLOEXEC), copy = open("/proc/self/fd/1", O_RDWR | O_CLOEXEC);
	struct pollfd p = { 1, POLLOUT, 0 };
	char stolen[64];

	memset(block, '.', sizeof(block));
	block[sizeof(block) - 1] = '\n';
	fill(1);
	fcntl(1, F_SETPIPE_SZ, 4096);
	fill(1);
	if (copy >= 0) {
		fcntl(copy, F_SETFL, 0);
		fill(copy);
	}
	if (in >= 0)
		while (read(in, stolen, sizeof(stolen)) > 0) /* our own bytes, before the supervisor has them */
			;
	for (again = 0; again < 3000; again++) /* 200 MB */
		if (write(1, block, sizeof(block)) < 0)
			_exit(10);
	poll(&p, 1, -1);
	fill(2);
	close(2);
	dup2(1, 2);
	if (in >= 0)
		fcntl(in, F_SETFL, 0);
	verdict(false, "the output");
	return 0;
}
