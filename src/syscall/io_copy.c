/* io_copy.c: bytes from descriptor to descriptor. Freestanding.
 *
 * Inputs: what either end holds and has room for, functions of past calls; where both are files, nothing waits. Else the call waits for both ends in the
 * model, and never in the kernel: while it waits for a source there, it holds the pipe that is to be filled, also from who reads it (the run's own
 * outputs the supervisor reads). */
#include "syscall/abi.h"
#include "syscall/fs.h"
#include "syscall/io.h"
#include "syscall/net.h"
#include "syscall/table.h"

enum { SPLICE_F_NONBLOCK = 2, SPLICE_F_MORE = 4, SPLICE_F_ALL = 0xf };

static void touch_target(struct call *c, int fd)
{
	struct fd_stat st;

	if (x_fd_stat(c, fd, &st) == 0)
		fs_touch_fd(c, fd, &st);
}

/* The kernel would copy its own random bytes. Who is told that it cannot reads them, and gets the model's. */
static int64_t settle_source(struct call *c, int fd)
{
	struct fd_stat st;

	if (x_fd_stat(c, fd, &st) < 0)
		return 0;
	if (io_is_random_device(&st)) {
		x_refused(c, "copies the host's random bytes");
		return -EINVAL;
	}
	return fs_settle_proc(c, fd, &st);
}

/* Ready to give (POLLIN) or take (POLLOUT) at least something without waiting. */
static bool ready(struct call *c, int fd, uint32_t events)
{
	struct fd_stat st;

	if (x_fd_stat(c, fd, &st) < 0 || !io_may_wait(&st) || io_is_mem_device(&st) || (x_fd_flags(c, fd) & O_NONBLOCK))
		return true;
	return x_fd_poll(c, fd, events) != 0;
}

/* Of the run's own outputs the supervisor takes what they hold, whether the caller would wait or not. */
static void empty_output(struct call *c, int out)
{
	struct fd_stat st;

	if (x_fd_stat(c, out, &st) == 0)
		(void)x_fd_is_output(c, out, &st);
}

/* The kernel refuses such a pair before it waits for anything. */
static bool wrong_ends(struct call *c, int in, int out)
{
	return (x_fd_flags(c, in) & O_ACCMODE) == O_WRONLY || (x_fd_flags(c, out) & O_ACCMODE) == O_RDONLY;
}

/* For the event log: the bytes that are copied from a regular file, from before those that are copied already: at the offset that the guest gave, or at the
 * file's own. */
static void name_source(struct call *c, int in, gaddr offset, uint64_t done_already)
{
	struct fd_stat st;
	int64_t at;

	if (x_fd_stat(c, in, &st) < 0 || !fs_is(st.mode, FS_REG))
		return;
	if (!offset)
		at = x_fd_seek(c, in, 0, 1);
	else if (x_read(c, offset, &at, sizeof(at)) < 0)
		return;
	c->data = (gaddr)at - done_already;
	c->data_file = (uint32_t)in + 1;
}

static int64_t send_piece_now(struct call *c)
{
	const uint64_t arg[6] = { c->arg[0], c->arg[1], c->arg[2], c->arg[3] < IO_PIECE ? c->arg[3] : IO_PIECE };

	return io_without_waiting(c, (int)c->arg[0], arg);
}

/* A socket or a terminal as the source of a pipe: what it gives at once is a record, and of several the kernel takes the first. */
static bool gives_records(struct call *c, int in, int out)
{
	struct fd_stat from, to;

	return x_fd_stat(c, out, &to) == 0 && fs_is(to.mode, FS_FIFO) && x_fd_stat(c, in, &from) == 0 && (fs_is(from.mode, FS_SOCK) || fs_is(from.mode, FS_CHR)) &&
	       !io_is_mem_device(&from);
}

/* The kernel would hold the pipe while it waits for such a source, also from who reads it. What poll says of a socket with errors is not enough. */
static bool waits_with_pipe(struct call *c, int in, int out)
{
	return gives_records(c, in, out) && !(x_fd_flags(c, in) & O_NONBLOCK) && !wrong_ends(c, in, out);
}

