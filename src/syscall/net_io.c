/* net_io.c: data over sockets: send and receive in all their forms. Freestanding.
 *
 * Invariants
 *  D1. The kernel is always told not to wait (MSG_DONTWAIT in the flags of the call; the descriptor stays as it is).
 *  D2. A blocking call is as complete as Linux makes it: a stream is written to the end, MSG_WAITALL is filled; how far
 *      it came is in mem[NET_MEM_DONE] (bytes of the present message) and mem[NET_MEM_INDEX] (messages).
 *  D3. How many pieces the kernel took is not seen by the sender.
 *  D4. Whatever moved, data or room for data, counts as progress for those who wait for anything.
 *  D5. One call on a TCP connection moves what is there when it begins: a receiver asks for no more than has arrived, a sender
 *      gives at most TCP_PIECE at once, and what that sets going has arrived before the next piece (tracee/loopback.c). Within a
 *      call the answers of the other side come or do not come in time, as the host's CPU is free or busy.
 *  D6. A receiver that has taken all there was, and has room, takes what the other side then had room to send as well, until nothing
 *      more comes. How much lies in the receiver's window and how much still at the sender's is the kernel version's choice; both together
 *      are what was sent. Only an urgent byte ends a read, as in the kernel.
 *  D7. What is copied into a stream goes by way of memory, as what is written: how the kernel counts the pages of a pipe or a file is its version's
 *      choice as well (6.5 did away with sendpage), and with it where one read of the receiver ends and the next begins.
 */
#include "syscall/net.h"

#include <stddef.h>
#include <string.h>

handler do_send, do_recv;

enum {
	FLAG_OOB = 1, FLAG_PEEK = 2, FLAG_TRUNC = 0x20, FLAG_DONTWAIT = 0x40, FLAG_WAITALL = 0x100, FLAG_ERRQUEUE = 0x2000, FLAG_NOSIGNAL = 0x4000,
	FLAG_MORE = 0x8000, FLAG_FASTOPEN = 0x20000000,
	FLAG_WAITFORONE = 0x10000,
	IOV_CHUNK = 32,
	IOV_LIMIT = 1024,           /* UIO_MAXIOV, for messages in a batch as well */
	REST_IOV = 900,             /* so many fit into the scratch page behind the header */
	REST_IOV_AT = 512,
	BATCH_STRIDE = 64,          /* struct mmsghdr */
	BATCH_LEN_AT = 56,
	OWN_MESSAGE_AT = 15360,     /* behind the rest of any other */
	NETLINK_MOST = 32768,       /* answers are cut for this size (net/netlink/af_netlink.c, netlink_recvmsg) */
	TCP_PIECE = 32768,          /* less than a segment on the loopback (MTU 65536), and than half of any window: sent as a whole, or not yet */
};

struct message { gaddr name; uint32_t namelen, pad; gaddr iov; uint64_t iovlen; gaddr control; uint64_t controllen; uint32_t flags, pad2; };
struct piece { gaddr base; uint64_t len; };

/* One message on its way: a plain buffer (sendto, recvfrom) or a struct msghdr. */
struct transfer {
	int fd;
	bool sending;
	gaddr message;              /* 0: the buffer of the call's own arguments */
	uint64_t flags;             /* as the guest gave them */
	uint64_t total;             /* bytes asked for */
};

/* ---- one try ------------------------------------------------------------------------------------------------------------------ */

/* Bytes that a message asks for; what is wrong with it is for the kernel to say (0 then). */
static uint64_t message_bytes(struct call *c, gaddr at, struct piece *ret_first)
{
	struct message m;
	struct piece p[IOV_CHUNK];
	uint64_t sum = 0;

	memset(ret_first, 0, sizeof *ret_first);
	if (x_read(c, at, &m, sizeof m) < 0 || m.iovlen > IOV_LIMIT)
		return 0;
	for (uint64_t i = 0; i < m.iovlen; i += IOV_CHUNK) {
		uint64_t n = m.iovlen - i < IOV_CHUNK ? m.iovlen - i : IOV_CHUNK;

		if (x_read(c, m.iov + i * sizeof *p, p, n * sizeof *p) < 0)
			return 0;
		if (i == 0 && n)
			*ret_first = p[0];
		for (uint64_t k = 0; k < n; k++)
			sum += p[k].len;
	}
	return sum;
}

