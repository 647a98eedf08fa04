/* io.c: bytes move: read, write; and ioctl. From descriptor to descriptor: io_copy.c. Freestanding.
 *
 * Inputs: bytes of files and pipes (function of past calls, in a serialised world), readiness (ordered: a call that would wait is
 * parked), how much a pipe or socket gives or takes at once (the kernel's buffers, filled and emptied in a fixed order; a blocking
 * write is completed piece by piece, as POSIX says it is), random devices (eliminated: the thread's own stream).
 * poll(POLLOUT) on a pipe promises room for PIPE_BUF bytes and no more, so larger blocking writes are cut there. */
#include "syscall/fs.h"
#include "syscall/inotify.h"
#include "syscall/io.h"
#include "syscall/net.h"
#include "syscall/table.h"
#include "syscall/text.h"
#include "syscall/tty.h"

#include <string.h>

enum { IOV_MOST = 1024, MAX_RW = 0x7ffff000, RWF_NOWAIT_FLAG = 8 };

bool io_may_wait(const struct fd_stat *st)
{
	return !fs_is(st->mode, FS_REG) && !fs_is(st->mode, FS_DIR) && !fs_is(st->mode, FS_BLK);
}

/* Character devices of the box: 1:3 null 1:5 zero 1:7 full 1:8 random 1:9 urandom; the rest are terminals. */
bool io_is_mem_device(const struct fd_stat *st)
{
	return fs_is(st->mode, FS_CHR) && st->rdev >> 8 == 1;
}

bool io_is_random_device(const struct fd_stat *st)
{
	return io_is_mem_device(st) && ((st->rdev & 0xff) == 8 || (st->rdev & 0xff) == 9);
}

static bool is_vector(uint32_t nr)
{
	return nr == __NR_readv || nr == __NR_preadv || nr == __NR_preadv2 || nr == __NR_writev || nr == __NR_pwritev || nr == __NR_pwritev2;
}

/* preadv2 and pwritev2 at offset -1 are readv and writev. */
static bool is_positioned(const struct call *c)
{
	if (c->nr == __NR_preadv2 || c->nr == __NR_pwritev2)
		return c->arg[3] != UINT64_MAX;
	return c->nr == __NR_pread64 || c->nr == __NR_preadv || c->nr == __NR_pwrite64 || c->nr == __NR_pwritev;
}

/* What may say otherwise is the descriptor, or the call (RWF_NOWAIT). A wrong mode is answered at once. */
bool io_blocks(const struct call *c, int64_t flags, int wrong_mode)
{
	bool own_flags = c->nr == __NR_preadv2 || c->nr == __NR_pwritev2;

	return !(own_flags && (c->arg[5] & RWF_NOWAIT_FLAG)) && !(flags & O_NONBLOCK) && (flags & O_ACCMODE) != wrong_mode;
}

/* Whether a file's bytes are in memory is the host's accident: they are. */
static enum outcome pass_file(struct call *c)
{
	if (c->nr == __NR_preadv2 || c->nr == __NR_pwritev2)
		c->arg[5] &= ~(uint64_t)RWF_NOWAIT_FLAG;
	return CALL_PASS;
}

int64_t io_vector(struct call *c, struct iov **ret)
{
	struct iov *v = x_arena(c, IOV_MOST * sizeof(*v));

	if (!v)
		return -ENOMEM;
	*ret = v;
	if (!is_vector(c->nr)) {
		v[0].base = c->arg[1];
		v[0].len = c->arg[2];
		return 1;
	}
	if (c->arg[2] > IOV_MOST)
		return -EINVAL;
	return x_read(c, c->arg[1], v, c->arg[2] * sizeof(*v)) < 0 ? -EFAULT : (int64_t)c->arg[2];
}

static enum outcome read_random(struct call *c)
{
	uint8_t piece[512];
	struct iov *v;
	int64_t n = io_vector(c, &v), total = 0;

