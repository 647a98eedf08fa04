/* loopback.c: the only network interface of the box, and its routes. Runs in the first process of the box, root of its own namespaces.
 *
 * Invariant: no timer of the kernel's acts on a TCP connection within the box; the routes say so.
 *   - What came is acknowledged at once (RTAX_QUICKACK). Otherwise some 40 ms of real time decide when a sender hears that its data arrived,
 *     and so how much it may send before it waits.
 *   - What was not acknowledged is sent again, and a receiver without room asked again, after two minutes (RTAX_RTO_MIN), the most that
 *     there is, not after 200 ms: nothing is lost here, and asking moves a part of the data into room that is too small for a segment.
 *   - A closed connection keeps its port for nobody (tcp_max_tw_buckets): the kernel's minute is real time.
 *   - The congestion control is the one that every kernel has; some others send by a timer. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "box/ops.h"

enum {
	LOOPBACK_INDEX = 1,         /* LOOPBACK_IFINDEX in the kernel's include/net/flow.h: the first of every namespace */
	V6_METRIC = 1,
	PATIENCE_MS = 120000,       /* TCP_RTO_MAX in include/net/tcp.h */
};

struct request { struct nlmsghdr head; struct rtmsg route; char attributes[128]; };

/* `within`: so many bytes of further attributes follow that belong to it. */
static void add_attribute(struct request *q, int type, const void *data, size_t n, size_t within)
{
	const struct rtattr a = { .rta_len = (unsigned short)(RTA_LENGTH(n) + within), .rta_type = (unsigned short)type };
	char *at = (char *)q + NLMSG_ALIGN(q->head.nlmsg_len);

	memcpy(at, &a, sizeof(a));
	memcpy(at + RTA_LENGTH(0), data, n);
	q->head.nlmsg_len = NLMSG_ALIGN(q->head.nlmsg_len) + (uint32_t)RTA_SPACE(n);
}

/* A route of the table of own addresses, as the kernel made it when the interface came up. */
static struct request begin(int type, int flags, int family, const char *to, int prefix)
{
	const int size = family == AF_INET ? 4 : 16;
	const uint32_t out = LOOPBACK_INDEX;
	unsigned char address[16];
	struct request q = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(q.route)), .nlmsg_type = (uint16_t)type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags) },
		.route = { .rtm_family = (unsigned char)family, .rtm_dst_len = (unsigned char)prefix, .rtm_table = RT_TABLE_LOCAL, .rtm_protocol = RTPROT_KERNEL,
			.rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE, .rtm_type = RTN_LOCAL },
	};

	inet_pton(family, to, address);
	add_attribute(&q, RTA_DST, address, (size_t)size, 0);
	add_attribute(&q, RTA_OIF, &out, sizeof(out), 0);
	return q;
}

static void without_timers(struct request *q)
{
	const struct { int type; uint32_t value; } metrics[] = { { RTAX_LOCK, 1u << RTAX_RTO_MIN }, { RTAX_RTO_MIN, PATIENCE_MS }, { RTAX_QUICKACK, 1 } };
	const size_t n = sizeof(metrics) / sizeof(metrics[0]);

	add_attribute(q, RTA_METRICS, "", 0, n * RTA_SPACE(sizeof(metrics[0].value)));
	for (size_t i = 0; i < n; i++)
		add_attribute(q, metrics[i].type, &metrics[i].value, sizeof(metrics[i].value), 0);
}

/* 0 or -errno, the kernel's answer. */
static int ask(int fd, const struct request *q)
{
	struct { struct nlmsghdr head; struct nlmsgerr error; char rest[512]; } answer;

	if (send(fd, q, q->head.nlmsg_len, 0) < 0)
		return -errno;
	if (recv(fd, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(answer.error)) || answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.error.error;
}

static int replace_v4(int fd, const char *to, int prefix)
{
	struct request q = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, AF_INET, to, prefix);
	unsigned char own[4];

	inet_pton(AF_INET, "127.0.0.1", own);
	add_attribute(&q, RTA_PREFSRC, own, sizeof(own), 0);
	without_timers(&q);
	return ask(fd, &q);
}

/* The kernel's own route has metric 0, which nobody else can ask for. A box without IPv6 has none. */
static int replace_v6(int fd)
{
	struct request q = begin(RTM_DELROUTE, 0, AF_INET6, "::1", 128);
	const uint32_t metric = V6_METRIC;

	if (ask(fd, &q) < 0)
		return 0;
	q = begin(RTM_NEWROUTE, NLM_F_CREATE, AF_INET6, "::1", 128);
	add_attribute(&q, RTA_PRIORITY, &metric, sizeof(metric), 0);
	without_timers(&q);
	return ask(fd, &q);
}

static int set_routes(void)
{
	autoclose int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int r = fd < 0 ? -errno : replace_v4(fd, "127.0.0.1", 32);

	if (r == 0)
		r = replace_v4(fd, "127.0.0.0", 8);
	return r == 0 ? replace_v6(fd) : r;
}

/* Settings of this network namespace, through the /proc that is there before the box has its own. Where that is read-only they stay. */
void loopback_settings(void)
{
	static const char *const settings[][2] = {
		{ "/proc/sys/net/ipv4/tcp_max_tw_buckets", "0" },
		{ "/proc/sys/net/ipv4/tcp_congestion_control", "reno" },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		(void)file_set(settings[i][0], settings[i][1]);
}

int loopback_up(struct error *e)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		return error_set(e, errno, "cannot bring up the loopback interface of the box");
	r = set_routes();
	return r < 0 ? error_set(e, -r, "cannot set the routes of the box's loopback interface") : 0;
}
