/* tty.c: pseudo terminals: what is under way between the two sides, reading that waits, and the signals that keys make. Freestanding.
 *
 * Inputs: what was written to the other side, in order (ordered); the modes, set by guests (passed); VTIME (normalised: logical); when the
 * kernel's worker brings bytes from one side to the other (eliminated: below); how much a terminal holds (normalised: T3).
 *
 * A write leaves its bytes with the receiving side's worker (flush_to_ldisc, drivers/tty/tty_buffer.c). n_tty_poll() waits for that worker,
 * but only while there is nothing to read (drivers/tty/n_tty.c).
 *
 * Invariants
 *  T1. Bytes for a slave have arrived, with echo and signals, before their writer goes on: they are written in pieces that the worker takes in
 *      one go (one buffer, and a key that makes a signal is a piece of its own), and each is waited for (settle()). Then modes may change.
 *  T2. Bytes for a master change nothing on their way, so its reader fetches them: it reads until its buffers are full or a poll, which then
 *      has waited for the worker, finds nothing. A slave without lines is read the same way; a line is whole once any of it can be read.
 *  T3. Never more than HELD bytes are under way in one direction, by the model's own count, which is an upper bound; the kernel has room for
 *      twice as many and never refuses. The count falls with what is read, and is 0 when a poll finds nothing. (Echo is not in it.)
 *  T4. Once a terminal was made, signals may come from the kernel at any guest's stop: parked threads are asked each time
 *      (world->terminal_seen).
 *  T5. In the agent a call that moves bytes moves all that it ever will in one go (x_will_move), or is left to the supervisor before: a write of one
 *      piece, in which there is no key. */
#include "syscall/abi.h"
#include "syscall/fs.h"
#include "syscall/io.h"
#include "syscall/tty.h"

/* include/uapi/asm-generic/ioctls.h */
enum {
	TTY_GETMODES = 0x5401, TTY_SETMODES_FLUSH = 0x5404, TTY_SETMODES_FLUSH_OLD = 0x5408, TTY_FLUSH = 0x540b, TTY_CONTROLS = 0x540e, TTY_BYTES = 0x541b,
	TTY_SETLOCK = 0x40045431, TTY_PEER = 0x5441, TTY_PACKET_MODE = 0x5420,
};
#define TTY_DEVICE UINT32_C(0x80045432)  /* the slave's device number, whichever side is asked */
#define TTY_PACKETS UINT32_C(0x80045438)

/* include/uapi/asm-generic/termbits.h */
enum { OPOST_MODE = 1, ONLCR_MODE = 4, XTABS_MODE = 0x1800, ISIG_MODE = 1, CANONICAL = 2, INLCR_MODE = 0x40, ECHO_MODE = 8, NOFLSH_MODE = 0x80, TOSTOP_MODE = 0x100, CC_INTR = 0, CC_QUIT = 1, CC_EOF = 4, CC_TIME = 5, CC_MIN = 6, CC_SUSP = 10, TAB = 8 };

enum {
	HELD = WORLD_TTY_HELD,
	PIECE = 256,                /* one buffer of the worker's: tty_buffer_alloc() rounds up to this */
	READ_PIECE = 4096,
	TENTH_NS = 100000000,
};

struct modes { uint32_t iflag, oflag, cflag, lflag; uint8_t line, cc[19]; };

struct tty {
	int fd;
	bool master, blocks;
	int64_t flags;              /* the descriptor's */
	uint32_t device;            /* the slave's number; 0: not known */
	uint32_t terminal;          /* of the model; NO_INDEX: not counted */
	struct modes modes;         /* the slave's: a master has none of its own, and is read without them */
};

static uint32_t terminal_of(uint64_t rdev)
{
	uint64_t number = (rdev & 0xff) | ((rdev >> 12) & 0xfff00); /* new_encode_dev(), include/linux/kdev_t.h */

	return ((rdev >> 8) & 0xfff) == TTY_SLAVE_MAJOR && number < WORLD_MAX_TERMINALS ? (uint32_t)number : NO_INDEX;
}