	if (n < 0)
		return done(c, n);
	for (int64_t k = 0; k < n; k++)
		for (uint64_t off = 0; off < v[k].len && total < MAX_RW;) {
			uint64_t part = v[k].len - off < sizeof(piece) ? v[k].len - off : sizeof(piece);

			rng_fill(c->w, c->task, piece, part);
			if (x_write(c, v[k].base + off, piece, part) < 0)
				return done(c, total ? total : -EFAULT);
			off += part;
			total += (int64_t)part;
		}
	return done(c, total);
}

/* Which bytes move, for the event log: a buffer, or those of a vector. */
static void tell_log(struct call *c)
{
	c->data = c->arg[1];
	c->data_pieces = is_vector(c->nr) ? (uint32_t)(c->arg[2] < IOV_MOST ? c->arg[2] : IOV_MOST) : 0;
}

uint64_t io_bytes(const struct iov *v, int64_t n)
{
	uint64_t sum = 0;

	for (int64_t k = 0; k < n; k++)
		sum += v[k].len;
	return sum;
}

/* Nothing is asked for, or the vector is wrong: the kernel answers without waiting. */
static bool wants_bytes(struct call *c)
{
	struct iov *v;
	int64_t n = io_vector(c, &v);

	return n >= 0 && io_bytes(v, n) > 0;
}

/* The descriptor is what /proc calls by this name. */
static bool is_called(struct call *c, int fd, const char *name)
{
	char path[64] = { 0 };

	return x_fd_path(c, fd, path, sizeof path) >= 0 && text_starts(path, name);
}

bool io_is_anonymous(const struct fd_stat *st) { return fs_is(st->mode, 0); }

/* inotify waits for an event also where there is no room for any. */
static bool waits_for_nothing(struct call *c, int fd)
{
	return c->w->inotify_seen && !is_vector(c->nr) && is_called(c, fd, "anon_inode:inotify");
}

/* What gives no records (epoll, pidfd) or wants a larger buffer for its records is answered at once. */
static bool has_no_record(struct call *c, int fd, const struct fd_stat *st)
{
	enum { COUNT_SIZE = 8, SIGNAL_SIZE = 128 };
	struct iov *v;
	int64_t n;

	if (!io_is_anonymous(st))
		return false;
	if (is_called(c, fd, "anon_inode:inotify"))
		return false; /* it waits, and then looks whether the event fits */
	n = io_vector(c, &v);
	if (is_called(c, fd, "anon_inode:[eventfd]"))
		return n >= 0 && io_bytes(v, n) < COUNT_SIZE;
	if (is_called(c, fd, "anon_inode:[signalfd]"))
		return n >= 0 && io_next_piece(v, n, 0, MAX_RW).len < SIGNAL_SIZE;
	return true;
}

enum outcome io_interrupted_or(struct call *c, enum outcome otherwise)
{
	return x_signal_pending(c, NULL) ? CALL_PASS : otherwise;
}

static bool is_tcp(struct call *c, int fd, const struct fd_stat *st)
{
	return c->w->inet_seen && fs_is(st->mode, FS_SOCK) && x_fd_tcp_unread(c, fd) >= 0;
}

/* What the kernel says of a child's processor time is real time. A POSIX timer whose signal was read counts its overruns and may signal again; other timers
 * say that the kernel sent it, as at a delivery (engine/signals.c). */
static void signalfd_edit(struct call *c, gaddr buf, uint64_t n)
{
	enum { SIZE = 128, CODE_AT = 8, OVERRUN_AT = 32, TIMES_AT = 56, TIMES = 16, TIMER_CODE = -2 }; /* struct signalfd_siginfo */
	static const char zeros[TIMES];
	static const int32_t kernel = 0x80; /* SI_KERNEL */
	struct { uint32_t signo; int32_t err, code; uint32_t pid; } s;

	for (uint64_t at = 0; at + SIZE <= n; at += SIZE) {
		uint32_t timer = NO_INDEX;
		bool again = false;

		if (x_write(c, buf + at + TIMES_AT, zeros, TIMES) < 0 || x_read(c, buf + at, &s, sizeof(s)) < 0)
			return;
		if (s.code == TIMER_CODE)
			timer = timer_signal_taken(c->w, c->task, s.signo, &again);
		if (timer != NO_INDEX)
			x_write(c, buf + at + OVERRUN_AT, &c->w->timers[timer].overrun_last, sizeof(uint32_t));
		if (again)
			x_send_signal(c, c->w->tasks[c->task].proc, NO_INDEX, s.signo);
		if (!s.code && !s.pid)
			x_write(c, buf + at + CODE_AT, &kernel, sizeof(kernel));
	}
}

