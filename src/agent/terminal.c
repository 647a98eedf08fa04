/* terminal.c: bytes go through terminals in the guest's own process. What was written to a master is waited for as tracee/terminal.c says, and why so; for
 * that the guest itself has its slave open for a moment, of which nobody knows: no other thread runs, and it is closed before this one goes on. */
#include "agent/internal.h"

#include <string.h>

#include "syscall/abi.h"
#include "syscall/fs.h"

/* include/uapi/asm-generic/ioctls.h */
enum { GET_GROUP = 0x540f, BYTES = 0x541b, PEER = 0x5441, PEER_FLAGS = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, SET_STATUS = 4 /* F_SETFL */ };
enum { PAUSE_NS = 50000 };

int64_t x_fd_ask(struct call *c, int fd, uint32_t request, void *ret, size_t n)
{
	char answer[64] = { 0 };
	const uint64_t arg[6] = { (uint64_t)fd, request, (uint64_t)(uintptr_t)answer };
	int64_t r;

	(void)c;
	if (n > sizeof(answer) || !row_fits_near(&syscall_rows[__NR_ioctl], arg))
		agent_cannot();
	r = agent_syscall(__NR_ioctl, arg);
	if (r >= 0)
		memcpy(ret, answer, n);
	return r < 0 ? r : 0;
}

/* The call's own descriptor is the terminal: the kernel tells its groups to those whom it controls. */
bool x_is_in_background(struct call *c, uint32_t terminal)
{
	static const uint64_t own[6];
	int32_t group = 0;

	(void)terminal;
	if (x_fd_ask(c, (int)c->arg[0], GET_GROUP, &group, sizeof(group)) == 0 && group > 0 && group != agent_syscall(__NR_getpgid, own))
		agent_cannot();
	return false;
}

/* ---- bytes ----------------------------------------------------------------------------------------------------------------- */

void x_will_move(struct call *c, bool all)
{
	struct window *w = WINDOW;

	if (w->pending.acting == ACTING_DONE)
		return;
	if (!all || w->n_ttys >= WIRE_TTYS - 1)
		agent_cannot();
	agent_check_room(c);
	w->pending.acting = ACTING_NEXT;
}

static void must_move(void)
{
	if (!WINDOW->pending.acting)
		agent_cannot();
}

int64_t agent_move(uint32_t nr, int fd, const void *buf, size_t n)
{
	const uint64_t arg[6] = { (uint64_t)fd, (uint64_t)(uintptr_t)buf, n };
	int64_t r;

	must_move();
	r = agent_syscall(nr, arg);
	if (r > 0)
		WINDOW->pending.acting = ACTING_DONE;
	return r;
}

int64_t x_fd_set_flags(struct call *c, int fd, uint64_t flags)
{
	const uint64_t arg[6] = { (uint64_t)fd, SET_STATUS, flags };

	(void)c;
	must_move();
	return agent_syscall(__NR_fcntl, arg);
}

/* ---- the other side ---------------------------------------------------------------------------------------------------------- */

static uint32_t poll_now(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };
	const uint64_t arg[6] = { (uint64_t)(uintptr_t)&p, 1, 0 };

	return agent_syscall(__NR_poll, arg) < 0 ? POLLHUP : (uint16_t)p.revents;
}

static int64_t bytes_in(struct call *c, int fd)
{
	int32_t n = 0;

	return x_fd_ask(c, fd, BYTES, &n, sizeof(n)) < 0 ? 0 : n;
}

void x_tty_pause(struct call *c)
{
	const int64_t little[2] = { 0, PAUSE_NS };
	const uint64_t arg[6] = { (uint64_t)(uintptr_t)little };

	(void)c;
	agent_syscall(__NR_nanosleep, arg);
}

int x_tty_peer(struct call *c, int fd, bool opened)
{
	const uint64_t arg[6] = { (uint64_t)fd, PEER, PEER_FLAGS };
	int32_t group = 0;
	int64_t peer;

	must_move();
	if (world_proc(c->w, c->task)->tasks != 1 || (poll_now(fd, 0) & POLLHUP) || (!opened && (x_fd_ask(c, fd, GET_GROUP, &group, sizeof(group)) < 0 || group <= 0)))
		agent_cannot();
	peer = agent_syscall(__NR_ioctl, arg);
	if (peer < 0)
		agent_cannot();
	return (int)peer;
}

void x_tty_leave(struct call *c, int peer)
{
	const uint64_t arg[6] = { (uint64_t)peer };

	(void)c;
	if (peer >= 0)
		agent_syscall(__NR_close, arg);
}

void x_tty_level(struct call *c, int fd, int peer, struct tty_level *ret)
{
	ret->ready = poll_now(peer, POLLIN) & POLLIN;
	ret->out = bytes_in(c, fd);
	ret->in = bytes_in(c, peer);
}