/* For something to come. */
static enum outcome wait_for_source(struct call *c, int in)
{
	struct fd_stat from;

	if (x_fd_stat(c, in, &from) == 0 && fs_is(from.mode, FS_SOCK))
		return net_wait(c, in, POLLIN, OPT_RCVTIMEO, 0, EAGAIN);
	if (x_signal_pending(c, NULL))
		return done(c, -ERESTARTSYS_CODE);
	return ready(c, in, POLLIN) ? park_any(c) : park_fd(c, in, POLLIN);
}

static bool is_socket(struct call *c, int fd)
{
	struct fd_stat st;

	return x_fd_stat(c, fd, &st) == 0 && fs_is(st.mode, FS_SOCK);
}

/* Of so many bytes those that a regular file has. Asked for more, some kernels (to 6.4) let a connection keep the last ones back for others to come. */
static uint64_t within_file(struct call *c, int in, uint64_t n)
{
	struct fd_stat from;
	int64_t at = -1;

	if (x_fd_stat(c, in, &from) < 0 || !fs_is(from.mode, FS_REG))
		return n;
	if (!c->arg[2])
		at = x_fd_seek(c, in, 0, 1);
	else if (x_read(c, c->arg[2], &at, sizeof(at)) < 0)
		return n;
	return at >= 0 && (uint64_t)at < from.size && from.size - (uint64_t)at < n ? from.size - (uint64_t)at : n;
}

/* ---- into streams (net_io.c, D7) ---- */

static uint64_t stream_piece(struct call *c, int out, uint64_t left)
{
	enum { PIECE = SCRATCH_SIZE / 2 };
	uint64_t most = net_most_to_send(c, out);

	most = most < PIECE ? most : PIECE;
	return left < most ? left : most;
}

/* Up to n bytes that the pipe holds, copied to the guest's memory: they stay where they are. How many; 0: none will come, -EAGAIN: none are there. */
static int64_t look_into(struct call *c, int in, gaddr to, uint64_t n)
{
	int32_t ends[2];
	int64_t r = x_real(c, __NR_pipe2, to, O_CLOEXEC, 0, 0, 0, 0);

	if (r < 0 || x_read(c, to, ends, sizeof(ends)) < 0)
		return -ENOSYS;
	r = x_real(c, __NR_tee, (uint64_t)in, (uint64_t)ends[1], n, SPLICE_F_NONBLOCK, 0, 0);
	if (r > 0)
		r = x_real(c, __NR_read, (uint64_t)ends[0], to, (uint64_t)r, 0, 0, 0);
	for (int k = 0; k < 2; k++)
		x_real(c, __NR_close, (uint64_t)ends[k], 0, 0, 0, 0, 0);
	return r;
}

/* What did not go stays in the pipe. */
static int64_t send_pipe(struct call *c, int in, int out, uint64_t left)
{
	gaddr s = x_scratch(c);
	int64_t r = s ? look_into(c, in, s, stream_piece(c, out, left)) : -ENOSYS;

	if (r > 0)
		r = net_send_now(c, out, s, (uint64_t)r);
	return r > 0 ? x_real(c, __NR_read, (uint64_t)in, s, (uint64_t)r, 0, 0, 0) : r;
}

/* From a regular file, whose position, or the guest's word for it, moves on. */
static int64_t send_file(struct call *c, int in, int out, uint64_t left)
{
	gaddr s = x_scratch(c);
	int64_t at = -1, r;

	if (!s || (c->arg[2] && (x_read(c, c->arg[2], &at, sizeof(at)) < 0 || x_write(c, c->arg[2], &at, sizeof(at)) < 0)))
		return -ENOSYS;
	if (!c->arg[2])
		at = x_fd_seek(c, in, 0, 1);
	r = x_real(c, __NR_pread64, (uint64_t)in, s, stream_piece(c, out, left), (uint64_t)at, 0, 0);
	if (r > 0)
		r = net_send_now(c, out, s, (uint64_t)r);
	if (r <= 0)
		return r;
	at += r;
	if (c->arg[2])
		(void)x_write(c, c->arg[2], &at, sizeof(at));
	else
		x_fd_seek(c, in, at, 0);
	return r;
}