/* Descriptors whose records hold numbers of the host; everything else passes. Their records are whole in every piece of a vector, so that it
 * is read as far as the first piece goes. The canonical kernel knows no RWF_NOWAIT for them. */
static enum outcome read_records(struct call *c, int fd)
{
	bool events = c->w->inotify_seen && is_called(c, fd, "anon_inode:inotify");
	struct iov *v, p;
	int64_t n, r;

	if (!events && !(c->w->signalfd_seen && is_called(c, fd, "anon_inode:[signalfd]")))
		return CALL_PASS;
	if (c->nr == __NR_preadv2 && (c->arg[5] & RWF_NOWAIT_FLAG))
		return done(c, -EOPNOTSUPP);
	n = io_vector(c, &v);
	if (n <= 0 || !io_bytes(v, n))
		return CALL_PASS;
	p = io_next_piece(v, n, 0, MAX_RW);
	r = x_real(c, __NR_read, (uint64_t)fd, p.base, p.len, 0, 0, 0);
	if (r > 0 && events)
		inotify_edit(c, p.base, (uint64_t)r);
	else if (r > 0)
		signalfd_edit(c, p.base, (uint64_t)r);
	return done(c, r);
}

/* RWF_* flags of preadv2 and pwritev2 that the canonical kernel does not know, and the one that it does not know for pipes, sockets and
 * terminals (they have FMODE_NOWAIT since Linux 6.4). */
static bool is_later(const struct call *c, const struct fd_stat *st)
{
	enum { KNOWN = 0x1f }; /* up to RWF_APPEND, linux/fs.h */
	bool waits = fs_is(st->mode, FS_FIFO) || fs_is(st->mode, FS_SOCK) || (fs_is(st->mode, FS_CHR) && !io_is_mem_device(st));

	if (c->nr != __NR_preadv2 && c->nr != __NR_pwritev2)
		return false;
	return (c->arg[5] & ~(uint64_t)KNOWN) || ((c->arg[5] & RWF_NOWAIT_FLAG) && waits && !is_positioned(c));
}

/* read, readv, pread64, preadv, preadv2 */
enum outcome do_read(struct call *c)
{
	int fd = (int)c->arg[0];
	struct fd_stat st;
	int64_t r;
	bool waits;

	tell_log(c);
	if (x_fd_stat(c, fd, &st) < 0)
		return CALL_PASS;
	if (is_later(c, &st))
		return done(c, -EOPNOTSUPP);
	r = fs_settle_proc(c, fd, &st);
	if (r < 0)
		return done(c, r);
	if (!io_may_wait(&st))
		return pass_file(c);
	if (io_is_random_device(&st))
		return read_random(c);
	if (io_is_mem_device(&st) || is_positioned(c))
		return CALL_PASS;
	if (fs_is(st.mode, FS_CHR))
		return tty_read(c, fd, &st);
	waits = !(x_fd_poll(c, fd, POLLIN) & POLLIN) && io_blocks(c, x_fd_flags(c, fd), O_WRONLY) && (wants_bytes(c) || waits_for_nothing(c, fd));
	if (fs_is(st.mode, FS_SOCK) && (waits || (net_reads(c, fd) && wants_bytes(c))))
		return net_read(c, is_vector(c->nr));
	if (waits && !x_fd_poll(c, fd, POLLIN) && !has_no_record(c, fd, &st))
		return io_interrupted_or(c, park_fd(c, fd, POLLIN));
	return c->w->inotify_seen || c->w->signalfd_seen ? read_records(c, fd) : CALL_PASS;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

struct iov io_next_piece(const struct iov *v, int64_t n, uint64_t skip, uint64_t most)
{
	struct iov p = { 0, 0 };

