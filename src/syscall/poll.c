/* poll.c: the calls that wait for several descriptors: poll, ppoll, select, pselect6, epoll_wait and its relatives.
 *
 * Owns: the zero-timeout try, the logical deadline, the remaining time that Linux writes back. Must not know: real time.
 *
 * Invariants
 *  P1. The kernel is only ever asked with a zero timeout, but for P4; waiting is parking.
 *  P2. The deadline is absolute and logical; it is computed at the first try and kept in mem[0] (mem[1] says so), because
 *      the guest may change its timeout structure while it waits.
 *  P3. Order of judgement, as in Linux: readiness, then a pending signal, then the deadline.
 *  P4. A call with a temporary signal mask that is interrupted is handed to the kernel, which alone can exchange masks
 *      around a signal frame; a signal being pending, it returns at once. It is given a copy of the timeout, for it
 *      writes back the REAL time that remains.
 *  P5. The guest's fd sets are written only together with a result; the tries work on copies.
 */
#include "syscall/abi.h"
#include "syscall/table.h"

#include <string.h>

handler do_poll, do_ppoll, do_select, do_pselect6, do_epoll_wait;

enum {
	POLL_FEW = 4,               /* descriptors asked from outside */
	POLL_CHUNK = 64,            /* entries looked at together */
	POLL_LOOKED_AT = 4096,      /* entries looked at for outputs at all */
	SELECT_BYTES = 5120,        /* one fd set: three of them and a timeout fit into the scratch page */
	SELECT_TIMEOUT_AT = 3 * SELECT_BYTES,
	TIMEOUT_COPY_AT = 3 * SELECT_BYTES + 64,
};

enum { MEM_DEADLINE, MEM_STARTED };

/* How a call waits, once it has found nothing ready. */
struct wait {
	int64_t deadline_ns;
	bool has_mask;
	uint64_t mask;
	int fd;                     /* the only descriptor waited for, -1: several */
	uint32_t events;
	int interrupted;            /* errno for a signal, without a temporary mask */
	gaddr left;                 /* where the remaining time goes, 0: nowhere */
	bool left_is_timeval;
	int timeout_arg;            /* which argument that is */
};

static int64_t deadline_after(struct call *c, int64_t ns)
{
	if (ns < 0 || ns > NO_DEADLINE - 1 - c->w->now_ns)
		return NO_DEADLINE;
	return c->w->now_ns + ns;
}

/* The timeout of the first try becomes the deadline of all of them. ns < 0: for ever. */
static int64_t keep_deadline(struct call *c, int64_t ns)
{
	int64_t at;

	if (!c->mem[MEM_STARTED]) {
		c->mem[MEM_DEADLINE] = (uint64_t)(c->nr == __NR_poll && resumed_until(c, &at) ? at : deadline_after(c, ns));
		c->mem[MEM_STARTED] = 1;
	}
	return (int64_t)c->mem[MEM_DEADLINE];
}

/* {seconds, parts} -> ns: no pointer is for ever (-1). select takes microseconds beyond a million, the others do not. */
static int read_timeout(struct call *c, gaddr p, int64_t parts_per_s, bool carry, int64_t *ret_ns)
{
	int64_t t[2];

	if (!p) {
		*ret_ns = -1;
		return 0;
	}
	if (x_read(c, p, t, sizeof t) < 0)
		return -EFAULT;
	if (t[0] < 0 || t[1] < 0)
		return -EINVAL;
	if (t[1] >= parts_per_s) {
		if (!carry)
			return -EINVAL;
		if (__builtin_add_overflow(t[0], t[1] / parts_per_s, &t[0]))
			t[0] = INT64_MAX;
		t[1] %= parts_per_s;
	}
	*ret_ns = t[0] >= INT64_MAX / 1000000000 ? INT64_MAX : t[0] * 1000000000 + t[1] * (1000000000 / parts_per_s);
	return 0;
}