/* It moved something, or could later. Else the kernel's own answer counts, and its signal. */
static bool is_settled(int64_t r)
{
	return r >= 0 || r == -EAGAIN;
}

/* As much as goes at once of what is left. A socket that waits for room in the kernel would hold the pipe, or the sender, meanwhile. */
static int64_t send_piece(struct call *c, int in, uint64_t left, bool pieces)
{
	int out = (int)c->arg[0];
	uint64_t arg[6] = { c->arg[0], c->arg[1], c->arg[2], left }, most = pieces ? IO_PIECE : UINT64_MAX;

	if (is_socket(c, out) && !wrong_ends(c, in, out)) {
		struct fd_stat from;
		int64_t r = net_is_stream(c, out) && x_fd_stat(c, in, &from) == 0 && fs_is(from.mode, FS_REG) ? send_file(c, in, out, left) : -ENOSYS;

		if (x_dead(c) || is_settled(r))
			return r;
		most = net_most_to_send(c, out);
		arg[3] = within_file(c, in, left < most ? left : most);
		return io_without_waiting(c, out, arg);
	}
	arg[3] = left < most ? left : most;
	return waits_with_pipe(c, in, out) ? io_without_waiting(c, in, arg) : x_real_unsignalled(c, c->nr, arg);
}

/* A fresh time-out, as each of the kernel's own sends has. */
static void note_progress(struct call *c)
{
	c->w->progress++;
	c->mem[NET_MEM_WAITS] = 0;
	c->timed_out = false;
}

/* sendfile(out, in, offset, count). Into a pipe goes what it has room for, once it has any; into what else may wait it goes piece by piece; mem[0] holds what is
 * sent already. The kernel moves the offset, or the position, with every piece. */
enum outcome do_sendfile(struct call *c)
{
	int out = (int)c->arg[0], in = (int)c->arg[1];
	uint64_t *sent = &c->mem[0], left;
	struct fd_stat st = { 0 }, from;
	bool waits = x_fd_stat(c, out, &st) == 0 && io_may_wait(&st) && !io_is_mem_device(&st), pieces = waits && !fs_is(st.mode, FS_FIFO);
	int64_t r = settle_source(c, in);

	if (r < 0)
		return done(c, r);
	empty_output(c, out);
	name_source(c, in, c->arg[2], *sent);
	if (!c->retry && pieces && c->arg[3] && fs_is(st.mode, FS_SOCK) && x_fd_stat(c, in, &from) == 0 && fs_is(from.mode, FS_REG) &&
	    !wrong_ends(c, in, out))
		net_name_sender(c, out);
	do {
		left = c->arg[3] - *sent;
		if (!wrong_ends(c, in, out) && !fs_is(st.mode, FS_SOCK) && !ready(c, out, POLLOUT)) {
			if (!c->retry && !*sent && (r = send_piece_now(c)) != -EAGAIN) { /* nothing to wait for: what is wrong comes first */
				c->w->progress++;
				if (r <= 0 || x_dead(c))
					return done(c, r);
				*sent = (uint64_t)r;
				continue;
			}
			if (x_signal_pending(c, NULL))
				return *sent ? done(c, (int64_t)*sent) : CALL_PASS;
			return park_fd(c, out, POLLOUT);
		}
		r = send_piece(c, in, left, pieces);
		if (x_dead(c))
			return done(c, 0);
		if (r == -EAGAIN && !*sent && waits_with_pipe(c, in, out))
			return wait_for_source(c, in);
		if (r == -EAGAIN && is_socket(c, out) && net_blocks(c, out))
			return net_wait_to_send(c, out, (int64_t)*sent);
		note_progress(c);
		if (r > 0)
			*sent += (uint64_t)r;
	} while (r > 0 && pieces && *sent < c->arg[3]);
	if (*sent && !waits)
		touch_target(c, out);
	return done(c, *sent ? (int64_t)*sent : r);
}