	for (int64_t k = 0; k < n; k++) {
		if (skip < v[k].len) {
			p.base = v[k].base + skip;
			p.len = v[k].len - skip < most ? v[k].len - skip : most;
			return p;
		}
		skip -= v[k].len;
	}
	return p;
}

/* A blocking write to a pipe that may not fit: piece by piece, mem[0] holds what is written already. */
static enum outcome write_pieces(struct call *c, int fd, const struct fd_stat *st)
{
	bool output = x_fd_is_output(c, fd, st);
	struct iov *v, p;
	int64_t n = io_vector(c, &v), r = 0;
	uint64_t total;

	if (n < 0)
		return CALL_PASS; /* the kernel says which errno */
	total = io_bytes(v, n);
	while (c->mem[0] < total) {
		int64_t ready = x_fd_poll(c, fd, POLLOUT);

		if (output && ready == 0)
			x_fd_is_output(c, fd, st); /* its reader makes room */
		if (!output && ready == 0) {
			if (x_signal_pending(c, NULL))
				return c->mem[0] ? done(c, (int64_t)c->mem[0]) : CALL_PASS;
			return park_fd(c, fd, POLLOUT);
		}
		n = io_vector(c, &v); /* the arena is reused by what runs between */
		p = io_next_piece(v, n, c->mem[0], IO_PIECE);
		r = x_real(c, __NR_write, (uint64_t)fd, p.base, p.len, 0, 0, 0);
		if (x_dead(c) || r <= 0)
			break;
		c->mem[0] += (uint64_t)r;
		c->w->progress++;
	}
	return done(c, c->mem[0] ? (int64_t)c->mem[0] : r);
}

/* Of the anonymous files only an eventfd takes anything, and nothing shorter than a number: all else is answered at once. */
static bool takes_nothing(struct call *c, const struct iov *v, int64_t n, int fd)
{
	return !is_called(c, fd, "anon_inode:[eventfd]") || n < 1 || v[0].len < sizeof(uint64_t);
}

int64_t io_without_waiting(struct call *c, int fd, const uint64_t arg[6])
{
	int64_t flags = x_fd_flags(c, fd), r = x_fd_set_flags(c, fd, (uint64_t)flags | O_NONBLOCK);

	if (r < 0)
		return r;
	r = x_real_unsignalled(c, c->nr, arg);
	if (!x_dead(c))
		(void)x_fd_set_flags(c, fd, (uint64_t)flags);
	return r;
}

/* An eventfd promises room for 1. Whether another number fits, only the attempt tells. */
static enum outcome write_eventfd(struct call *c, int fd)
{
	uint64_t number;
	struct iov *v;
	int64_t n = io_vector(c, &v), r;

	if (takes_nothing(c, v, n, fd))
		return CALL_PASS;
	if (n == 1 && x_read(c, v[0].base, &number, sizeof number) == 0 && number == 1 && (x_fd_poll(c, fd, POLLOUT) & POLLOUT))
		return CALL_PASS;
	r = io_without_waiting(c, fd, c->arg);
	if (r != -EAGAIN) {
		c->w->progress++;
		return done(c, r);
	}
	return x_signal_pending(c, NULL) ? done(c, -ERESTARTSYS_CODE) : park_any(c);
}

/* write, writev, pwrite64, pwritev, pwritev2 */
enum outcome do_write(struct call *c)
{
	int fd = (int)c->arg[0];
	struct fd_stat st;
	struct iov *v;
	bool output;
	int64_t n;