/* A slave's own number says which it is; of a master, and of /dev/tty, the kernel does. -errno: no terminal. */
static int64_t look(struct call *c, int fd, const struct fd_stat *st, bool reads, struct tty *ret)
{
	int64_t r = 0;

	ret->fd = fd;
	ret->master = st->rdev == TTY_MASTER_RDEV;
	ret->device = (uint32_t)st->rdev;
	if (!reads || !ret->master)
		r = x_fd_ask(c, fd, TTY_GETMODES, &ret->modes, sizeof(ret->modes));
	if (r == 0 && terminal_of(st->rdev) == NO_INDEX)
		r = x_fd_ask(c, fd, TTY_DEVICE, &ret->device, sizeof(ret->device));
	if (r < 0)
		return r;
	ret->terminal = terminal_of(ret->device);
	ret->flags = x_fd_flags(c, fd);
	ret->blocks = io_blocks(c, ret->flags, reads ? O_WRONLY : O_RDONLY);
	return 0;
}

/* T3: on the way from here, or to here. */
static uint32_t held(const struct call *c, const struct tty *t, bool to_slave)
{
	return t->terminal == NO_INDEX ? 0 : world_tty_held(c->w, t->terminal, to_slave);
}

static void hold(struct call *c, const struct tty *t, bool to_slave, uint32_t n)
{
	if (t->terminal != NO_INDEX)
		world_tty_hold(c->w, t->terminal, to_slave, n);
}

/* A terminal may have the number of a former one. */
void tty_opened(struct call *c, int fd, const struct fd_stat *st)
{
	uint32_t device = 0;

	if (!fs_is(st->mode, FS_CHR))
		return;
	if (st->rdev == TTY_MASTER_RDEV) {
		world_terminal(c->w);
		if (x_fd_ask(c, fd, TTY_DEVICE, &device, sizeof(device)) == 0 && terminal_of(device) != NO_INDEX)
			world_tty_new(c->w, terminal_of(device));
	} else if (terminal_of(st->rdev) != NO_INDEX) {
		world_terminal(c->w);
		world_tty_opened(c->w, terminal_of(st->rdev));
	}
}

static bool set_waiting(struct call *c, const struct tty *t, bool waits)
{
	return (t->flags & O_NONBLOCK) || x_fd_set_flags(c, t->fd, waits ? (uint64_t)t->flags : (uint64_t)t->flags | O_NONBLOCK) >= 0;
}

/* Something is there, and that is enough for any read: n_tty_read() waits for VMIN bytes (a master has 1) and for VTIME. */
static bool is_enough(const struct tty *t, bool readable)
{
	return readable && (t->master || (t->modes.lflag & CANONICAL) || (t->modes.cc[CC_MIN] <= 1 && !t->modes.cc[CC_TIME]));
}

/* The kernel's own answer at once, whatever the descriptor says about waiting. What was read is gone also where the guest's buffer is not there, as in the
 * kernel (drivers/tty/tty_io.c, iterate_tty_read). */
static int64_t read_at_once(struct call *c, const struct tty *t, struct iov p, bool readable)
{
	bool sure = is_enough(t, readable);
	char bytes[READ_PIECE];
	int64_t r;

	if (!sure && !set_waiting(c, t, false))
		return -EIO;
	r = x_fd_read(c, t->fd, bytes, p.len);
	if (!sure)
		set_waiting(c, t, true);
	return r > 0 && x_write(c, p.base, bytes, (size_t)r) < 0 ? -EFAULT : r;
}