/* The signal set argument of the p-calls. An absent set means no exchange of masks. */
static int read_mask(struct call *c, gaddr p, uint64_t size, struct wait *wt)
{
	wt->has_mask = false;
	if (!p)
		return 0;
	if (size != sizeof wt->mask)
		return -EINVAL;
	if (x_read(c, p, &wt->mask, sizeof wt->mask) < 0)
		return -EFAULT;
	wt->has_mask = true;
	return 0;
}

/* Linux updates the timeout structure whatever the result, and ignores that it cannot. */
static void write_left(struct call *c, const struct wait *wt)
{
	int64_t left;

	if (!wt->left || wt->deadline_ns == NO_DEADLINE)
		return;
	left = wt->deadline_ns > c->w->now_ns ? wt->deadline_ns - c->w->now_ns : 0;
	if (wt->left_is_timeval)
		(void)write_timeval(c, wt->left, left);
	else
		(void)write_timespec(c, wt->left, left);
}

static enum outcome finish(struct call *c, const struct wait *wt, int64_t ret)
{
	write_left(c, wt);
	return done(c, ret);
}

/* P4: the original call, with a timeout that is ours. */
static enum outcome interrupted_with_mask(struct call *c, const struct wait *wt)
{
	gaddr scratch;

	if (wt->left) {
		int64_t second[2] = { 1, 0 };

		scratch = x_scratch(c);
		if (!scratch || x_write(c, scratch + TIMEOUT_COPY_AT, second, sizeof second) < 0)
			return done(c, -EINTR);
		write_left(c, wt);
		c->arg[wt->timeout_arg] = scratch + TIMEOUT_COPY_AT;
	}
	return CALL_PASS;
}

static enum outcome park(struct call *c, const struct wait *wt)
{
	struct task *t = &c->w->tasks[c->task];
	enum outcome o;

	if (wt->has_mask || t->have_mask) { /* it ends with the call (engine.c); without one nothing is written, for the agent only reads */
		t->have_mask = wt->has_mask;
		t->mask = wt->mask;
	}
	if (wt->events == 0 && wt->fd < 0)
		return park_until(c, wt->deadline_ns);
	/* A descriptor that seems ready (or cannot be asked) while the call found nothing must not make us spin. */
	if (wt->fd >= 0 && (!c->retry || x_fd_poll(c, wt->fd, wt->events) == 0))
		o = park_fd(c, wt->fd, wt->events);
	else
		o = park_any(c);
	return wt->deadline_ns == NO_DEADLINE ? o : park_until(c, wt->deadline_ns);
}

/* Nothing is ready: a signal, the deadline, or waiting. *ret_final is set when the call ends with result 0. */
static enum outcome wait_more(struct call *c, const struct wait *wt, bool *ret_final)
{
	*ret_final = false;
	if (x_signal_pending(c, wt->has_mask ? &wt->mask : NULL)) {
		if (wt->has_mask)
			return interrupted_with_mask(c, wt);
		if (c->nr == __NR_poll) /* the others write back what is left of their timeout */
			return interrupted_until(c, wt->deadline_ns);
		return finish(c, wt, -wt->interrupted);
	}
	if (c->timed_out || wt->deadline_ns <= c->w->now_ns) {
		*ret_final = true;
		return finish(c, wt, 0);
	}
	return park(c, wt);
}

/* A try that a signal cut short found nothing; whether the signal matters is decided by wait_more(). */
static bool nothing_ready(int64_t r)
{
	return r == 0 || r == -EINTR || (r <= -512 && r >= -516);
}

/* A poll without waiting that finds nothing is somebody's busy loop: others get their turn. */
static enum outcome give_way(enum outcome o, const struct call *c)
{
	return o == CALL_DONE && c->ret == 0 ? CALL_YIELD : o;
}

/* ---- poll, ppoll ---------------------------------------------------------------------------------------------------- */

/* The reader of an output pipe is the supervisor. How full the pipe is at this moment is the host's accident, so it is
 * emptied before the kernel is asked whether it can be written. */
static void make_room(struct call *c, int fd)
{
	struct fd_stat st;

	if (fd >= 0 && x_fd_stat(c, fd, &st) == 0 && x_fd_is_output(c, fd, &st))
		(void)x_fd_poll(c, fd, POLLOUT);
}