	tell_log(c);
	if (x_fd_stat(c, fd, &st) < 0)
		return CALL_PASS;
	if (is_later(c, &st))
		return done(c, -EOPNOTSUPP);
	if (fs_is(st.mode, FS_REG)) {
		if (is_vector(c->nr) || c->arg[2])
			fs_touch_fd(c, fd, &st);
		return pass_file(c);
	}
	if (!io_may_wait(&st) || io_is_mem_device(&st) || is_positioned(c))
		return CALL_PASS;
	if (io_is_anonymous(&st) && is_timerfd(c, fd)) /* an eventfd in truth */
		return done(c, -EINVAL);
	if (is_vector(c->nr) && !wants_bytes(c))
		return CALL_PASS;
	output = x_fd_is_output(c, fd, &st); /* makes room, so that even a non-blocking writer finds some */
	if (fs_is(st.mode, FS_CHR))
		return tty_write(c, fd, &st);
	if (is_tcp(c, fd, &st))
		return net_write(c, is_vector(c->nr));
	if (!io_blocks(c, x_fd_flags(c, fd), O_RDONLY)) {
		if (fs_is(st.mode, FS_SOCK))
			net_name_sender(c, fd);
		return CALL_PASS;
	}
	if (fs_is(st.mode, FS_SOCK))
		return net_write(c, is_vector(c->nr));
	if (io_is_anonymous(&st))
		return write_eventfd(c, fd);
	if (!c->mem[0] && (n = io_vector(c, &v)) >= 0 && io_bytes(v, n) <= IO_PIECE && (output || x_fd_poll(c, fd, POLLOUT) != 0))
		return CALL_PASS;
	if (!c->mem[0] && !output && fs_is(st.mode, FS_FIFO) && (n = io_vector(c, &v)) >= 0 && x_fd_takes(c, fd, io_bytes(v, n)))
		return CALL_PASS;
	return write_pieces(c, fd, &st);
}

/* ---- ioctl --------------------------------------------------------------------------------------------- */

/* Terminals' sizes, process groups and modes are functions of past calls (the box has its own devpts). What the host would show through
 * is refused: inode generation, file-system labels and extents, block devices, network interface statistics. */
enum outcome do_ioctl(struct call *c)
{
	static const uint32_t passes[] = {
		0x5401, 0x5402, 0x5403, 0x5404, 0x5405, 0x5406, 0x5407, 0x5408, 0x5409, 0x540a, 0x540b, /* TCGETS .. TCFLSH */
		0x540c, 0x540d, 0x540e, 0x540f, 0x5410, 0x5411, 0x5413, 0x5414, /* TIOCEXCL .. TIOCSWINSZ */
		0x541b, 0x5420, 0x5421, 0x5422, 0x5423, 0x5424, 0x5429, 0x5450, 0x5451, 0x5452, /* FIONREAD TIOCPKT FIONBIO TIOCNOTTY .. FIOASYNC */
		0x80045430, 0x40045431, 0x80045432, 0x80045438, 0x80045439, 0x5441, 0x802c542a, 0x402c542b, /* TIOCGPTN TIOCSPTLCK ... TIOCGPTPEER */
		0x8905, /* SIOCATMARK: what has arrived */
		0x8910, 0x8912, 0x8913, 0x8915, 0x8919, 0x891b, 0x8921, 0x8927, 0x8933, 0x8942, /* SIOCGIF*: loopback only */
	};
	enum { ASYNC = 0x5452, BYTES_HELD = 0x541b }; /* FIOASYNC, FIONREAD */
	uint32_t request = (uint32_t)c->arg[1];
	const int32_t none = 0;
	struct fd_stat st;

	if (request == ASYNC)
		world_async(c->w);
	if (request == BYTES_HELD && x_fd_stat(c, (int)c->arg[0], &st) == 0 && x_fd_is_output(c, (int)c->arg[0], &st) && !fs_bad_fd(c, (int)c->arg[0])) /* how fast its reader is */
		return done(c, x_write(c, c->arg[2], &none, sizeof(none)) < 0 ? -EFAULT : 0);
	for (size_t k = 0; k < sizeof(passes) / sizeof(passes[0]); k++)
		if (passes[k] == request) {
			tty_ioctl(c, (int)c->arg[0], request);
			return CALL_PASS;
		}
	if (fs_bad_fd(c, (int)c->arg[0]))
		return done(c, -EBADF);
	x_refused(c, IO_UNKNOWN_IOCTL);
	return done(c, -ENOTTY);
}