/* Copies the pieces of `most` bytes behind the first `skip` bytes to `to`. How many, or -EFAULT. */
static int64_t rest_pieces(struct call *c, const struct message *m, uint64_t skip, uint64_t most, gaddr to)
{
	struct piece p[IOV_CHUNK];
	uint64_t out = 0;

	for (uint64_t i = 0; i < m->iovlen && out < REST_IOV && most; i += IOV_CHUNK) {
		uint64_t n = m->iovlen - i < IOV_CHUNK ? m->iovlen - i : IOV_CHUNK;

		if (x_read(c, m->iov + i * sizeof *p, p, n * sizeof *p) < 0)
			return -EFAULT;
		for (uint64_t k = 0; k < n && out < REST_IOV && most; k++) {
			if (skip >= p[k].len) {
				skip -= p[k].len;
				continue;
			}
			p[k].base += skip;
			p[k].len -= skip;
			skip = 0;
			if (p[k].len > most)
				p[k].len = most;
			most -= p[k].len;
			if (x_write(c, to + out++ * sizeof *p, &p[k], sizeof *p) < 0)
				return -EFAULT;
		}
	}
	return (int64_t)out;
}

/* `most` bytes of the message without its first `skip` bytes, its address and its control data, which went with them (TCP looks at
 * neither). */
static int64_t try_rest(struct call *c, const struct transfer *t, uint64_t skip, uint64_t most, uint64_t flags)
{
	gaddr s = x_scratch(c);
	struct message m;
	int64_t n;

	if (!s || x_read(c, t->message, &m, sizeof m) < 0)
		return -EFAULT;
	n = rest_pieces(c, &m, skip, most, s + REST_IOV_AT);
	if (n < 0)
		return n;
	m.name = m.control = 0;
	m.namelen = 0;
	m.controllen = 0;
	m.iov = s + REST_IOV_AT;
	m.iovlen = (uint64_t)n;
	if (x_write(c, s, &m, sizeof m) < 0)
		return -EFAULT;
	return x_real(c, t->sending ? __NR_sendmsg : __NR_recvmsg, (uint64_t)t->fd, s, flags, 0, 0, 0);
}

/* At most `most` bytes into the message's own buffers. Its header stays the guest's, for the kernel writes flags there; only the
 * vector is another one for the length of the call. */
static int64_t receive_part(struct call *c, const struct transfer *t, uint64_t most, uint64_t flags)
{
	gaddr s = x_scratch(c), vector_at = t->message + offsetof(struct message, iov);
	uint64_t own[2], part[2];
	struct message m;
	int64_t n, r;

	if (!s || x_read(c, t->message, &m, sizeof m) < 0)
		return -EFAULT;
	n = rest_pieces(c, &m, 0, most, s + REST_IOV_AT);
	if (n < 0)
		return n;
	own[0] = m.iov;
	own[1] = m.iovlen;
	part[0] = s + REST_IOV_AT;
	part[1] = (uint64_t)n;
	if (x_write(c, vector_at, part, sizeof part) < 0)
		return -EFAULT;
	r = x_real(c, __NR_recvmsg, (uint64_t)t->fd, t->message, flags, 0, 0, 0);
	if (!x_dead(c))
		(void)x_write(c, vector_at, own, sizeof own);
	return r;
}

bool net_is_stream(struct call *c, int fd)
{
	int32_t type;

	return net_option(c, fd, LEVEL_SOCKET, OPT_TYPE, &type) == 0 && type == NET_STREAM;
}

uint64_t net_most_to_send(struct call *c, int fd)
{
	return x_fd_tcp_unread(c, fd) < 0 ? UINT64_MAX : TCP_PIECE;
}

int64_t net_send_now(struct call *c, int fd, gaddr from, uint64_t n)
{
	return x_real(c, __NR_sendto, (uint64_t)fd, from, n, FLAG_DONTWAIT | FLAG_NOSIGNAL, 0, 0);
}