/* By the guest itself, at once as well. */
static int64_t write_in_guest(struct call *c, const struct tty *t, struct iov p)
{
	int64_t r;

	if (!set_waiting(c, t, false))
		return -EIO;
	r = x_real(c, __NR_write, (uint64_t)t->fd, p.base, p.len, 0, 0, 0);
	if (!x_dead(c))
		set_waiting(c, t, true);
	return r;
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

/* Reading from the background is the kernel's affair: it stops the whole group. */
static bool in_background(struct call *c, const struct tty *t)
{
	return !t->master && x_is_in_background(c, t->device);
}

/* One read gives one line, or one packet with its head. */
static bool in_units(struct call *c, const struct tty *t)
{
	int32_t packets = 0;

	if (!t->master)
		return t->modes.lflag & CANONICAL;
	if (!c->w->in_place && t->terminal != NO_INDEX && !c->w->terminals[t->terminal].packets)
		return false;
	return x_fd_ask(c, t->fd, TTY_PACKETS, &packets, sizeof(packets)) < 0 || packets;
}

static void count_read(struct call *c, const struct tty *t, int64_t n, bool empty)
{
	uint32_t before = held(c, t, !t->master);

	if (before)
		hold(c, t, !t->master, empty || (int64_t)before < n ? 0 : before - (uint32_t)n);
}

/* readable: as a poll just said. */
static enum outcome read_now(struct call *c, const struct tty *t, bool readable)
{
	bool units = in_units(c, t), empty = false;
	int64_t total = 0, r = 0;

	if (units)
		x_fd_settle(c, t->fd);
	x_will_move(c, true);
	while (!empty) {
		struct iov *v, p;
		int64_t n = io_vector(c, &v);

		p = io_next_piece(v, n < 0 ? 0 : n, (uint64_t)total, READ_PIECE);
		if (!p.len)
			break;
		r = read_at_once(c, t, p, readable);
		if (x_dead(c) || r <= 0)
			break;
		total += r;
		readable = x_fd_poll(c, t->fd, POLLIN) & POLLIN;
		empty = !readable;
		if (units)
			break;
	}
	count_read(c, t, total, empty || r == -EAGAIN);
	return done(c, total ? total : r);
}

/* A terminal without lines gives nothing before VMIN bytes are there, or VTIME has passed since the latest (termios(3)); mem[0] is that
 * moment, mem[1] how many there were. *ret: until when to wait. */
static bool enough(struct call *c, const struct tty *t, uint64_t wanted, int64_t ready, int64_t *ret)
{
	uint32_t min = t->modes.cc[CC_MIN], time = t->modes.cc[CC_TIME], have = 0;
	bool more;

	*ret = NO_DEADLINE;
	if (t->master || (t->modes.lflag & CANONICAL))
		return ready != 0;
	if ((ready & POLLHUP) || is_enough(t, ready & POLLIN) || x_fd_ask(c, t->fd, TTY_BYTES, &have, sizeof(have)) < 0)
		return true;
	more = !c->mem[0] || c->mem[1] != have;
	c->mem[1] = have;
	if (have >= (wanted < min ? wanted : min) && (min || have || !time))
		return true;
	if (!time || (min && !have))
		return false;
	if (more)
		c->mem[0] = (uint64_t)(clock_now(c->w) + (int64_t)time * TENTH_NS);
	*ret = (int64_t)c->mem[0];
	return *ret <= clock_now(c->w);
}

/* A poll tells when the first byte is there, or the VMIN-th. */
static enum outcome wait_for_more(struct call *c, const struct tty *t, int64_t until)
{
	bool first = t->master || (t->modes.lflag & CANONICAL) || (t->modes.cc[CC_MIN] <= 1 && !c->mem[1]);
	enum outcome o = first ? park_fd(c, t->fd, POLLIN) : park_any(c);

	return until == NO_DEADLINE ? o : park_until(c, until);
}

enum outcome tty_read(struct call *c, int fd, const struct fd_stat *st)
{
	int64_t until, n, ready;
	struct iov *v;
	struct tty t;
	uint64_t wanted;

	if (look(c, fd, st, true, &t) < 0 || (n = io_vector(c, &v)) < 0)
		return CALL_PASS; /* the kernel says which errno */
	wanted = io_bytes(v, n);
	if (!wanted || in_background(c, &t) || x_dead(c))
		return CALL_PASS;
	if (!t.blocks)
		return read_now(c, &t, false);
	ready = x_fd_poll(c, fd, POLLIN);
	if (enough(c, &t, wanted, ready, &until)) /* when VTIME has passed there may be nothing at all */
		return until != NO_DEADLINE && !c->mem[1] ? done(c, 0) : read_now(c, &t, ready & POLLIN);
	if (x_signal_pending(c, NULL))
		return c->mem[1] ? read_now(c, &t, false) : done(c, -ERESTARTSYS_CODE);
	return wait_for_more(c, &t, until);
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

static bool makes_signal(const struct modes *m, uint8_t b)
{
	return (m->lflag & ISIG_MODE) && b && (b == m->cc[CC_INTR] || b == m->cc[CC_QUIT] || b == m->cc[CC_SUSP]);
}

/* How many bytes the other side gets for this one: do_output_char(), drivers/tty/n_tty.c. */
static uint32_t cost(const struct tty *t, uint8_t b)
{
	if (t->master || !(t->modes.oflag & OPOST_MODE))
		return 1;
	if (b == '\n')
		return t->modes.oflag & ONLCR_MODE ? 2 : 1;
	return b == '\t' && (t->modes.oflag & XTABS_MODE) == XTABS_MODE ? TAB : 1;
}

struct piece { struct iov at; uint8_t bytes[PIECE]; uint32_t cost; };

/* Cuts the piece to what goes into `room` and is delivered in one go. 0, or -EFAULT. */
static int cut(struct call *c, const struct tty *t, uint64_t room, struct piece *p)
{
	p->cost = 0;
	if (x_read(c, p->at.base, p->bytes, p->at.len) < 0)
		return -EFAULT;
	for (uint64_t k = 0; k < p->at.len; k++) {
		bool key = t->master && makes_signal(&t->modes, p->bytes[k]);
		uint32_t more = cost(t, p->bytes[k]);

		if (p->cost + more > room || (key && k > 0)) {
			p->at.len = k;
			break;
		}
		p->cost += more;
		if (key)
			p->at.len = k + 1;
	}
	return 0;
}

enum tty_sign { TTY_SHOWS_NOTHING, TTY_SHOWS_ECHO, TTY_SHOWS_INPUT };
enum { PAUSES = 100, PAUSES_SURE = 20000 /* some two seconds: less than a thread may sleep unseen (engine.c) */ };

static bool is_printable(uint8_t b) { return b >= ' ' && b <= '~'; }

/* Where it shows that these bytes have arrived: in what the slave can read, which nothing else changes meanwhile; or only in the echo; or nowhere. */
static enum tty_sign shows(const struct modes *m, const struct piece *p)
{
	bool lines = m->lflag & CANONICAL, echo = m->lflag & ECHO_MODE, text = false;

	if (makes_signal(m, p->bytes[0]))
		return echo || !(m->lflag & NOFLSH_MODE) ? TTY_SHOWS_ECHO : TTY_SHOWS_NOTHING;
	for (uint64_t k = 0; k < p->at.len; k++) {
		bool ends_line = p->bytes[k] == '\n' ? !(m->iflag & INLCR_MODE) : text && p->bytes[k] == m->cc[CC_EOF];

		text |= is_printable(p->bytes[k]);
		if (lines ? ends_line : text || p->bytes[k] == '\n')
			return TTY_SHOWS_INPUT;
	}
	return echo && text ? TTY_SHOWS_ECHO : TTY_SHOWS_NOTHING;
}

/* Something was written to the master: until the slave has it. `sign`: where that must show (tracee/terminal.c: M3, M4). */
static void settle(struct call *c, int fd, int peer, enum tty_sign sign, const struct tty_level *before)
{
	for (int i = 0; i < (sign != TTY_SHOWS_NOTHING ? PAUSES_SURE : PAUSES); i++) {
		struct tty_level now;

		x_tty_level(c, fd, peer, &now);
		if (!now.ready || now.in != before->in || (sign != TTY_SHOWS_INPUT && now.out != before->out))
			return;
		x_tty_pause(c);
	}
}

/* The guest itself writes to a slave where the kernel may stop it (TOSTOP). To a master it must not: a key among the bytes may have made a
 * signal for it, with which the kernel would take no more. */
static int64_t write_piece(struct call *c, const struct tty *t, const struct piece *p, uint64_t total)
{
	bool opened = t->terminal != NO_INDEX && c->w->terminals[t->terminal].opened;
	enum tty_sign sign = t->master ? shows(&t->modes, p) : TTY_SHOWS_NOTHING;
	bool key = t->master && makes_signal(&t->modes, p->bytes[0]);
	struct tty_level before;
	int peer = -1;
	int64_t r;

	if (!t->master && (t->modes.lflag & TOSTOP_MODE))
		return write_in_guest(c, t, p->at);
	if (sign == TTY_SHOWS_ECHO)
		x_fd_settle(c, t->fd); /* what was echoed before */
	x_will_move(c, p->at.len == total && !key);
	if (t->master)
		peer = x_tty_peer(c, t->fd, opened);
	if (peer >= 0)
		x_tty_level(c, t->fd, peer, &before);
	r = set_waiting(c, t, false) ? x_fd_write(c, t->fd, p->bytes, p->at.len) : -EIO;
	set_waiting(c, t, true);
	if (r > 0 && peer >= 0)
		settle(c, t->fd, peer, sign, &before);
	x_tty_leave(c, peer);
	return r;
}

/* Bytes that were counted may have gone: a key threw them away, or a line was erased. */
static void count_again(struct call *c, const struct tty *t)
{
	struct tty_level now = { .ready = true };
	int peer;

	if (!t->master || t->terminal == NO_INDEX)
		return;
	peer = x_tty_peer(c, t->fd, c->w->terminals[t->terminal].opened);
	if (peer >= 0)
		x_tty_level(c, t->fd, peer, &now);
	x_tty_leave(c, peer);
	if (!now.ready)
		hold(c, t, true, 0);
}

static enum outcome no_room(struct call *c, const struct tty *t)
{
	if (!t->blocks) { /* the kernel's poll would say that there is room: who asks again lets others read */
		c->ret = c->mem[0] ? (int64_t)c->mem[0] : -EAGAIN;
		return c->mem[0] ? CALL_DONE : CALL_YIELD;
	}
	if (x_signal_pending(c, NULL))
		return done(c, c->mem[0] ? (int64_t)c->mem[0] : -ERESTARTSYS_CODE);
	return park_any(c);
}

enum outcome tty_write(struct call *c, int fd, const struct fd_stat *st)
{
	struct piece p;
	struct iov *v;
	struct tty t;
	uint64_t total;
	int64_t n, r = 0;

	if (look(c, fd, st, false, &t) < 0 || (n = io_vector(c, &v)) < 0 || !(total = io_bytes(v, n)))
		return CALL_PASS;
	while (c->mem[0] < total) {
		if (held(c, &t, t.master) >= HELD / 2)
			count_again(c, &t);
		n = io_vector(c, &v); /* the arena is reused by what runs between */
		p.at = io_next_piece(v, n, c->mem[0], PIECE);
		r = cut(c, &t, t.terminal != NO_INDEX ? HELD - held(c, &t, t.master) : PIECE * TAB, &p);
		if (r == 0 && (!p.at.len || x_fd_poll(c, fd, POLLOUT) == 0))
			return no_room(c, &t);
		r = r < 0 ? r : write_piece(c, &t, &p, total);
		if (r == -EAGAIN && !x_dead(c))
			return no_room(c, &t);
		if (x_dead(c) || r <= 0)
			break;
		hold(c, &t, t.master, held(c, &t, t.master) + p.cost);
		c->mem[0] += (uint64_t)r;
		world_progress(c->w);
	}
	return done(c, c->mem[0] ? (int64_t)c->mem[0] : r);
}

/* ---- ioctl --------------------------------------------------------------------------------------------------------- */

static bool empties(uint32_t request)
{
	return request == TTY_FLUSH || request == TTY_SETMODES_FLUSH || request == TTY_SETMODES_FLUSH_OLD;
}

void tty_ioctl(struct call *c, int fd, uint32_t request)
{
	enum { QUEUE_OUT = 1 }; /* TCOFLUSH */
	uint32_t device = 0, t;
	struct fd_stat st;

	if (request == TTY_SETLOCK || request == TTY_CONTROLS) /* in place a master may have been inherited; another may have sent it */
		world_terminal(c->w);
	if (request != TTY_PACKET_MODE && (!c->w->terminal_seen || (request != TTY_PEER && request != TTY_BYTES && !empties(request))))
		return;
	if (x_fd_stat(c, fd, &st) < 0 || !fs_is(st.mode, FS_CHR) || x_fd_ask(c, fd, TTY_DEVICE, &device, sizeof(device)) < 0)
		return;
	if (request == TTY_BYTES || request == TTY_FLUSH)
		x_fd_settle(c, fd);
	t = terminal_of(device);
	if (t == NO_INDEX)
		return;
	if (request == TTY_PEER)
		world_tty_opened(c->w, t);
	else if (request == TTY_PACKET_MODE)
		world_tty_packets(c->w, t);
	else if (empties(request) && (request != TTY_FLUSH || c->arg[2] != QUEUE_OUT))
		world_tty_hold(c->w, t, request != TTY_FLUSH || st.rdev != TTY_MASTER_RDEV, 0);
}
