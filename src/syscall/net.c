/* net.c: sockets: creation, names, connecting, accepting. Data is net_io.c's, options are net_option.c's.
 *
 * Owns: the names that the kernel would choose at random. Freestanding.
 *
 * Invariants
 *  N1. The box has a network namespace of its own with nothing but a loopback device (unless --network was given), so
 *      every peer is a guest, and what a socket says is a function of past calls: what the sender's call set going on the
 *      loopback has arrived before anybody goes on (tracee/loopback.c), and nothing is held back for a timer of the kernel's (no Nagle, no cork; the guest's wishes
 *      are remembered). Sequence numbers and time stamps are not visible to guests.
 *  N2. The kernel never chooses a name: ports, abstract names and netlink ids that a guest leaves open are counted by the model.
 *  N3. Blocking descriptors are made non-blocking only within one handler run, while no other guest thread runs.
 *  N4. With --network the outside is an input that nobody can repeat: the option says so; here it only changes
 *      nothing but how long a parked thread waits, which the executor knows (x_fd_is_external).
 */
#include "syscall/net.h"

#include "syscall/fs.h"

#include <string.h>

handler do_socket, do_socketpair, do_connect, do_accept, do_bind, do_listen, do_getsockname, do_getpeername, do_shutdown;

enum {
	NAME_MAX_BYTES = 128,       /* struct sockaddr_storage */
	NAME_AT = 0, NAME_LEN_AT = 256, VALUE_AT = 264,
	FIRST_PORT = 32768, PORTS = 28232, /* net.ipv4.ip_local_port_range, by default */
	AUTOBIND_NAMES = 1 << 20,
	MAX_BACKLOG = 4096,         /* net.core.somaxconn since 5.4 */
};

struct name { uint8_t bytes[NAME_MAX_BYTES]; uint32_t len; };

static uint16_t name_family(const struct name *n)
{
	uint16_t f = 0;

	if (n->len >= sizeof f)
		memcpy(&f, n->bytes, sizeof f);
	return f;
}

static void name_set_family(struct name *n, uint16_t f, uint32_t len)
{
	memset(n, 0, sizeof *n);
	memcpy(n->bytes, &f, sizeof f);
	n->len = len;
}

static int name_read(struct call *c, gaddr p, uint64_t len, struct name *ret)
{
	memset(ret, 0, sizeof *ret);
	if ((int32_t)len < 0 || (uint32_t)len > NAME_MAX_BYTES)
		return -EINVAL;
	ret->len = (uint32_t)len;
	return x_read(c, p, ret->bytes, ret->len);
}

/* getsockname(2) into our memory. */
static int64_t name_of(struct call *c, int fd, struct name *ret)
{
	gaddr s = x_scratch(c);
	uint32_t len = NAME_MAX_BYTES;
	int64_t r;

	memset(ret, 0, sizeof *ret);
	if (!s || x_write(c, s + NAME_LEN_AT, &len, sizeof len) < 0)
		return -ENOMEM;
	r = x_real(c, __NR_getsockname, (uint64_t)fd, s + NAME_AT, s + NAME_LEN_AT, 0, 0, 0);
	if (r < 0 || x_dead(c))
		return r;
	if (x_read(c, s + NAME_LEN_AT, &len, sizeof len) < 0 || len > NAME_MAX_BYTES)
		return -EINVAL;
	ret->len = len;
	return x_read(c, s + NAME_AT, ret->bytes, len);
}

static int64_t name_bind(struct call *c, int fd, const struct name *n)
{
	gaddr s = x_scratch(c);

	if (!s || x_write(c, s + NAME_AT, n->bytes, n->len) < 0)
		return -ENOMEM;
	return x_real(c, __NR_bind, (uint64_t)fd, s + NAME_AT, n->len, 0, 0, 0);
}