static void make_room_in_outputs(struct call *c, gaddr fds, uint64_t n)
{
	struct pollfd p[POLL_CHUNK];

	for (uint64_t at = 0; at < n && at < POLL_LOOKED_AT; at += POLL_CHUNK) {
		uint64_t some = n - at < POLL_CHUNK ? n - at : POLL_CHUNK;

		if (x_read(c, fds + at * sizeof *p, p, some * sizeof *p) < 0)
			return;
		for (uint64_t i = 0; i < some; i++)
			if (p[i].events & (POLLOUT | POLLWRNORM))
				make_room(c, p[i].fd);
	}
}

/* A single descriptor, waited for in the usual way, can be named as the condition. */
static void name_single(struct call *c, gaddr fds, struct wait *wt)
{
	const int usual = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
	struct pollfd p;

	wt->fd = -1;
	wt->events = POLLIN;
	if (x_read(c, fds, &p, sizeof p) < 0 || p.fd < 0 || !(p.events & usual) || (p.events & ~usual))
		return;
	wt->fd = p.fd;
	wt->events = ((p.events & (POLLIN | POLLRDNORM)) ? POLLIN : 0) | ((p.events & (POLLOUT | POLLWRNORM)) ? POLLOUT : 0);
}

/* A few descriptors can be asked from outside, which the guest's thread need not move for. Descriptors that are not open, and what
 * else is odd, are for the kernel to judge: false. */
static bool poll_outside(struct call *c, gaddr fds, uint32_t n, int64_t *ret)
{
	struct pollfd p[POLL_FEW];

	if (n > POLL_FEW || c->w->signalfd_seen || x_read(c, fds, p, n * sizeof *p) < 0)
		return false;
	*ret = 0;
	for (uint32_t i = 0; i < n; i++) {
		int64_t r = p[i].fd < 0 ? 0 : x_fd_poll(c, p[i].fd, (uint16_t)p[i].events);

		if (r < 0 || (r & POLLNVAL))
			return false;
		p[i].revents = (int16_t)r;
		*ret += r != 0;
	}
	if (x_write(c, fds, p, n * sizeof *p) < 0)
		*ret = -EFAULT;
	return true;
}

static enum outcome poll_common(struct call *c, int64_t timeout_ns, struct wait *wt)
{
	uint32_t n = (uint32_t)c->arg[1];
	bool final;
	int64_t r;

	wt->deadline_ns = keep_deadline(c, timeout_ns);
	wt->fd = -1;
	if (n) {
		make_room_in_outputs(c, c->arg[0], n);
		if (!poll_outside(c, c->arg[0], n, &r))
			r = x_real(c, __NR_poll, c->arg[0], n, 0, 0, 0, 0);
		if (x_dead(c) || !nothing_ready(r))
			return finish(c, wt, r);
		wt->events = POLLIN;
		if (n == 1)
			name_single(c, c->arg[0], wt);
	}
	return timeout_ns == 0 && !c->retry ? give_way(wait_more(c, wt, &final), c) : wait_more(c, wt, &final);
}

/* poll. Inputs of the result: states of pipes, sockets and files (functions of past calls, the turn being ours: passed),
 * fullness of the output pipes (eliminated: emptied first), real time (normalised: logical deadline), signals (ordered). */
enum outcome do_poll(struct call *c)
{
	struct wait wt = { .interrupted = ERESTARTNOHAND_CODE };
	int32_t ms = (int32_t)c->arg[2];

	return poll_common(c, ms < 0 ? -1 : (int64_t)ms * 1000000, &wt);
}

/* ppoll. As poll; the remaining time written back is logical (normalised), the temporary mask is the kernel's work. */
enum outcome do_ppoll(struct call *c)
{
	struct wait wt = { .interrupted = ERESTARTNOHAND_CODE, .timeout_arg = 2 };
	int64_t ns = -1;
	int r;

	r = c->retry ? 0 : read_timeout(c, c->arg[2], NSEC, false, &ns);
	if (r == 0)
		r = read_mask(c, c->arg[3], c->arg[4], &wt);
	if (r < 0)
		return done(c, r);
	wt.left = ns == 0 ? 0 : c->arg[2];
	return poll_common(c, ns, &wt);
}

