/* net_option.c: getsockopt and setsockopt. Freestanding.
 *
 * Invariant O1: only options named here reach the kernel; which others exist depends on its version and configuration, and
 * several show the host (cookies, CPU and queue numbers, memory, round-trip times, time stamps). They are answered ENOPROTOOPT. */
#include "syscall/fs.h"
#include "syscall/net.h"

#include <string.h>

handler do_getsockopt, do_setsockopt;

enum { LEVEL_IP = 0, LEVEL_UDP = 17, LEVEL_IPV6 = 41, LEVEL_NETLINK = 270 };
enum {
	TCP_OPT_INFO = 11, TCP_OPT_CONGESTION = 13,
	TCP_INFO_BYTES = 104,       /* the structure as programs know it; newer kernels append to it */
	OPT_TABLES = 64,            /* packet filters and multicast routing begin here: modules of the host */
	OPT_LINGER = 13, OPT_TIMESTAMP = 29, OPT_SNDBUFFORCE = 32, OPT_RCVBUFFORCE = 33,
	TIMEOUT_GRAIN_NS = 20000000, /* a whole number of ticks for every HZ in use (100, 250, 300, 1000) */
	OPTION_VALUE_AT = 512,
};

/* One bit per option number. */
#define BIT(n) (UINT64_C(1) << (n))

static const uint64_t socket_options = /* asm-generic/socket.h; 68 and more: too new */
	BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(13) | BIT(14) |
	BIT(15) | BIT(16) | BIT(17) /* PEERCRED: ids and pids of the box */ | BIT(18) | BIT(19) | BIT(20) | BIT(21) | BIT(25) /* BINDTODEVICE */ |
	BIT(26) | BIT(27) /* attach, detach a filter program */ | BIT(28) | BIT(30) | BIT(32) | BIT(33) | BIT(34) | BIT(36) | BIT(38) | BIT(39) |
	BIT(40) | BIT(42) | BIT(44) | BIT(59) /* PEERGROUPS */;

static const uint64_t tcp_options = /* linux/tcp.h */
	BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(13) | BIT(18) | BIT(23) |
	BIT(25) | BIT(30) | BIT(36);

/* linux/in.h. Not options and time stamps in packets (4, 6, 7, 9), policies (16 to 18), and what is too new (51 and more). */
static const uint64_t ip_options =
	BIT(1) | BIT(2) | BIT(3) | BIT(5) | BIT(8) | BIT(10) | BIT(11) | BIT(12) | BIT(13) | BIT(14) | BIT(15) | BIT(19) | BIT(20) | BIT(21) | BIT(22) |
	BIT(23) | BIT(24) | BIT(25) | BIT(32) | BIT(33) | BIT(34) | BIT(35) | BIT(36) | BIT(37) | BIT(38) | BIT(39) | BIT(40) | BIT(41) | BIT(42) | BIT(43) |
	BIT(44) | BIT(45) | BIT(46) | BIT(47) | BIT(48) | BIT(49) | BIT(50);

/* linux/in6.h. Flow labels are random (11, 32, 33); 34 and 35 are policies. */
static const uint64_t no_ipv6_options = BIT(11) | BIT(32) | BIT(33) | BIT(34) | BIT(35);

static bool known(uint32_t level, uint32_t name)
{
	switch (level) {
	case LEVEL_SOCKET:
		return name == OPT_RCVTIMEO_NEW || name == OPT_SNDTIMEO_NEW || (name < 64 && (socket_options & BIT(name)));
	case LEVEL_TCP:
		return name < 64 && (tcp_options & BIT(name));
	case LEVEL_IP:
		return name < OPT_TABLES && (ip_options & BIT(name));
	case LEVEL_IPV6: /* here the tables' numbers lie between others (linux/in6.h) */
		return (name < OPT_TABLES && !(no_ipv6_options & BIT(name))) || name == 66 || name == 67 || (name >= 70 && name <= 78);
	case LEVEL_UDP:
	case LEVEL_NETLINK:
		return true;
	default:
		return false;
	}
}

static enum outcome unknown(struct call *c)
{
	int fd = (int)c->arg[0];
	struct fd_stat st;
	int64_t r = x_fd_stat(c, fd, &st);

	if (r == 0 && !fs_is(st.mode, FS_SOCK))
		return CALL_PASS; /* the kernel says what it is instead */
	if (r < 0 && fs_bad_fd(c, fd))
		return done(c, -EBADF);
	x_refused(c, "socket option");
	return done(c, -ENOPROTOOPT);
}

/* ---- delays ---------------------------------------------------------------------------------------------------------------- */

/* Nagle's algorithm holds small segments back until the peer acknowledges, which it may do 40 ms of the kernel's time later; a cork
 * lasts 200 ms. Meanwhile everybody would wait and the logical clock would jump to some other deadline, or not: so no TCP
 * socket has either, and what the guest asked for is kept where it can ask for it. */
void net_disable_delays(struct call *c, int fd)
{
	(void)net_set_option(c, fd, LEVEL_TCP, TCP_OPT_NODELAY, 1);
}