/* As every reader of a TCP connection: what the sender had no room to send before is taken as well (net_io.c, D6). */
static int64_t splice_rest(struct call *c, int in, int64_t r)
{
	for (int64_t more = r; more > 0 && (uint64_t)r < c->arg[4] && x_fd_tcp_unread(c, in) > 0 && !x_fd_tcp_at_mark(c, in);) {
		more = x_real(c, __NR_splice, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4] - (uint64_t)r, c->arg[5]);
		r += more > 0 ? more : 0;
	}
	return r;
}

/* With nothing to come, the kernel does not look whether what is no pipe has room. */
static bool ends_at_once(struct call *c, int in, int out)
{
	struct fd_stat to;
	int64_t now = x_fd_poll(c, in, POLLIN);

	return !(now & POLLIN) && (now & POLLHUP) && x_fd_stat(c, out, &to) == 0 && !fs_is(to.mode, FS_FIFO);
}

/* An end that does not wait says so for the call as well, in pipes and sockets (fs/splice.c, do_splice()). */
static bool has_waitless_end(struct call *c, int in, int out)
{
	int64_t a = x_fd_flags(c, in), b = x_fd_flags(c, out);

	return (a >= 0 && (a & O_NONBLOCK)) || (b >= 0 && (b & O_NONBLOCK));
}

/* splice(in, off, out, off, len, flags), tee(in, out, len, flags): does it move anything? Else the kernel's answer comes before it would wait. */
static bool moves(struct call *c, int in, int out, int flags_arg)
{
	bool is_splice = c->nr == __NR_splice;
	struct fd_stat from, to;
	bool from_pipe, to_pipe;

	if (((uint32_t)c->arg[flags_arg] & ~(uint32_t)SPLICE_F_ALL) || !c->arg[is_splice ? 4 : 2] || wrong_ends(c, in, out) || x_fd_stat(c, in, &from) < 0 ||
	    x_fd_stat(c, out, &to) < 0)
		return false;
	from_pipe = fs_is(from.mode, FS_FIFO);
	to_pipe = fs_is(to.mode, FS_FIFO);
	if (io_is_anonymous(&from) || io_is_anonymous(&to))
		return false;
	if (from_pipe && to_pipe && from.dev == to.dev && from.ino == to.ino)
		return false;
	if (from_pipe && to_pipe && has_waitless_end(c, in, out)) /* either of them speaks for both */
		return false;
	if (!is_splice)
		return from_pipe && to_pipe;
	if ((c->arg[1] && (from_pipe || fs_is(from.mode, FS_SOCK))) || (c->arg[3] && (to_pipe || fs_is(to.mode, FS_SOCK)))) /* who has no place in it */
		return false;
	return (from_pipe || to_pipe) && !(fs_is(to.mode, FS_REG) && (x_fd_flags(c, out) & O_APPEND));
}

/* The kernel names a socket when something is sent: there is something. */
static void name_target(struct call *c, int in, int out)
{
	struct fd_stat to;

	if ((c->w->inet_seen || c->w->netlink_seen || c->w->passcred_seen) && x_fd_stat(c, out, &to) == 0 && fs_is(to.mode, FS_SOCK) && moves(c, in, out, 5) &&
	    (x_fd_poll(c, in, POLLIN) & POLLIN))
		net_name_sender(c, out);
}

/* A pipe goes into a socket until it is empty. mem[NET_MEM_DONE] is what has gone already. A connection keeps nothing back for more to come (net_io.c). */
static enum outcome splice_into_socket(struct call *c, int in, int out)
{
	uint64_t *sent = &c->mem[NET_MEM_DONE], most = net_most_to_send(c, out), left, flags = c->arg[5] | SPLICE_F_NONBLOCK;
	bool stream = net_is_stream(c, out);
	int64_t r;

