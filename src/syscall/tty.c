/* tty.c: terminals of the box: reading that waits, and the signals that keys make. Freestanding.
 *
 * Inputs: what was written to the other side, in order (ordered); the modes, set by guests (passed); VTIME (normalised: logical).
 *
 * Invariants
 *  T1. Bytes and keys reach the other side through a worker of the kernel's: a reader, and the writer of a master, let it finish
 *      first (x_fd_settle).
 *  T2. Once a terminal was made, signals may come from the kernel at any guest's stop: parked threads are asked each time
 *      (world->terminal_seen). */
#include "syscall/abi.h"
#include "syscall/tty.h"

enum { TTY_GETMODES = 0x5401, TTY_GETGROUP = 0x540f, LFLAG_AT = 12, CC_AT = 17, CC_TIME = 5, CC_MIN = 6, CANONICAL = 2, MODES_BYTES = 36, TENTH_NS = 100000000 };

/* Reading from the background is the kernel's affair: it stops the whole group. */
static bool in_background(struct call *c, int fd, gaddr s)
{
	int32_t group;

	if (x_real(c, __NR_ioctl, (uint64_t)fd, TTY_GETGROUP, s, 0, 0, 0) < 0 || x_dead(c) || x_read(c, s, &group, sizeof(group)) < 0)
		return false;
	return x_real(c, __NR_getpgrp, 0, 0, 0, 0, 0, 0) != group;
}

enum outcome tty_read_wait(struct call *c, int fd)
{
	gaddr page = x_scratch(c), s = page + SCRATCH_STRUCT;
	uint8_t modes[MODES_BYTES];
	enum outcome o;

	if (!page)
		return done(c, -ENOMEM);
	if (in_background(c, fd, s) || x_dead(c) || x_signal_pending(c, NULL))
		return CALL_PASS;
	o = park_fd(c, fd, POLLIN);
	if (x_real(c, __NR_ioctl, (uint64_t)fd, TTY_GETMODES, s, 0, 0, 0) < 0 || x_dead(c) || x_read(c, s, modes, sizeof(modes)) < 0)
		return o;
	if ((modes[LFLAG_AT] & CANONICAL) || modes[CC_AT + CC_MIN])
		return o;
	if (!modes[CC_AT + CC_TIME]) /* whatever is there, and be it nothing */
		return CALL_PASS;
	if (!c->mem[0])
		c->mem[0] = (uint64_t)(c->w->now_ns + (int64_t)modes[CC_AT + CC_TIME] * TENTH_NS);
	if (c->timed_out || (int64_t)c->mem[0] <= c->w->now_ns)
		return done(c, 0);
	return park_until(c, (int64_t)c->mem[0]);
}