static uint32_t delay_flag(uint32_t level, uint32_t name)
{
	if (level != LEVEL_TCP)
		return 0;
	return name == TCP_OPT_NODELAY ? INODE_NODELAY : name == TCP_OPT_CORK ? INODE_CORK : 0;
}

static struct inode *socket_inode(struct call *c, int fd)
{
	struct fd_stat st;

	return x_fd_stat(c, fd, &st) == 0 ? inode_get(c->w, st.dev, st.ino) : NULL;
}

void net_inherit_delays(struct call *c, int from_fd, int to_fd)
{
	const struct inode *from = socket_inode(c, from_fd);
	struct inode *to;

	if (!from || !(from->flags & INODE_NODELAY))
		return;
	to = socket_inode(c, to_fd);
	if (to)
		to->flags |= INODE_NODELAY;
}

/* The kernel says whether the call is right, of a value that changes nothing. */
static enum outcome set_delay(struct call *c, uint32_t flag)
{
	int32_t value, ours = flag == INODE_NODELAY;
	gaddr s = x_scratch(c);
	struct inode *i;
	int64_t r;

	if ((uint32_t)c->arg[4] < sizeof value || x_read(c, c->arg[3], &value, sizeof value) < 0)
		return CALL_PASS;
	if (!s || x_write(c, s + OPTION_VALUE_AT, &ours, sizeof ours) < 0)
		return CALL_PASS;
	r = x_real(c, __NR_setsockopt, c->arg[0], c->arg[1], c->arg[2], s + OPTION_VALUE_AT, sizeof ours, 0);
	i = r == 0 && !x_dead(c) ? socket_inode(c, (int32_t)c->arg[0]) : NULL;
	if (i) {
		i->flags = value ? i->flags | flag : i->flags & ~flag;
		if (value && flag == INODE_NODELAY)
			c->w->nodelay_seen = 1;
	}
	return done(c, r);
}

static void show_delay(struct call *c, uint32_t flag)
{
	const struct inode *i = socket_inode(c, (int32_t)c->arg[0]);
	int32_t value = i && (i->flags & flag);
	uint32_t len;

	if (x_read(c, c->arg[4], &len, sizeof len) == 0)
		(void)x_write(c, c->arg[3], &value, len < sizeof value ? len : sizeof value);
}

/* ---- SO_LINGER ------------------------------------------------------------------------------------------------------------- */

struct linger { int32_t on, seconds; };

static int64_t real_linger(struct call *c, int32_t on, int32_t seconds)
{
	struct linger v = { on, seconds };
	gaddr s = x_scratch(c);

	if (!s || x_write(c, s + OPTION_VALUE_AT, &v, sizeof v) < 0)
		return -ENOMEM;
	return x_real(c, __NR_setsockopt, c->arg[0], c->arg[1], c->arg[2], s + OPTION_VALUE_AT, sizeof v, 0);
}

/* close(), which nobody sees, would wait in the kernel for a peer that does not get its turn. A socket never lingers; the kernel keeps
 * the seconds of one that was told to, and they say whether it was (net/core/sock.c, sk_setsockopt). Zero seconds mean a reset: passed. */
static enum outcome set_linger(struct call *c)
{
	struct linger v;
	int64_t r;

	if ((uint32_t)c->arg[4] < sizeof v || x_read(c, c->arg[3], &v, sizeof v) < 0)
		return CALL_PASS;
	r = real_linger(c, 1, v.on ? v.seconds : 0);
	if (r == 0 && !x_dead(c) && (!v.on || v.seconds))
		r = real_linger(c, 0, 0);
	return done(c, r);
}

static void show_linger(struct call *c)
{
	gaddr s = x_scratch(c), at = s + OPTION_VALUE_AT;
	uint32_t size = sizeof(struct linger), len;
	struct linger v;

	if (!s || x_write(c, at, &size, sizeof size) < 0 || x_read(c, c->arg[4], &len, sizeof len) < 0)
		return;
	if (x_real(c, __NR_getsockopt, c->arg[0], c->arg[1], c->arg[2], at + sizeof size, at, 0) < 0 || x_read(c, at + sizeof size, &v, sizeof v) < 0)
		return;
	v.on = v.on || v.seconds;
	(void)x_write(c, c->arg[3], &v.on, len < sizeof v.on ? len : sizeof v.on);
}

/* ---- getsockopt ------------------------------------------------------------------------------------------------------------ */

/* A buffer that the guest did not shrink has the size of the model, whatever the host's defaults are. */
static void show_buffer(struct call *c)
{
	int32_t v;

	if (x_read(c, c->arg[3], &v, sizeof v) < 0 || v <= NET_BUFFER)
		return;
	v = NET_BUFFER;
	(void)x_write(c, c->arg[3], &v, sizeof v);
}

