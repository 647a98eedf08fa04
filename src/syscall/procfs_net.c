/* procfs_net.c: the tables of sockets, /proc/net/tcp and the like, as the guest may see them. Freestanding, pure.
 *
 * Invariants
 *  P1. Kept: addresses, states, bytes waiting to be read, owners, names. They follow from past calls, because loopback delivers
 *      in the sender's context. Fixed: counters of references, timers, bytes not yet acknowledged (an acknowledgement may be late).
 *  P2. Sockets that belong to no descriptor (time-wait and the like) end when the kernel's clock says so: they do not show.
 *  P3. The kernel's order is that of its hash tables. Here it is that of the text shown; among equals, of creation: numbers
 *      of sockets grow on each CPU, and the guests stay on one. The guest's numbers are given in this order.
 *  P4. Any input is safe: a line that is not understood is dropped. */
#include "syscall/procfs_text.h"

#include "syscall/line.h"

enum table { TABLE_TCP, TABLE_UDP, TABLE_UNIX };

/* One socket. `name` orders and names it: both addresses, or type, state and path. */
struct row {
	struct line name, local, remote, state, flags, type, read_queue, uid, path;
	uint64_t ino;
};

static struct line from_to(struct line first, struct line last)
{
	return (struct line){ first.p, (size_t)(last.p + last.n - first.p) };
}

static bool has_length(struct line w, size_t n)
{
	return w.n == n;
}

/* "0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 1 ..." */
static bool parse_inet(struct line l, struct row *r)
{
	struct line queues;

	next_word(&l);
	r->local = next_word(&l);
	r->remote = next_word(&l);
	r->state = next_word(&l);
	queues = next_word(&l);
	next_word(&l);
	next_word(&l);
	r->uid = next_word(&l);
	next_word(&l);
	r->ino = parse_number(next_word(&l), 10);
	r->name = from_to(r->local, r->state);
	if (!has_length(queues, 17) || !has_length(r->state, 2))
		return false;
	r->read_queue = (struct line){ queues.p + 9, 8 };
	return r->ino != 0;
}

/* "0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/socket" */
static bool parse_unix(struct line l, struct row *r)
{
	next_word(&l);
	next_word(&l);
	next_word(&l);
	r->flags = next_word(&l);
	r->type = next_word(&l);
	r->state = next_word(&l);
	r->ino = parse_number(next_word(&l), 10);
	r->path = l;
	r->name = from_to(r->flags, r->state);
	return r->ino != 0 && has_length(r->flags, 8) && has_length(r->type, 4) && has_length(r->state, 2);
}

static int compare_lines(struct line a, struct line b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (a.p[i] != b.p[i])
			return (unsigned char)a.p[i] < (unsigned char)b.p[i] ? -1 : 1;
	return (a.n > b.n) - (a.n < b.n);
}

static int compare_rows(const struct row *a, const struct row *b)
{
	int d = compare_lines(a->path, b->path);

	if (!d)
		d = compare_lines(a->name, b->name);
	return d ? d : (a->ino > b->ino) - (a->ino < b->ino);
}

static void pad_to(struct out *o, size_t from, size_t width)
{
	while (o->len - from < width && !o->full)
		out_char(o, ' ');
	out_char(o, '\n');
}

static void put_word(struct out *o, struct line w, size_t width)
{
	for (size_t i = w.n; i < width; i++)
		out_char(o, ' ');
	out_bytes(o, w.p, w.n);
}

static void put_inet(const struct row *r, enum table t, uint64_t index, uint64_t ino, struct out *o)
{
	size_t from = o->len;

	out_number(o, index, 10, t == TABLE_TCP ? 4 : 5, ' ');
	out_str(o, ": ");
	out_bytes(o, r->name.p, r->name.n);
	out_str(o, " 00000000:");
	out_bytes(o, r->read_queue.p, r->read_queue.n);
	out_str(o, " 00:00000000 00000000 ");
	put_word(o, r->uid, 5);
	out_str(o, "        0 ");
	out_u64(o, ino);
	out_str(o, t == TABLE_TCP ? " 1 0000000000000000 100 0 0 10 0" : " 2 0000000000000000 0");
	pad_to(o, from, r->local.n > 13 ? 0 : t == TABLE_TCP ? 149 : 127); /* only the tables of version 4 have a width */
}

static void put_unix(const struct row *r, uint64_t ino, struct out *o)
{
	out_str(o, "0000000000000000: 00000002 00000000 ");
	out_bytes(o, r->name.p, r->name.n);
	out_char(o, ' ');
	out_number(o, ino, 10, 5, ' ');
	out_bytes(o, r->path.p, r->path.n);
	out_char(o, '\n');
}

/* The smallest row above `last` each time: there are few sockets, and no memory to sort in. */
static void put_table(const struct proc_view *v, enum table t, const char *in, size_t n, struct out *o)
{
	struct row last = { 0 }, best = { 0 }, row = { 0 };

	for (uint64_t index = 0;; index++) {
		const char *at = in;
		size_t left = n;
		struct line l;
		bool found = false;
		uint64_t ino;

		while (next_line(&at, &left, &l)) {
			if (!(t == TABLE_UNIX ? parse_unix(l, &row) : parse_inet(l, &row)) || (index && compare_rows(&row, &last) <= 0))
				continue;
			if (!found || compare_rows(&row, &best) < 0)
				best = row;
			found = true;
		}
		if (!found)
			return;
		ino = v->socket ? v->socket(v->arg, best.ino) : 0;
		if (t == TABLE_UNIX)
			put_unix(&best, ino, o);
		else
			put_inet(&best, t, index, ino, o);
		last = best;
	}
}

#define INET_HEAD "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
#define INET6_HEAD "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"

void proc_text_tcp(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	out_str(o, INET_HEAD);
	pad_to(o, 0, 149);
	put_table(v, TABLE_TCP, in, n, o);
}

void proc_text_tcp6(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	out_str(o, INET6_HEAD "\n");
	put_table(v, TABLE_TCP, in, n, o);
}

void proc_text_udp(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	out_str(o, INET_HEAD " ref pointer drops");
	pad_to(o, 0, 127);
	put_table(v, TABLE_UDP, in, n, o);
}

void proc_text_udp6(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	out_str(o, INET6_HEAD " ref pointer drops\n");
	put_table(v, TABLE_UDP, in, n, o);
}

void proc_text_unix(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	out_str(o, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	put_table(v, TABLE_UNIX, in, n, o);
}
