/* net_options: options that show the host: time stamps in packets, random flow labels, the host's congestion control; and a port whose
 * connection was closed. */
/* control: differs */
#include "guest.h"
#include <netinet/in.h>
#include <netinet/tcp.h>

static int bound(int type, struct sockaddr_in *a)
{
	socklen_t n = sizeof(*a);
	int s = (int)MUST(socket(AF_INET, type, 0));

	MUST(bind(s, (struct sockaddr *)a, sizeof(*a)));
	MUST(getsockname(s, (struct sockaddr *)a, &n));
	return s;
}

static void time_stamps(void)
{
	struct sockaddr_in a = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {0}};
	unsigned char stamp[12] = {68, 12, 5, 0}, control[256], b[1]; /* IPOPT_TS, room for one */
	struct iovec v = {b, sizeof(b)};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	int to = bound(SOCK_DGRAM, &a), from = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), one = 1;

	printf("IP_RECVOPTS %s", outcome(setsockopt(to, IPPROTO_IP, IP_RECVOPTS, &one, sizeof(one))));
	printf(" IP_OPTIONS %s", outcome(setsockopt(from, IPPROTO_IP, IP_OPTIONS, stamp, sizeof(stamp))));
	MUST(sendto(from, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)));
	MUST(recvmsg(to, &m, 0));
	printf(" %016" PRIx64 "\n", hash_add(0, control, m.msg_controllen));
}

static void flow_label(void)
{
	struct { struct in6_addr to; uint32_t label; uint8_t action, share; uint16_t flags, expires, linger; uint32_t pad; } r =
		{.to = IN6ADDR_LOOPBACK_INIT, .share = 1, .flags = 1}; /* IPV6_FL_A_GET, IPV6_FL_F_CREATE: linux/in6.h */
	int s = socket(AF_INET6, SOCK_DGRAM, 0);

	printf("IPV6_FLOWLABEL_MGR %s", outcome(setsockopt(s, IPPROTO_IPV6, 32, &r, sizeof(r))));
	printf(" %x\n", ntohl(r.label));
}

static void congestion_control(void)
{
	char name[16] = "";
	socklen_t n = sizeof(name);
	int s = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	MUST(getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &n));
	printf("TCP_CONGESTION %s\n", name);
}

/* The side that closed first would keep the port for a minute. */
static void closed_port(void)
{
	struct sockaddr_in a = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {0}};
	int l = bound(SOCK_STREAM, &a), c = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), s;
	char b;

	MUST(listen(l, 1));
	MUST(connect(c, (struct sockaddr *)&a, sizeof(a)));
	s = (int)MUST(accept(l, NULL, NULL));
	close(s);
	close(l);
	CHECK(read(c, &b, 1) == 0);
	close(c);
	l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	printf("bind again %s\n", outcome(bind(l, (struct sockaddr *)&a, sizeof(a))));
}

int main(void)
{
	time_stamps();
	flow_label();
	congestion_control();
	closed_port();
	return 0;
}