/* How much one try may move: everything, or (D5) what makes no difference to the time that it takes. */
static uint64_t most_at_once(struct call *c, const struct transfer *t)
{
	int64_t unread;

	if (t->sending)
		return net_most_to_send(c, t->fd);
	unread = x_fd_tcp_unread(c, t->fd);
	return unread > 0 ? (uint64_t)unread : UINT64_MAX;
}

/* *ret_asked: so many bytes at most. */
static int64_t try_once(struct call *c, const struct transfer *t, uint64_t skip, uint64_t *ret_asked)
{
	uint64_t flags = (t->flags & ~(uint64_t)FLAG_WAITFORONE) | FLAG_DONTWAIT, most = most_at_once(c, t), len = t->total - skip;

	*ret_asked = len < most ? len : most;
	if (t->sending && (flags & FLAG_MORE) && net_is_stream(c, t->fd))
		flags &= ~(uint64_t)FLAG_MORE; /* it would wait for a timer of the kernel's */
	if (skip && t->sending)
		flags |= FLAG_NOSIGNAL; /* what was sent is the result; the broken pipe shows at the next call */
	if (t->message && !skip && !t->sending && len > most)
		return receive_part(c, t, most, flags);
	if (t->message)
		return skip || len > most ? try_rest(c, t, skip, most, flags)
			    : x_real(c, t->sending ? __NR_sendmsg : __NR_recvmsg, (uint64_t)t->fd, t->message, flags, 0, 0, 0);
	return x_real(c, t->sending ? __NR_sendto : __NR_recvfrom, (uint64_t)t->fd, c->arg[1] + skip, *ret_asked, flags,
		      skip ? 0 : c->arg[4], skip ? 0 : c->arg[5]);
}

/* ---- a whole message ------------------------------------------------------------------------------------------------------------ */

/* Descriptors or credentials came along: such a read ends where they were. */
static bool got_control(struct call *c, const struct transfer *t)
{
	struct message m;

	return t->message && x_read(c, t->message, &m, sizeof m) == 0 && m.controllen && m.control;
}

/* Copies n bytes between `data` and the pieces. Fewer: the pieces hold no more. */
static int64_t move_pieces(struct call *c, const struct piece *v, uint64_t pieces, uint8_t *data, uint64_t n, bool to_guest)
{
	uint64_t done_bytes = 0;

	for (uint64_t k = 0; k < pieces && done_bytes < n; k++) {
		uint64_t len = v[k].len < n - done_bytes ? v[k].len : n - done_bytes;
		int r = to_guest ? x_write(c, v[k].base, data + done_bytes, len) : x_read(c, v[k].base, data + done_bytes, len);

		if (r < 0)
			return r;
		done_bytes += len;
	}
	return (int64_t)done_bytes;
}

/* The pieces of an answer that follow its first n bytes, as far as they are there and the reader has room. Where the answer ends now. */
static int64_t read_netlink_rest(struct call *c, const struct transfer *t, uint8_t *data, uint64_t n, uint64_t room)
{
	while (!(t->flags & FLAG_PEEK) && netlink_goes_on(data, n)) {
		gaddr s = x_scratch(c);
		int64_t r = s ? x_real(c, __NR_recvfrom, (uint64_t)t->fd, s, 0, FLAG_DONTWAIT | FLAG_PEEK | FLAG_TRUNC, 0, 0) : -ENOMEM;

		if (r <= 0 || r > OWN_MESSAGE_AT || n + (uint64_t)r > room || n + (uint64_t)r > NETLINK_MOST)
			break;
		r = x_real(c, __NR_recvfrom, (uint64_t)t->fd, s, (uint64_t)r, FLAG_DONTWAIT, 0, 0);
		if (r <= 0 || x_read(c, s, data + n, (uint64_t)r) < 0)
			break;
		n += netlink_edit(data + n, (uint64_t)r);
	}
	return (int64_t)n;
}