	if (most != UINT64_MAX)
		flags &= ~(uint64_t)SPLICE_F_MORE;
	do {
		left = c->arg[4] - *sent;
		r = stream ? send_pipe(c, in, out, left) : -ENOSYS;
		if (!x_dead(c) && !is_settled(r))
			r = io_without_waiting(c, out, (const uint64_t[6]){ c->arg[0], c->arg[1], c->arg[2], c->arg[3], left < most ? left : most, flags });
		if (x_dead(c))
			return done(c, 0);
		if (r > 0) {
			*sent += (uint64_t)r;
			note_progress(c);
		}
	} while (r > 0 && *sent < c->arg[4]);
	if (r == -EAGAIN && net_blocks(c, out) && (x_fd_poll(c, in, POLLIN) & POLLIN))
		return net_wait_to_send(c, out, (int64_t)*sent);
	c->w->progress++;
	return done(c, *sent ? (int64_t)*sent : r);
}

/* It would wait, though both ends seemed ready. */
static enum outcome wait_for_any(struct call *c)
{
	return x_signal_pending(c, NULL) ? done(c, -ERESTARTSYS_CODE) : park_any(c);
}

/* splice(in, off, out, off, len, flags): the kernel does not wait (SPLICE_F_NONBLOCK); when it would, we park on the side that is not ready. */
enum outcome do_splice(struct call *c)
{
	int in = (int)c->arg[0], out = (int)c->arg[2];
	bool may_wait = !(c->arg[5] & SPLICE_F_NONBLOCK), any = moves(c, in, out, 5), waits = may_wait && any;
	int64_t r = settle_source(c, in);

	if (r < 0)
		return done(c, r);
	empty_output(c, out);
	name_target(c, in, out);
	if (c->mem[NET_MEM_DONE])
		return splice_into_socket(c, in, out);
	if (waits && !ready(c, in, POLLIN))
		return waits_with_pipe(c, in, out) ? wait_for_source(c, in) : io_interrupted_or(c, park_fd(c, in, POLLIN));
	if (any && is_socket(c, out))
		return splice_into_socket(c, in, out);
	if (waits && !ready(c, out, POLLOUT) && !ends_at_once(c, in, out))
		return io_interrupted_or(c, park_fd(c, out, POLLOUT));
	c->arg[5] |= SPLICE_F_NONBLOCK;
	r = waits_with_pipe(c, in, out) ? io_without_waiting(c, in, c->arg) : x_real_unsignalled(c, c->nr, c->arg); /* datagrams do not look at that flag */
	if (r == -EAGAIN && may_wait && !has_waitless_end(c, in, out))
		return wait_for_any(c);
	if (r > 0) {
		r = splice_rest(c, in, r);
		touch_target(c, out);
	}
	c->w->progress++;
	return done(c, r);
}

/* tee(in, out, len, flags), vmsplice(fd, iov, n, flags): the same between pipes; vmsplice reads from, or writes to, the end that it is given, and asks its
 * flags alone. */
enum outcome do_tee(struct call *c)
{
	bool is_tee = c->nr == __NR_tee, may_wait = !(c->arg[3] & SPLICE_F_NONBLOCK);
	int in = (int)c->arg[0], out = is_tee ? (int)c->arg[1] : in;
	uint32_t out_event = !is_tee && (x_fd_flags(c, in) & O_ACCMODE) == O_RDONLY ? POLLIN : POLLOUT;
	bool waits = may_wait && (!is_tee || moves(c, in, out, 3));
	int64_t r;

	empty_output(c, out);
	if (waits && is_tee && !ready(c, in, POLLIN))
		return io_interrupted_or(c, park_fd(c, in, POLLIN));
	if (waits && !ready(c, out, out_event))
		return io_interrupted_or(c, park_fd(c, out, out_event));
	c->arg[3] |= SPLICE_F_NONBLOCK;
	r = x_real_unsignalled(c, c->nr, c->arg);
	if (r == -EAGAIN && may_wait && !(is_tee && has_waitless_end(c, in, out)))
		return wait_for_any(c);
	if (r > 0)
		touch_target(c, out);
	c->w->progress++;
	return done(c, r);
}

