/* terminal.c: when the bytes that were written to one side of a pseudo terminal have come to the other; syscall/tty.c says who asks, and why.
 *
 * They come through a worker of the kernel's (flush_to_ldisc, drivers/tty/tty_buffer.c), which takes one buffer at a time to n_tty, and
 * n_tty takes all of it holding termios_rwsem (n_tty_receive_buf_common, drivers/tty/n_tty.c; but for a key that makes a signal).
 *
 * Invariants
 *  M1. A poll that finds nothing to read has waited for the worker: n_tty_poll().
 *  M2. FIONREAD takes termios_rwsem for writing: when it shows that anything has come of a buffer, all of it has.
 *  M3. What changes neither (a part of a line that is not echoed, behind a whole line that nobody has read) is waited for by the clock. It acts
 *      on nothing before the next line is looked at, which M1 settles; only a change of modes could tell. Whether a change must come follows
 *      from bytes and modes (`sign`): then the clock only ends what would hang.
 *  M4. The master's side can change late: it has a worker as well, and the echo of an earlier write comes through that. So it is a sign only of
 *      what shows nowhere else. */
#include "tracee/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"

enum { PAUSE_NS = 50000, PAUSES = 100, QUIET_PAUSES = 10 };

void x_tty_pause(struct call *c)
{
	const struct timespec little = { 0, PAUSE_NS };

	(void)c;
	nanosleep(&little, NULL);
}

static bool readable(int tty)
{
	struct pollfd p = { tty, POLLIN, 0 };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLIN);
}

static int bytes_in(int tty)
{
	int n = 0;

	return ioctl(tty, FIONREAD, &n) < 0 ? 0 : n;
}

/* M1; of a terminal that is not empty only that its content has stopped changing. */
void x_fd_settle(struct call *c, int fd)
{
	int d = executor_dup(c, fd), before = -1, quiet = 0;

	for (int i = 0; d >= 0 && i < PAUSES && quiet < QUIET_PAUSES && readable(d); i++) {
		int now = bytes_in(d);

		quiet = now == before ? quiet + 1 : 0;
		before = now;
		x_tty_pause(c);
	}
}

/* Opening and closing the only slave would be a hangup. A master whose slaves have all been closed says so; of one whose slave was never
 * opened we know that by `opened`, or because some session has it. */
int x_tty_peer(struct call *c, int fd, bool opened)
{
	int master = executor_dup(c, fd), group = 0, peer;
	struct pollfd p = { master, 0, 0 };

	if (master < 0 || poll(&p, 1, 0) < 0 || (p.revents & POLLHUP))
		return -1;
	if (!opened && (ioctl(master, TIOCGPGRP, &group) < 0 || group <= 0))
		return -1;
	while ((peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) < 0 && errno == EINTR) /* the watchdog's tick */
		;
	return peer;
}

void x_tty_leave(struct call *c, int peer)
{
	(void)c;
	if (peer >= 0)
		close(peer);
}

/* In this order: M2 then holds for echo as well. */
void x_tty_level(struct call *c, int fd, int peer, struct tty_level *ret)
{
	ret->ready = readable(peer);
	ret->out = bytes_in(executor_dup(c, fd));
	ret->in = bytes_in(peer);
}