/* What netlink said, r bytes, as it is to be seen (netlink.c). A length that was only asked for (MSG_TRUNC) is the most that there can be. */
static int64_t edit_netlink(struct call *c, const struct transfer *t, int64_t r)
{
	struct message m = { .iovlen = 1 };
	struct piece *v = x_arena(c, IOV_LIMIT * sizeof *v + NETLINK_MOST);
	uint64_t room = 0;
	uint8_t *data;
	int64_t n;

	if (!v || (t->message && x_read(c, t->message, &m, sizeof m) < 0) || m.iovlen > IOV_LIMIT)
		return -EFAULT;
	data = (uint8_t *)(v + IOV_LIMIT);
	v[0] = (struct piece){ c->arg[1], c->arg[2] };
	if (t->message && x_read(c, m.iov, v, m.iovlen * sizeof *v) < 0)
		return -EFAULT;
	n = r > NETLINK_MOST ? 0 : move_pieces(c, v, m.iovlen, data, (uint64_t)r, false);
	if (n >= 0 && n < r) {
		memset(data, 0, (size_t)n);
		(void)move_pieces(c, v, m.iovlen, data, (uint64_t)n, true);
	}
	if (n < 0 || n < r)
		return n < 0 ? n : NETLINK_MOST;
	for (uint64_t k = 0; k < m.iovlen; k++)
		room += v[k].len;
	n = read_netlink_rest(c, t, data, netlink_edit(data, (uint64_t)r), room);
	if (n < r)
		memset(data + n, 0, (size_t)(r - n)); /* the kernel's words lie in the reader's memory already */
	r = move_pieces(c, v, m.iovlen, data, (uint64_t)(n < r ? r : n), true);
	return r < 0 ? r : n;
}

static bool may_wait(struct call *c, const struct transfer *t)
{
	return !(t->flags & (FLAG_DONTWAIT | FLAG_ERRQUEUE)) && net_blocks(c, t->fd);
}

/* D6. The call took what had arrived: more has come since. */
static bool more_came(struct call *c, const struct transfer *t)
{
	return !t->sending && !(t->flags & (FLAG_OOB | FLAG_PEEK | FLAG_ERRQUEUE)) && x_fd_tcp_unread(c, t->fd) > 0 && !x_fd_tcp_at_mark(c, t->fd);
}

/* Must a call that moved n of the wanted bytes, all that its last try asked for or less, go on? */
static bool wants_more(struct call *c, const struct transfer *t, uint64_t n, bool all)
{
	if (n >= t->total)
		return false;
	if (all && more_came(c, t))
		return true;
	if (t->sending && all)
		return true; /* the kernel was not asked for more */
	if (t->flags & FLAG_DONTWAIT)
		return false;
	if (!t->sending && (!(t->flags & FLAG_WAITALL) || (t->flags & (FLAG_PEEK | FLAG_ERRQUEUE)) || got_control(c, t)))
		return false;
	return net_blocks(c, t->fd) && net_is_stream(c, t->fd);
}

/* Moves as much as goes without waiting, from where it was. *ret_stuck: it would have to wait, mem[NET_MEM_DONE] says how far it is. */
static int64_t move(struct call *c, const struct transfer *t, bool *ret_stuck)
{
	uint64_t *moved = &c->mem[NET_MEM_DONE], asked;

	*ret_stuck = false;
	for (;;) {
		int64_t r = try_once(c, t, *moved, &asked);

		if (x_dead(c))
			return 0;
		if (r == -EAGAIN && may_wait(c, t)) {
			*ret_stuck = true;
			return r;
		}
		if (r <= 0)
			return *moved ? (int64_t)*moved : r;
		if (!t->sending && net_is_netlink(c, t->fd))
			return edit_netlink(c, t, r);
		*moved += (uint64_t)r;
		c->w->progress++;
		if (!wants_more(c, t, *moved, (uint64_t)r == asked))
			return (int64_t)*moved;
	}
}

/* A writer to TCP waits for its descriptor. Other sockets may have room while poll(2) denies it (it wants a third of the buffer free) or none while it
 * promises some (the receiver's queue is what is full), so their writers try again after any event. */
enum outcome net_wait_to_send(struct call *c, int fd, int64_t so_far)
{
	int32_t family = NET_INET;

	(void)net_option(c, fd, LEVEL_SOCKET, OPT_DOMAIN, &family);
	return net_wait(c, fd, family == NET_UNIX ? 0 : POLLOUT, OPT_SNDTIMEO, so_far, EAGAIN);
}