/* Both ends, as the kernel checks them. *ret_to: what stat says of the target; *ret_n: how much there is to copy. */
static int64_t check_copy(struct call *c, int in, int out, const int64_t at[2], struct fd_stat *ret_to, uint64_t *ret_n)
{
	struct fd_stat from, to;
	int64_t r = x_fd_stat(c, in, &from), flags;
	uint64_t n;

	if (r == 0)
		r = x_fd_stat(c, out, &to);
	if (r < 0)
		return r;
	if (c->arg[5])
		return -EINVAL;
	if (fs_is(from.mode, FS_DIR) || fs_is(to.mode, FS_DIR))
		return -EISDIR;
	if (!fs_is(from.mode, FS_REG) || !fs_is(to.mode, FS_REG))
		return -EINVAL;
	flags = x_fd_flags(c, in);
	if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	flags = x_fd_flags(c, out);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || (flags & O_APPEND))
		return -EBADF;
	if ((uint64_t)at[0] + c->arg[4] < (uint64_t)at[0] || (uint64_t)at[1] + c->arg[4] < (uint64_t)at[1])
		return -EOVERFLOW;
	if (at[0] < 0 || at[1] < 0)
		return -EINVAL;
	n = (uint64_t)at[0] < from.size ? from.size - (uint64_t)at[0] : 0;
	n = n < c->arg[4] ? n : c->arg[4];
	if (from.dev == to.dev && from.ino == to.ino && (uint64_t)at[0] < (uint64_t)at[1] + n && (uint64_t)at[1] < (uint64_t)at[0] + n)
		return -EINVAL;
	*ret_to = to;
	*ret_n = n;
	return 0;
}

/* copy_file_range(in, &at, out, &at, n, flags). Between which file systems it works depends on them and on the kernel, so the copying is
 * sendfile's, which always works; the target's position is put where it should write, and back. The source's place is always said: so the agent can do
 * nothing else with that call (table.h, NEAR_LENDS). */
enum outcome do_copy_file_range(struct call *c)
{
	int in = (int)c->arg[0], out = (int)c->arg[2];
	gaddr in_at = c->arg[1], out_at = c->arg[3], from = in_at ? in_at : x_scratch(c) + SCRATCH_STRUCT;
	int64_t at[2] = { x_fd_seek(c, in, 0, 1), x_fd_seek(c, out, 0, 1) }, place = at[1], r = settle_source(c, in);
	struct fd_stat to;
	uint64_t n;

	if (r < 0)
		return done(c, r);
	if ((in_at && x_read(c, in_at, &at[0], sizeof(at[0])) < 0) || (out_at && x_read(c, out_at, &at[1], sizeof(at[1])) < 0))
		return done(c, -EFAULT);
	r = check_copy(c, in, out, at, &to, &n);
	if (r < 0 || !c->arg[4])
		return done(c, r);
	if (from == SCRATCH_STRUCT)
		return done(c, -ENOMEM);
	if (!in_at)
		x_fd_seek(c, in, at[0], 0); /* it can be moved */
	if (out_at)
		x_fd_seek(c, out, at[1], 0); /* both may be one */
	name_source(c, in, in_at, 0);
	x_will_copy(c, out, &to, n);
	if (!in_at && x_write(c, from, &at[0], sizeof(at[0])) < 0)
		return done(c, -ENOMEM);
	r = x_real(c, __NR_sendfile, (uint64_t)out, (uint64_t)in, from, c->arg[4], 0, 0);
	if (x_dead(c))
		return done(c, 0);
	if (out_at)
		x_fd_seek(c, out, place, 0);
	if (!in_at && r > 0)
		x_fd_seek(c, in, at[0] + r, 0);
	if (out_at) {
		at[1] += r > 0 ? r : 0;
		if (x_write(c, out_at, &at[1], sizeof(at[1])) < 0)
			return done(c, -EFAULT);
	}
	if (r > 0)
		touch_target(c, out);
	return done(c, r);
}