/* ---- select, pselect6 ------------------------------------------------------------------------------------------------ */

struct sets {
	gaddr guest[3];
	size_t bytes;
	uint64_t n;
	uint8_t *bits[3];
};

static int sets_read(struct call *c, struct sets *s)
{
	int32_t n = (int32_t)c->arg[0];
	uint8_t *all;

	if (n < 0)
		return -EINVAL;
	s->n = (uint64_t)n;
	s->bytes = ((size_t)n + 63) / 64 * 8;
	if (s->bytes > SELECT_BYTES) { /* Linux, too, cuts n to the size of the descriptor table */
		s->bytes = SELECT_BYTES;
		s->n = (uint64_t)SELECT_BYTES * 8;
	}
	if (!s->n)
		return 0;
	all = x_arena(c, 3 * s->bytes);
	if (!all)
		return -ENOMEM;
	for (int i = 0; i < 3; i++) {
		s->guest[i] = c->arg[1 + i];
		s->bits[i] = all + (size_t)i * s->bytes;
		if (s->guest[i] && x_read(c, s->guest[i], s->bits[i], s->bytes) < 0)
			return -EFAULT;
	}
	return 0;
}

static bool set_has(const struct sets *s, int which, uint64_t fd)
{
	return s->guest[which] && ((s->bits[which][fd / 8] >> (fd % 8)) & 1);
}

/* The only descriptor of the sets, when there is but one and exceptional conditions are not asked for; -1. */
static void sets_name_single(const struct sets *s, struct wait *wt)
{
	wt->fd = -1;
	wt->events = 0;
	for (uint64_t fd = 0; fd < s->n; fd++) {
		bool in = set_has(s, 0, fd), out = set_has(s, 1, fd), except = set_has(s, 2, fd);

		if (!in && !out && !except)
			continue;
		if (wt->events || except) {
			wt->fd = -1;
			wt->events = POLLIN;
			return;
		}
		wt->fd = (int)fd;
		wt->events = (in ? POLLIN : 0) | (out ? POLLOUT : 0);
	}
}

/* One try on copies; a positive result is copied back over s->bits. */
static int64_t sets_try(struct call *c, struct sets *s)
{
	static const int64_t zero[2];
	gaddr scratch = x_scratch(c), at[3] = { 0, 0, 0 };
	int64_t r;

	if (!scratch)
		return -ENOMEM;
	for (int i = 0; i < 3; i++) {
		if (!s->guest[i])
			continue;
		at[i] = scratch + (gaddr)i * SELECT_BYTES;
		if (x_write(c, at[i], s->bits[i], s->bytes) < 0)
			return -EFAULT;
	}
	if (x_write(c, scratch + SELECT_TIMEOUT_AT, zero, sizeof zero) < 0)
		return -EFAULT;
	r = x_real(c, __NR_select, s->n, at[0], at[1], at[2], scratch + SELECT_TIMEOUT_AT, 0);
	if (r <= 0 || x_dead(c))
		return r;
	for (int i = 0; i < 3; i++)
		if (at[i] && x_read(c, at[i], s->bits[i], s->bytes) < 0)
			return -EFAULT;
	return r;
}

static int sets_write(struct call *c, const struct sets *s)
{
	for (int i = 0; i < 3; i++)
		if (s->n && s->guest[i] && x_write(c, s->guest[i], s->bits[i], s->bytes) < 0)
			return -EFAULT;
	return 0;
}

static int sets_write_empty(struct call *c, struct sets *s)
{
	for (int i = 0; i < 3; i++)
		if (s->n && s->guest[i])
			memset(s->bits[i], 0, s->bytes);
	return sets_write(c, s);
}

static enum outcome select_common(struct call *c, int64_t timeout_ns, struct wait *wt)
{
	struct sets s = { .n = 0 };
	enum outcome o;
	bool final;
	int64_t r;