int64_t net_option(struct call *c, int fd, uint32_t level, uint32_t name, int32_t *ret_value)
{
	uint32_t len = sizeof *ret_value;
	int64_t r;
	gaddr s;

	if (level == LEVEL_SOCKET && x_fd_socket_int(c, fd, name, ret_value) == 0)
		return 0;
	s = x_scratch(c);
	if (!s || x_write(c, s + NAME_LEN_AT, &len, sizeof len) < 0)
		return -ENOMEM;
	r = x_real(c, __NR_getsockopt, (uint64_t)fd, level, name, s + VALUE_AT, s + NAME_LEN_AT, 0);
	if (r < 0 || x_dead(c))
		return r < 0 ? r : -ESRCH;
	return x_read(c, s + VALUE_AT, ret_value, sizeof *ret_value);
}

int64_t net_set_option(struct call *c, int fd, uint32_t level, uint32_t name, int32_t value)
{
	gaddr s = x_scratch(c);

	if (!s || x_write(c, s + VALUE_AT, &value, sizeof value) < 0)
		return -ENOMEM;
	return x_real(c, __NR_setsockopt, (uint64_t)fd, level, name, s + VALUE_AT, sizeof value, 0);
}

/* ---- names of the model ------------------------------------------------------------------------------------------------ */

static uint32_t name_port(const struct name *n)
{
	return (uint32_t)n->bytes[2] << 8 | n->bytes[3];
}

static int64_t bind_some_port(struct call *c, int fd, struct name *n)
{
	for (int i = 0; i < PORTS; i++) {
		uint32_t port = FIRST_PORT + c->w->next_port++ % PORTS;
		int64_t r;

		n->bytes[2] = (uint8_t)(port >> 8);
		n->bytes[3] = (uint8_t)port;
		r = name_bind(c, fd, n);
		if (r != -EADDRINUSE || x_dead(c))
			return r;
	}
	return -EADDRINUSE;
}

/* A NUL and five hexadecimal digits, as in unix(7). */
static int64_t bind_some_unix(struct call *c, int fd)
{
	static const char digits[16] = "0123456789abcdef";
	struct name n;

	for (int i = 0; i < AUTOBIND_NAMES; i++) {
		uint32_t v = c->w->next_autobind++ % AUTOBIND_NAMES;
		int64_t r;

		name_set_family(&n, NET_UNIX, 8);
		for (int k = 7; k >= 3; k--, v >>= 4)
			n.bytes[k] = (uint8_t)digits[v & 15];
		r = name_bind(c, fd, &n);
		if (r != -EADDRINUSE || x_dead(c))
			return r;
	}
	return -ENOSPC;
}

/* The process id while it is free, as in netlink(7); for further sockets the kernel would draw a negative number. */
static int64_t bind_some_netlink(struct call *c, int fd, struct name *n)
{
	uint32_t id = (uint32_t)x_pid(c);
	int64_t r;

	do {
		memcpy(n->bytes + 4, &id, sizeof id);
		r = name_bind(c, fd, n);
		id = (uint32_t)(-4097 - (int32_t)(c->w->next_netlink & 0xfffff));
		if (r == -EADDRINUSE)
			c->w->next_netlink++;
	} while (r == -EADDRINUSE && !x_dead(c));
	return r;
}

static bool netlink_unbound(const struct name *n)
{
	return !(n->bytes[4] | n->bytes[5] | n->bytes[6] | n->bytes[7]);
}

static bool unix_passes_credentials(struct call *c, int fd)
{
	int32_t on = 0;

	return c->w->passcred_seen && net_option(c, fd, LEVEL_SOCKET, OPT_PASSCRED, &on) == 0 && on;
}

int64_t net_ensure_bound(struct call *c, int fd, bool implicit)
{
	struct name n;
	int64_t r = name_of(c, fd, &n);

	if (r < 0 || x_dead(c))
		return r;
	switch (name_family(&n)) {
	case NET_INET:
	case NET_INET6:
		return name_port(&n) ? 0 : bind_some_port(c, fd, &n);
	case NET_UNIX:
		if (n.len > 2 || (implicit && !unix_passes_credentials(c, fd)))
			return 0;
		return bind_some_unix(c, fd);
	case NET_NETLINK:
		return netlink_unbound(&n) ? bind_some_netlink(c, fd, &n) : 0;
	default:
		return 0;
	}
}