static enum outcome wait_for(struct call *c, const struct transfer *t, int64_t so_far)
{
	return t->sending ? net_wait_to_send(c, t->fd, so_far) : net_wait(c, t->fd, POLLIN, OPT_RCVTIMEO, so_far, EAGAIN);
}

static enum outcome single(struct call *c, struct transfer *t)
{
	struct piece log = { .base = c->arg[1], .len = c->arg[2] };
	bool stuck;
	int64_t r;

	t->total = t->message ? message_bytes(c, t->message, &log) : c->arg[2];
	r = move(c, t, &stuck);
	if (stuck)
		return wait_for(c, t, (int64_t)c->mem[NET_MEM_DONE]);
	if (r > 0) {
		c->data = log.base;
		c->data_len = (uint64_t)r < log.len ? (uint64_t)r : log.len;
	}
	return done(c, r);
}

/* ---- batches ------------------------------------------------------------------------------------------------------------------------ */

/* The batch is over: its result, and for recvmmsg the logical time left. */
static enum outcome batch_end(struct call *c, int64_t error)
{
	int64_t deadline = (int64_t)c->mem[NET_MEM_BATCH_DEADLINE], n = (int64_t)c->mem[NET_MEM_INDEX];

	if (c->nr == __NR_recvmmsg && c->arg[4] && n)
		(void)write_timespec(c, c->arg[4], deadline > c->w->now_ns ? deadline - c->w->now_ns : 0);
	return done(c, n ? n : error);
}

static int batch_begin(struct call *c)
{
	int64_t ns = 0, deadline = NO_DEADLINE;

	if (c->mem[NET_MEM_STARTED])
		return 0;
	if (c->nr == __NR_recvmmsg && c->arg[4]) {
		int r = read_timespec(c, c->arg[4], &ns);

		if (r < 0)
			return r;
		deadline = ns < NO_DEADLINE - c->w->now_ns ? c->w->now_ns + ns : NO_DEADLINE;
	}
	c->mem[NET_MEM_BATCH_DEADLINE] = (uint64_t)deadline;
	c->mem[NET_MEM_STARTED] = 1;
	return 0;
}

/* Linux looks at recvmmsg's timeout only after a message has come, so a deadline never ends the waiting for one. */
static enum outcome batch(struct call *c, struct transfer *t)
{
	uint64_t n = (uint32_t)c->arg[2] < IOV_LIMIT ? (uint32_t)c->arg[2] : IOV_LIMIT;
	uint64_t *index = &c->mem[NET_MEM_INDEX], given = t->flags;
	int r = batch_begin(c);

	if (r < 0)
		return done(c, r);
	while (*index < n) {
		gaddr at = c->arg[1] + *index * BATCH_STRIDE;
		struct piece first;
		uint32_t len;
		bool stuck;
		int64_t moved;

		t->message = at;
		t->flags = given | (*index && (given & FLAG_WAITFORONE) ? FLAG_DONTWAIT : 0);
		t->total = message_bytes(c, at, &first);
		moved = move(c, t, &stuck);
		if (x_dead(c))
			return done(c, 0);
		if (stuck)
			return wait_for(c, t, *index ? (int64_t)*index : 0);
		if (moved < 0)
			return batch_end(c, moved);
		len = (uint32_t)moved;
		if (x_write(c, at + BATCH_LEN_AT, &len, sizeof len) < 0)
			return batch_end(c, -EFAULT);
		c->mem[NET_MEM_DONE] = 0;
		++*index;
		if ((int64_t)c->mem[NET_MEM_BATCH_DEADLINE] <= c->w->now_ns)
			break;
	}
	return batch_end(c, 0);
}

/* ---- the calls ------------------------------------------------------------------------------------------------------------------------ */

/* Where the receiver's name lies (0: nowhere), as far as the kernel reads on. False: it comes to no message. */
static bool receiver(struct call *c, const struct transfer *t, gaddr *ret_name, uint64_t *ret_len)
{
	struct message m = { .name = c->arg[4], .namelen = (uint32_t)c->arg[5] };
	enum { LONGEST_NAME = 128 }; /* struct sockaddr_storage */
	char first;

	if (c->nr != __NR_sendto && ((c->nr == __NR_sendmmsg && !(uint32_t)c->arg[2]) || x_read(c, t->message, &m, sizeof m) < 0))
		return false;
	*ret_name = m.name;
	*ret_len = m.namelen;
	if (c->nr == __NR_sendto && m.name && m.namelen > LONGEST_NAME)
		return false;
	return !m.name || !m.namelen || x_read(c, m.name, &first, 1) == 0;
}