	wt->deadline_ns = keep_deadline(c, timeout_ns);
	r = sets_read(c, &s);
	if (r < 0)
		return finish(c, wt, r);
	sets_name_single(&s, wt);
	if (wt->events) {
		for (uint64_t fd = 0; fd < s.n; fd++)
			if (set_has(&s, 1, fd))
				make_room(c, (int)fd);
		r = sets_try(c, &s);
		if (r > 0 && !x_dead(c) && sets_write(c, &s) < 0)
			r = -EFAULT;
		if (x_dead(c) || !nothing_ready(r))
			return finish(c, wt, r);
	}
	o = wait_more(c, wt, &final);
	if (final && sets_write_empty(c, &s) < 0)
		c->ret = -EFAULT;
	return timeout_ns == 0 && !c->retry ? give_way(o, c) : o;
}

/* select. Inputs as for poll; the sets come back exactly as the kernel made them, the timeval holds the logical time left. */
enum outcome do_select(struct call *c)
{
	struct wait wt = { .interrupted = ERESTARTNOHAND_CODE, .left_is_timeval = true };
	int64_t ns = -1;
	int r = c->retry ? 0 : read_timeout(c, c->arg[4], 1000000, true, &ns);

	if (r < 0)
		return done(c, r);
	wt.left = ns == 0 ? 0 : c->arg[4];
	return select_common(c, ns, &wt);
}

/* pselect6. As select, with a timespec and a temporary mask behind {pointer, size}. */
enum outcome do_pselect6(struct call *c)
{
	struct wait wt = { .interrupted = ERESTARTNOHAND_CODE, .timeout_arg = 4 };
	uint64_t sig[2] = { 0, 0 };
	int64_t ns = -1;
	int r;

	if (c->arg[5] && x_read(c, c->arg[5], sig, sizeof sig) < 0)
		return done(c, -EFAULT);
	r = c->retry ? 0 : read_timeout(c, c->arg[4], NSEC, false, &ns);
	if (r == 0)
		r = read_mask(c, sig[0], sig[1], &wt);
	if (r < 0)
		return done(c, r);
	wt.left = ns == 0 ? 0 : c->arg[4];
	return select_common(c, ns, &wt);
}

/* ---- epoll ----------------------------------------------------------------------------------------------------------- */

/* The events are fetched by the guest's own call, which does not wait, when the descriptor says that there are some; as long as it says
 * no, the guest's thread need not move. Where that cannot be known from outside, or the arguments are wrong, the call is tried. */
static bool surely_nothing(struct call *c)
{
	int32_t most = (int32_t)c->arg[2];

	return !c->w->signalfd_seen && most > 0 && x_fd_poll(c, (int32_t)c->arg[0], POLLIN) == 0 && x_fd_is_epoll(c, (int32_t)c->arg[0]);
}

/* epoll_wait, epoll_pwait, epoll_pwait2. Inputs: readiness as for poll; the ORDER of the events is that of the kernel's
 * ready list, that is the order in which the descriptors became ready, which in a world where one thread runs at a time is
 * a function of past calls (passed). Timeout: logical. The epoll descriptor itself is readable when an event is there,
 * so it is the condition. */
enum outcome do_epoll_wait(struct call *c)
{
	struct wait wt = { .interrupted = EINTR, .fd = (int32_t)c->arg[0], .events = POLLIN };
	int32_t ms = (int32_t)c->arg[3];
	int64_t ns = ms < 0 ? -1 : (int64_t)ms * 1000000, r = 0;
	bool final;
	enum outcome o;

	if (c->nr == __NR_epoll_pwait2)
		r = c->retry ? 0 : read_timeout(c, c->arg[3], NSEC, false, &ns);
	if (r == 0 && c->nr != __NR_epoll_wait)
		r = read_mask(c, c->arg[4], c->arg[5], &wt);
	if (r < 0)
		return done(c, r);
	wt.deadline_ns = keep_deadline(c, ns);
	r = surely_nothing(c) ? 0 : x_real(c, __NR_epoll_wait, c->arg[0], c->arg[1], c->arg[2], 0, 0, 0);
	if (x_dead(c) || !nothing_ready(r))
		return finish(c, &wt, r);
	o = wait_more(c, &wt, &final);
	return ns == 0 && !c->retry ? give_way(o, c) : o;
}