/* The state, without the measurements. */
static void show_tcp_info(struct call *c)
{
	uint8_t info[TCP_INFO_BYTES] = { 0 };
	uint32_t len;

	if (x_read(c, c->arg[4], &len, sizeof len) < 0)
		return;
	if (len > sizeof info) {
		uint8_t none[256] = { 0 };

		for (uint32_t at = sizeof info; at < len && at < 4096; at += sizeof none)
			(void)x_write(c, c->arg[3] + at, none, len - at < sizeof none ? len - at : sizeof none);
		len = sizeof info;
	}
	if (len && x_read(c, c->arg[3], info, 1) == 0)
		(void)x_write(c, c->arg[3], info, len);
	(void)x_write(c, c->arg[4], &len, sizeof len);
}

/* getsockopt. Inputs: what guests have set (passed); sizes of buffers, SO_LINGER and TCP_INFO (normalised); everything else that knows the
 * host or its kernel's version (refused, see O1). */
enum outcome do_getsockopt(struct call *c)
{
	uint32_t level = (uint32_t)c->arg[1], name = (uint32_t)c->arg[2];
	bool buffer = level == LEVEL_SOCKET && (name == OPT_SNDBUF || name == OPT_RCVBUF);
	bool info = level == LEVEL_TCP && name == TCP_OPT_INFO, linger = level == LEVEL_SOCKET && name == OPT_LINGER;
	uint32_t delay = delay_flag(level, name);
	int64_t r;

	if (!(level == LEVEL_SOCKET && name == OPT_TIMESTAMP) && !known(level, name))
		return unknown(c);
	if (!buffer && !info && !delay && !linger)
		return CALL_PASS;
	r = x_original(c);
	if (r < 0 || x_dead(c))
		return done(c, r);
	if (buffer)
		show_buffer(c);
	else if (delay)
		show_delay(c, delay);
	else if (linger)
		show_linger(c);
	else
		show_tcp_info(c);
	return done(c, r);
}

/* ---- setsockopt ------------------------------------------------------------------------------------------------------------ */

static bool own_value(struct call *c, const void *value, size_t n)
{
	gaddr s = x_scratch(c);

	if (!s || x_write(c, s + OPTION_VALUE_AT, value, n) < 0)
		return false;
	c->arg[3] = s + OPTION_VALUE_AT;
	return true;
}

/* The kernel rounds to its clock ticks, whose length getsockopt would show. */
static enum outcome set_timeout(struct call *c)
{
	int64_t tv[2], ns;

	if ((uint32_t)c->arg[4] < sizeof tv || x_read(c, c->arg[3], tv, sizeof tv) < 0)
		return CALL_PASS;
	if (tv[0] < 0 || tv[0] > INT32_MAX || tv[1] < 0 || tv[1] >= 1000000)
		return CALL_PASS;
	ns = (tv[1] * 1000 + TIMEOUT_GRAIN_NS - 1) / TIMEOUT_GRAIN_NS * TIMEOUT_GRAIN_NS;
	tv[0] += ns / NSEC;
	tv[1] = ns % NSEC / 1000;
	(void)own_value(c, tv, sizeof tv);
	return CALL_PASS;
}

/* More than the default limit would be cut by a host's setting. */
static enum outcome set_buffer(struct call *c)
{
	int32_t v;

	if ((uint32_t)c->arg[4] < sizeof v || x_read(c, c->arg[3], &v, sizeof v) < 0)
		return CALL_PASS;
	if ((uint32_t)v <= NET_BUFFER / 2)
		return CALL_PASS;
	v = NET_BUFFER / 2;
	(void)own_value(c, &v, sizeof v);
	return CALL_PASS;
}

/* Which algorithms a host has loaded is its affair; two are always there. */
static enum outcome set_congestion(struct call *c)
{
	char name[16] = { 0 };
	uint32_t n = (uint32_t)c->arg[4] < sizeof name ? (uint32_t)c->arg[4] : sizeof name - 1;

	if (x_read(c, c->arg[3], name, n) < 0)
		return CALL_PASS;
	return !memcmp(name, "cubic", 6) || !memcmp(name, "reno", 5) ? CALL_PASS : done(c, -ENOENT);
}

/* setsockopt. Result: past calls. Options that make the kernel report its own clock, processors or programs: refused;
 * sizes and times that it would round by the host's settings: normalised. */
enum outcome do_setsockopt(struct call *c)
{
	uint32_t level = (uint32_t)c->arg[1], name = (uint32_t)c->arg[2];

	if (!known(level, name))
		return unknown(c);
	if (level == LEVEL_TCP && name == TCP_OPT_CONGESTION)
		return set_congestion(c);
	if (delay_flag(level, name))
		return set_delay(c, delay_flag(level, name));
	if (level != LEVEL_SOCKET)
		return CALL_PASS;
	switch (name) {
	case OPT_PASSCRED:
		c->w->passcred_seen = 1;
		return CALL_PASS;
	case OPT_SNDBUFFORCE:
	case OPT_RCVBUFFORCE:
	case OPT_SNDBUF:
	case OPT_RCVBUF:
		return set_buffer(c);
	case OPT_RCVTIMEO:
	case OPT_SNDTIMEO:
	case OPT_RCVTIMEO_NEW:
	case OPT_SNDTIMEO_NEW:
		return set_timeout(c);
	case OPT_LINGER:
		return set_linger(c);
	default:
		return CALL_PASS;
	}
}