/* With MSG_FASTOPEN a TCP socket connects when it sends. */
static bool connects(struct call *c, const struct transfer *t, gaddr name)
{
	enum { TCP = 6 };
	int32_t protocol;

	return name && (t->flags & FLAG_FASTOPEN) && net_option(c, t->fd, LEVEL_SOCKET, OPT_PROTOCOL, &protocol) == 0 && protocol == TCP;
}

/* Fills in what is to be moved; the flags stand in another place in each form. */
static bool is_batch(struct call *c, struct transfer *t)
{
	bool plain = c->nr == __NR_sendto || c->nr == __NR_recvfrom, one = c->nr == __NR_sendmsg || c->nr == __NR_recvmsg;

	t->fd = (int32_t)c->arg[0];
	t->flags = (uint32_t)c->arg[one ? 2 : 3];
	t->message = plain ? 0 : c->arg[1];
	return !plain && !one;
}

/* sendto, sendmsg, sendmmsg. Inputs: room in the buffers (past calls, sizes normalised by do_socket), peers (past calls), the
 * name of an unnamed sender (normalised), signals (ordered). Waiting: parked, continued where it stopped. */
enum outcome do_send(struct call *c)
{
	struct transfer t = { .sending = true };
	bool many = is_batch(c, &t);
	uint64_t len = 0;
	gaddr name = 0;

	if (!c->retry && !receiver(c, &t, &name, &len))
		return CALL_PASS;
	if (!c->retry && name && net_outside(c, name, len))
		return done(c, -ECONNREFUSED);
	if (!c->retry && connects(c, &t, name))
		(void)net_ensure_bound(c, t.fd, true);
	else if (!c->retry)
		net_name_sender(c, t.fd);
	if (x_dead(c))
		return done(c, 0);
	return many ? batch(c, &t) : single(c, &t);
}

/* recvfrom, recvmsg, recvmmsg. Inputs: what was sent and how much of it has come (ordered: one thread runs at a time); kernel
 * time stamps (refused when they are asked for, net_option.c); recvmmsg's timeout (normalised: logical). */
enum outcome do_recv(struct call *c)
{
	struct transfer t = { .sending = false };

	return is_batch(c, &t) ? batch(c, &t) : single(c, &t);
}

/* A call of read's or write's form as a message without flags. */
static enum outcome as_message(struct call *c, struct transfer *t, bool vector)
{
	struct message m = { .iov = c->arg[1], .iovlen = c->arg[2] };
	gaddr s = vector ? x_scratch(c) : 0;
	enum outcome o;

	c->arg[4] = c->arg[5] = 0; /* no address */
	if (t->sending && !c->retry)
		net_name_sender(c, t->fd);
	if (x_dead(c))
		return done(c, 0);
	if (vector) {
		if (!s || x_write(c, s + OWN_MESSAGE_AT, &m, sizeof m) < 0)
			return done(c, -ENOMEM);
		t->message = s + OWN_MESSAGE_AT;
	}
	o = single(c, t);
	c->data = c->arg[1]; /* the vector, not its first piece, as for every other descriptor */
	c->data_len = 0;
	return o;
}

/* write, writev and pwritev2 on a socket: a send without flags. A datagram goes as a whole or not at all. */
enum outcome net_write(struct call *c, bool vector)
{
	struct transfer t = { .fd = (int32_t)c->arg[0], .sending = true };

	return as_message(c, &t, vector);
}

bool net_reads(struct call *c, int fd)
{
	return x_fd_tcp_unread(c, fd) >= 0 || net_is_netlink(c, fd);
}

/* read and readv on what net_reads() names: a receive without flags. */
enum outcome net_read(struct call *c, bool vector)
{
	struct transfer t = { .fd = (int32_t)c->arg[0] };

	return as_message(c, &t, vector);
}