/* inet_send_prepare(), net/ipv4/af_inet.c; netlink_sendmsg(), net/netlink/af_netlink.c; unix_dgram_sendmsg(), net/unix/af_unix.c. Streams are named when they connect. */
void net_name_sender(struct call *c, int fd)
{
	int32_t type;

	if ((c->w->inet_seen || c->w->netlink_seen || c->w->passcred_seen) && net_option(c, fd, LEVEL_SOCKET, OPT_TYPE, &type) == 0 && type != NET_STREAM)
		(void)net_ensure_bound(c, fd, true);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------------- */

bool net_is_netlink(struct call *c, int fd)
{
	int32_t family;

	return c->w->netlink_seen && net_option(c, fd, LEVEL_SOCKET, OPT_DOMAIN, &family) == 0 && family == NET_NETLINK;
}

bool net_blocks(struct call *c, int fd)
{
	int64_t flags = x_fd_flags(c, fd);

	return flags >= 0 && !(flags & O_NONBLOCK);
}

/* The socket's own timeout, counted on the logical clock from the first time that the call would block. */
static int64_t own_deadline(struct call *c, int fd, uint32_t option)
{
	gaddr s = x_scratch(c);
	uint32_t len = 16;
	int64_t tv[2] = { 0, 0 }, ns;

	if (!s || x_write(c, s + NAME_LEN_AT, &len, sizeof len) < 0)
		return NO_DEADLINE;
	if (x_real(c, __NR_getsockopt, (uint64_t)fd, LEVEL_SOCKET, option, s + VALUE_AT, s + NAME_LEN_AT, 0) < 0 || x_dead(c))
		return NO_DEADLINE;
	if (x_read(c, s + VALUE_AT, tv, sizeof tv) < 0 || tv[0] < 0 || tv[0] > INT32_MAX || tv[1] < 0 || tv[1] >= 1000000)
		return NO_DEADLINE;
	ns = tv[0] * NSEC + tv[1] * 1000;
	return ns ? c->w->now_ns + ns : NO_DEADLINE;
}

enum outcome net_wait(struct call *c, int fd, uint32_t events, uint32_t timeout_option, int64_t done_so_far, int timeout_errno)
{
	int64_t deadline;
	enum outcome o;

	if (!c->mem[NET_MEM_WAITS]) {
		c->mem[NET_MEM_DEADLINE] = (uint64_t)own_deadline(c, fd, timeout_option);
		c->mem[NET_MEM_WAITS] = 1;
		if (x_dead(c))
			return done(c, 0);
	}
	deadline = (int64_t)c->mem[NET_MEM_DEADLINE];
	if (x_signal_pending(c, NULL))
		return done(c, done_so_far ? done_so_far : deadline == NO_DEADLINE ? -ERESTARTSYS_CODE : -EINTR);
	if (c->timed_out || deadline <= c->w->now_ns)
		return done(c, done_so_far ? done_so_far : -timeout_errno);
	/* A descriptor that seems ready (or cannot be asked) while the call would block must not make us spin. */
	o = events && (!c->retry || x_fd_poll(c, fd, events) == 0) ? park_fd(c, fd, events) : park_any(c);
	return deadline == NO_DEADLINE ? o : park_until(c, deadline);
}

/* ---- creation ------------------------------------------------------------------------------------------------------------ */

/* 0, or the errno for a kind of socket that a build does not get. Raw sockets would show what the kernel makes up (checksums,
 * identifiers, sequence numbers); other families and protocols exist or not as the host's modules have it. */
static int refuse(struct call *c, const char **ret_why)
{
	uint32_t family = (uint32_t)c->arg[0], type = (uint32_t)c->arg[1] & NET_TYPE_MASK, protocol = (uint32_t)c->arg[2];

	switch (family) {
	case NET_UNIX:
		return 0;
	case NET_INET:
	case NET_INET6:
		*ret_why = "raw socket";
		if (type == NET_RAW)
			return EPERM;
		*ret_why = "internet protocol other than TCP and UDP";
		return protocol == 0 || protocol == 6 || protocol == 17 ? 0 : EPROTONOSUPPORT;
	case NET_NETLINK: /* getifaddrs, getaddrinfo: with a loopback device only, the answers are constant */
		*ret_why = "netlink socket";
		return protocol == 0 && !c->w->network ? 0 : EPROTONOSUPPORT;
	default:
		*ret_why = "socket family";
		return EAFNOSUPPORT;
	}
}

/* How much may lie unread, hence where a writer waits, is a host's setting otherwise, and TCP's follows its memory. Towards the
 * outside (--network) TCP tunes itself. */
static void prepare(struct call *c, int fd)
{
	uint32_t family = (uint32_t)c->arg[0], type = (uint32_t)c->arg[1] & NET_TYPE_MASK;
	struct fd_stat st;

	if (!c->w->sock_dev && x_fd_stat(c, fd, &st) == 0)
		c->w->sock_dev = st.dev; /* all sockets have the same */
	c->w->netlink_seen |= family == NET_NETLINK;
	c->w->inet_seen |= family == NET_INET || family == NET_INET6;
	if (type == NET_STREAM && (family == NET_INET || family == NET_INET6))
		net_disable_delays(c, fd);
	if (type == NET_STREAM && family != NET_UNIX && c->w->network)
		return;
	(void)net_set_option(c, fd, LEVEL_SOCKET, OPT_SNDBUF, NET_BUFFER / 2);
	if (family != NET_UNIX) /* what a unix socket holds is charged to the sender */
		(void)net_set_option(c, fd, LEVEL_SOCKET, OPT_RCVBUF, NET_BUFFER / 2);
}

/* socket. Result: a descriptor number (a function of past calls) or an errno. Families: unix, inet, inet6, and routing netlink
 * while the box is closed; all others refused. Buffer sizes: normalised. */
enum outcome do_socket(struct call *c)
{
	const char *why = "";
	int e = refuse(c, &why);
	int64_t r;

	if (e) {
		x_refused(c, why);
		return done(c, -e);
	}
	r = x_original(c);
	if (r >= 0 && !x_dead(c))
		prepare(c, (int)r);
	return done(c, r);
}

/* socketpair. As socket; only unix sockets come in pairs (others: the kernel's errno). */
enum outcome do_socketpair(struct call *c)
{
	int32_t fds[2];
	int64_t r;

	if ((uint32_t)c->arg[0] != NET_UNIX) {
		x_refused(c, "pair of sockets that are not unix sockets");
		return done(c, -EOPNOTSUPP);
	}
	r = x_original(c);
	if (r == 0 && !x_dead(c) && x_read(c, c->arg[3], fds, sizeof fds) == 0) {
		prepare(c, fds[0]);
		prepare(c, fds[1]);
	}
	return done(c, r);
}

/* ---- names that guests give ------------------------------------------------------------------------------------------------- */

/* The file that a unix socket's name names; its path lies at ret_at->path. 0 or -errno. */
static int64_t socket_file(struct call *c, const struct name *n, struct at *ret_at, struct stat *ret)
{
	char path[NAME_MAX_BYTES + 1];
	size_t len = n->len - 2;

	memcpy(path, n->bytes + 2, len);
	path[len] = 0;
	ret_at->dirfd = AT_FDCWD;
	ret_at->path = x_scratch(c);
	if (!ret_at->path)
		return -ENOMEM;
	ret_at->path += SCRATCH_PATH;
	return x_write(c, ret_at->path, path, len + 1) < 0 ? -EFAULT : x_path_stat(c, ret_at, ret);
}

/* A unix socket's name in the file system is a new file. */
static void note_socket_file(struct call *c, const struct name *n)
{
	struct at at = { .flags = AT_SYMLINK_NOFOLLOW };
	struct stat st;

	if (socket_file(c, n, &at, &st) < 0)
		return;
	fs_born(c, st.st_dev, st.st_ino);
	if (socket_file(c, n, &at, &st) == 0)
		fs_touch_parent(c, &at);
}

bool net_outside(struct call *c, gaddr name, uint64_t len)
{
	struct at at = { .flags = 0 };
	const struct inode *i;
	struct name n;
	struct stat st;

	if (c->w->network || name_read(c, name, len, &n) < 0 || n.len <= 2 || name_family(&n) != NET_UNIX || n.bytes[2] == 0)
		return false;
	if (socket_file(c, &n, &at, &st) < 0 || !fs_is(st.st_mode, FS_SOCK))
		return false;
	i = inode_find(c->w, st.st_dev, st.st_ino);
	return !i || !(i->flags & INODE_BORN);
}

static enum outcome bind_unix(struct call *c, int fd, const struct name *n)
{
	struct name own;
	int64_t r;

	if (n->len == 2) {
		r = name_of(c, fd, &own);
		if (r < 0 || name_family(&own) != NET_UNIX)
			return CALL_PASS;
		return done(c, net_ensure_bound(c, fd, false));
	}
	if (n->bytes[2] == 0)
		return CALL_PASS;
	r = x_original(c);
	if (r == 0 && !x_dead(c))
		note_socket_file(c, n);
	return done(c, r);
}

static enum outcome bind_netlink(struct call *c, int fd, struct name *n)
{
	struct name own;

	if (name_of(c, fd, &own) < 0 || name_family(&own) != NET_NETLINK)
		return CALL_PASS;
	if (netlink_unbound(&own))
		return done(c, bind_some_netlink(c, fd, n));
	memcpy(n->bytes + 4, own.bytes + 4, 4);
	return done(c, name_bind(c, fd, n));
}

/* bind. Inputs: names in use (past calls: passed). A port, abstract name or netlink id left to the kernel is random there:
 * normalised, counted by the model. The file of a unix socket gets logical times. */
enum outcome do_bind(struct call *c)
{
	int fd = (int32_t)c->arg[0];
	struct name n;

	if (name_read(c, c->arg[1], c->arg[2], &n) < 0 || n.len < 2)
		return CALL_PASS;
	switch (name_family(&n)) {
	case NET_UNIX:
		return bind_unix(c, fd, &n);
	case NET_UNSPEC: /* an old way to say inet */
	case NET_INET:
		if (n.len < 16 || name_port(&n))
			return CALL_PASS;
		return done(c, bind_some_port(c, fd, &n));
	case NET_INET6:
		if (n.len < 24 || name_port(&n))
			return CALL_PASS;
		return done(c, bind_some_port(c, fd, &n));
	case NET_NETLINK:
		if (n.len < 12 || !netlink_unbound(&n))
			return CALL_PASS;
		return bind_netlink(c, fd, &n);
	default:
		return CALL_PASS;
	}
}

/* listen. The length of the queue is cut by a host's setting: normalised. A stream without a port gets one of the model's. */
enum outcome do_listen(struct call *c)
{
	int fd = (int32_t)c->arg[0];
	int32_t type;
	struct name n;

	if (name_of(c, fd, &n) == 0 && (name_family(&n) == NET_INET || name_family(&n) == NET_INET6) && !name_port(&n) &&
	    net_option(c, fd, LEVEL_SOCKET, OPT_TYPE, &type) == 0 && type == NET_STREAM)
		(void)bind_some_port(c, fd, &n);
	if ((uint32_t)c->arg[1] > MAX_BACKLOG)
		c->arg[1] = MAX_BACKLOG;
	c->w->progress++;
	return CALL_PASS;
}

/* getsockname, getpeername: names come from guests or from the model (N2). */
enum outcome do_getsockname(struct call *c)
{
	(void)c;
	return CALL_PASS;
}

enum outcome do_getpeername(struct call *c)
{
	(void)c;
	return CALL_PASS;
}

/* shutdown: a function of past calls. That a parked reader sees it is the business of its condition. */
enum outcome do_shutdown(struct call *c)
{
	c->w->progress++;
	return CALL_PASS;
}

/* ---- connecting -------------------------------------------------------------------------------------------------------------- */

/* One connect without waiting (N3). On loopback the handshake is over when the call returns, so a second call fetches its end. */
static int64_t connect_try(struct call *c, int fd, int64_t flags)
{
	int64_t r;

	if (x_fd_set_flags(c, fd, (uint64_t)flags | O_NONBLOCK) < 0)
		return -EINVAL;
	r = x_original(c);
	if (r == -EINPROGRESS && !x_dead(c) && x_fd_poll(c, fd, POLLOUT) > 0)
		r = x_original(c);
	(void)x_fd_set_flags(c, fd, (uint64_t)flags);
	return r;
}

/* An address on the loopback, or none ("this host"): the box has no way to others. */
static bool is_of_loopback(const uint8_t address[4])
{
	static const uint8_t none[4];

	return address[0] == 127 || memcmp(address, none, sizeof(none)) == 0;
}

static bool is_of_loopback_v6(const uint8_t address[16])
{
	static const uint8_t zeros[16];

	if (memcmp(address, zeros, 10) != 0)
		return false;
	if (address[10] == 0xff && address[11] == 0xff)
		return is_of_loopback(address + 12);
	return memcmp(address + 10, zeros, 5) == 0 && address[15] <= 1;
}

/* A connection of the internet is given a name when there is a way to its address (tcp_v4_connect(), tcp_v6_connect()); datagram sockets are before anybody looks. */
static bool connect_names(struct call *c, int fd, const struct name *to)
{
	enum { LEAST = 16, LEAST_V6 = 24, AT = 4, AT_V6 = 8 };
	int32_t type, domain;

	if (net_option(c, fd, LEVEL_SOCKET, OPT_TYPE, &type) < 0 || type != NET_STREAM || net_option(c, fd, LEVEL_SOCKET, OPT_DOMAIN, &domain) < 0 ||
	    (domain != NET_INET && domain != NET_INET6))
		return true;
	if (name_family(to) != domain || to->len < (domain == NET_INET ? LEAST : LEAST_V6))
		return false;
	return c->w->network || (domain == NET_INET ? is_of_loopback(to->bytes + AT) : is_of_loopback_v6(to->bytes + AT_V6));
}

/* connect. Inputs: who listens, and room in its queue (past calls: ordered); the own port (normalised); signals (ordered).
 * Names that nobody serves (nscd, D-Bus and the like) fail as on a machine without them; so do those that somebody outside serves, in a volume. */
enum outcome do_connect(struct call *c)
{
	int fd = (int32_t)c->arg[0];
	struct name to;
	int64_t flags, r;

	if (name_read(c, c->arg[1], c->arg[2], &to) < 0 || name_family(&to) == NET_UNSPEC)
		return CALL_PASS;
	if (!c->retry && net_outside(c, c->arg[1], c->arg[2]))
		return done(c, -ECONNREFUSED);
	c->w->progress += !c->retry; /* whoever polls the listener may now find something */
	if (!c->retry && connect_names(c, fd, &to))
		(void)net_ensure_bound(c, fd, true);
	flags = x_dead(c) ? -1 : x_fd_flags(c, fd);
	if (flags < 0 || (flags & O_NONBLOCK))
		return CALL_PASS;
	r = connect_try(c, fd, flags);
	if (x_dead(c))
		return done(c, 0);
	if (name_family(&to) == NET_UNIX && r == -EAGAIN) /* the queue is full: somebody has to accept */
		return net_wait(c, fd, 0, OPT_SNDTIMEO, 0, EAGAIN);
	if (r == -EINPROGRESS || r == -EALREADY)
		return net_wait(c, fd, POLLOUT, OPT_SNDTIMEO, 0, EINPROGRESS);
	return done(c, r);
}

/* accept, accept4. Inputs: the queue of connections, in the order of the connects (ordered by the turn). */
enum outcome do_accept(struct call *c)
{
	int fd = (int32_t)c->arg[0];
	bool known_flags = c->nr == __NR_accept || !((uint32_t)c->arg[3] & ~(uint32_t)(O_NONBLOCK | O_CLOEXEC));
	int32_t listens = 0;

	if (net_option(c, fd, LEVEL_SOCKET, OPT_ACCEPTCONN, &listens) < 0 || !listens || !known_flags || !net_blocks(c, fd) || x_fd_poll(c, fd, POLLIN) != 0) {
		int64_t r;

		c->w->progress++; /* room in the queue */
		if (!c->w->nodelay_seen)
			return CALL_PASS;
		r = x_original(c);
		if (r >= 0 && !x_dead(c))
			net_inherit_delays(c, fd, (int)r);
		return done(c, r);
	}
	return net_wait(c, fd, POLLIN, OPT_RCVTIMEO, 0, EAGAIN);
}
