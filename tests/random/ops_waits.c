/* ops_waits.c: pipes, sockets, timers, and waiting for them. */
#include "random.h"

#include <netinet/tcp.h>

static void two(long r, const int fd[2])
{
	if (r < 0)
		return;
	say(" %d %d", fd[0], fd[1]);
	keep_low(fd[0]);
	keep_low(fd[1]);
}

void op_pipe(void)
{
	int fd[2];

	two(result(syscall(SYS_pipe2, fd, now_or(O_NONBLOCK) | told(OF(0, O_CLOEXEC, O_DIRECT, 1)))), fd);
}

void op_pair(void)
{
	int fd[2];
	long t = told(OF(SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, 9));

	two(result(syscall(SYS_socketpair, AF_UNIX, t | now_or(SOCK_NONBLOCK), 0, fd)), fd);
}

void op_socket(void)
{
	long d = told(OF(AF_UNIX, AF_INET, AF_INET6, 99));

	keep_low(result(syscall(SYS_socket, d, told(OF(SOCK_STREAM, SOCK_DGRAM)) | now_or(SOCK_NONBLOCK), told(OF(0, 0, 0, 6, 17, 255)))));
}

static socklen_t any_address(struct sockaddr_storage *a)
{
	struct sockaddr_un *u = (void *)a;
	struct sockaddr_in *i = (void *)a;

	memset(a, 0, sizeof(*a));
	if (chance(50)) {
		static const char *const names[] = { "s", "t", "d/s", "a" };

		u->sun_family = AF_UNIX;
		snprintf(u->sun_path, sizeof(u->sun_path), "%s", names[below(4)]);
		if (chance(20))
			u->sun_path[0] = '\0';
		say(" un%d%s", u->sun_path[0], u->sun_path + 1);
		return (socklen_t)(sizeof(sa_family_t) + 4);
	}
	i->sin_family = AF_INET;
	i->sin_addr.s_addr = htonl((uint32_t)told(OF(INADDR_LOOPBACK, INADDR_LOOPBACK, 0)));
	i->sin_port = htons((uint16_t)told(OF(40001, 40002)));
	return (socklen_t)told(OF(sizeof(*i), sizeof(*i), sizeof(*i), 3));
}

void op_bind(void)
{
	struct sockaddr_storage a;
	int fd = any_fd();
	socklen_t n = any_address(&a);

	result(syscall(SYS_bind, fd, &a, n));
}

void op_connect(void)
{
	struct sockaddr_storage a;
	int fd = any_fd();
	socklen_t n = any_address(&a);

	result(syscall(SYS_connect, fd, &a, n));
}

void op_listen(void)
{
	int fd = any_fd();

	result(syscall(SYS_listen, fd, told(OF(0, 1, 5, -1))));
}

void op_accept(void)
{
	int fd = any_fd();

	keep_low(result(syscall(SYS_accept4, fd, NULL, NULL, now_or(SOCK_NONBLOCK) | told(OF(0, SOCK_CLOEXEC, 1)))));
}

void op_getname(void)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	int fd = any_fd();

	memset(&a, 0, sizeof(a));
	if (result(syscall(OF(SYS_getsockname, SYS_getpeername), fd, &a, &n)) == 0) {
		say(" %u", n);
		stored_here(&a, sizeof(a));
	}
}

void op_shutdown(void)
{
	int fd = any_fd();

	result(syscall(SYS_shutdown, fd, told(OF(0, 1, 2, 9))));
}

void op_send(void)
{
	struct sockaddr_storage a;
	int fd = any_fd();
	size_t n = any_size();

	fill(n);
	void *p = any_place(n);
	long f = told(OF(0, 0, MSG_OOB, MSG_MORE, MSG_EOR)) | now_or(MSG_DONTWAIT) | MSG_NOSIGNAL;
	socklen_t l = 0;
	if (chance(30))
		l = any_address(&a);
	result(syscall(SYS_sendto, fd, p, n, f, l ? &a : NULL, l));
}

void op_recv(void)
{
	int fd = any_fd();
	size_t n = any_size();
	void *p = any_place(n);
	long r = result(syscall(SYS_recvfrom, fd, p, n, told(OF(0, 0, MSG_PEEK, MSG_TRUNC, MSG_OOB)) | now_or(MSG_DONTWAIT), NULL, NULL));

	if (r > 0 && is_buffer(p))
		stored(p, (size_t)r < n ? (size_t)r : n);
}

void op_sendmsg(void)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { .h = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec v = { buffer, (size_t)told(OF(0, 1, 50)) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int fd = any_fd(), passed = (int)told(OF(0, 99)); /* not the socket itself, or it is there until the kernel collects it */

	fill(50);
	memcpy(CMSG_DATA(&c.h), &passed, sizeof(int));
	if (chance(70)) {
		m.msg_control = &c;
		m.msg_controllen = sizeof(c);
	}
	result(syscall(SYS_sendmsg, fd, &m, now_or(MSG_DONTWAIT) | MSG_NOSIGNAL));
}

void op_recvmsg(void)
{
	union {
		struct cmsghdr h;
		char room[64];
	} c;
	struct iovec v = { buffer, 60 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c) };
	int fd = any_fd();

	memset(&c, 0, sizeof(c));
	if (result(syscall(SYS_recvmsg, fd, &m, now_or(MSG_DONTWAIT) | told(OF(0, MSG_PEEK, MSG_CMSG_CLOEXEC)))) < 0)
		return;
	say(" %zu %#x %ld", (size_t)m.msg_controllen, m.msg_flags, m.msg_controllen ? (long)*(int *)CMSG_DATA(&c.h) : -1);
}

void op_getsockopt(void)
{
	int fd = any_fd();
	uint8_t v[64] = { 0 };
	socklen_t n = (socklen_t)told(OF(4, 64, 0, 2));

	if (result(syscall(SYS_getsockopt, fd, SOL_SOCKET,
		    told(OF(SO_TYPE, SO_ERROR, SO_SNDBUF, SO_RCVBUF, SO_REUSEADDR, SO_ACCEPTCONN, SO_PEERCRED, SO_DOMAIN, SO_LINGER, SO_PROTOCOL, 999)), v,
		    &n)) == 0) {
		say(" %u", n);
		stored_here(v, sizeof(v));
	}
}

void op_setsockopt(void)
{
	int fd = any_fd();
	int v = (int)told(OF(0, 1, 5000, wild ? -1 : 1)); /* -1: the largest buffer, which is smaller in the box */

	native_differs = true;
	result(syscall(SYS_setsockopt, fd, SOL_SOCKET, told(OF(SO_REUSEADDR, SO_SNDBUF, SO_RCVBUF, SO_PASSCRED, SO_KEEPALIVE, SO_OOBINLINE, 999)), &v,
		told(OF(4, 4, 4, 1))));
}

/* Of the internet's protocols: option and level. */
static void any_option(long *ret_level, long *ret_name)
{
	static const struct { short level, name; } options[] = { { IPPROTO_TCP, TCP_NODELAY }, { IPPROTO_TCP, TCP_CORK }, { IPPROTO_TCP, TCP_MAXSEG }, { IPPROTO_TCP, TCP_KEEPIDLE },
		{ IPPROTO_TCP, TCP_KEEPINTVL }, { IPPROTO_TCP, TCP_KEEPCNT }, { IPPROTO_TCP, TCP_SYNCNT }, { IPPROTO_TCP, TCP_LINGER2 }, { IPPROTO_TCP, TCP_DEFER_ACCEPT },
		{ IPPROTO_TCP, TCP_WINDOW_CLAMP }, { IPPROTO_TCP, TCP_INFO }, { IPPROTO_TCP, TCP_QUICKACK }, { IPPROTO_TCP, TCP_CONGESTION }, { IPPROTO_TCP, TCP_USER_TIMEOUT },
		{ IPPROTO_TCP, TCP_FASTOPEN }, { IPPROTO_TCP, TCP_TIMESTAMP }, { IPPROTO_TCP, TCP_NOTSENT_LOWAT }, { IPPROTO_TCP, TCP_INQ }, { IPPROTO_TCP, TCP_TX_DELAY },
		{ IPPROTO_TCP, TCP_REPAIR }, { IPPROTO_TCP, TCP_ULP }, { IPPROTO_TCP, 99 }, { IPPROTO_IP, IP_TOS }, { IPPROTO_IP, IP_TTL }, { IPPROTO_IP, IP_PKTINFO },
		{ IPPROTO_IP, IP_RECVERR }, { IPPROTO_IP, IP_MTU }, { IPPROTO_IP, IP_MTU_DISCOVER }, { IPPROTO_IP, IP_MULTICAST_TTL }, { IPPROTO_IP, IP_MULTICAST_LOOP },
		{ IPPROTO_IP, IP_FREEBIND }, { IPPROTO_IP, IP_TRANSPARENT }, { IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT }, { IPPROTO_IP, IP_OPTIONS }, { IPPROTO_IP, IP_HDRINCL },
		{ IPPROTO_IP, 199 }, { IPPROTO_IPV6, IPV6_V6ONLY }, { IPPROTO_IPV6, IPV6_UNICAST_HOPS }, { IPPROTO_IPV6, IPV6_TCLASS }, { IPPROTO_IPV6, IPV6_RECVPKTINFO },
		{ IPPROTO_UDP, 1 /* UDP_CORK */ }, { IPPROTO_UDP, 103 /* UDP_SEGMENT */ }, { IPPROTO_UDP, 104 /* UDP_GRO */ }, { SOL_SOCKET, SO_PRIORITY }, { SOL_SOCKET, SO_MARK },
		{ SOL_SOCKET, SO_RCVLOWAT }, { SOL_SOCKET, SO_REUSEPORT }, { SOL_SOCKET, SO_TIMESTAMP }, { SOL_SOCKET, SO_TIMESTAMPING }, { SOL_SOCKET, SO_INCOMING_CPU },
		{ SOL_SOCKET, SO_INCOMING_NAPI_ID }, { SOL_SOCKET, SO_COOKIE }, { SOL_SOCKET, SO_MEMINFO }, { SOL_SOCKET, SO_BUSY_POLL }, { SOL_SOCKET, SO_RXQ_OVFL },
		{ SOL_SOCKET, SO_MAX_PACING_RATE }, { SOL_SOCKET, SO_ZEROCOPY }, { SOL_SOCKET, SO_TXTIME }, { SOL_SOCKET, SO_PEERSEC }, { SOL_SOCKET, SO_PEERGROUPS },
		{ SOL_SOCKET, SO_ATTACH_FILTER }, { SOL_SOCKET, SO_LOCK_FILTER }, { SOL_SOCKET, SO_BINDTODEVICE }, { SOL_SOCKET, SO_PEEK_OFF }, { SOL_SOCKET, SO_NOFCS } };
	unsigned i = (unsigned)told(below(sizeof(options) / sizeof(*options)));

	*ret_level = options[i].level;
	*ret_name = options[i].name;
}

void op_get_option(void)
{
	int fd = any_fd();
	uint8_t v[256] = { 0 };
	socklen_t n = (socklen_t)told(OF(4, 256, 0, 1));
	long level, name;

	any_option(&level, &name);
	native_differs = true;
	if (result(syscall(SYS_getsockopt, fd, level, name, v, &n)) == 0) {
		say(" %u", n);
		stored(v, sizeof(v));
	}
}

void op_set_option(void)
{
	int fd = any_fd();
	uint8_t v[64] = { 0 };
	int32_t number = (int32_t)told(OF(0, 1, 5, 600, 5000, -1));
	socklen_t n = (socklen_t)told(OF(4, 4, 4, 1, 16, 0));
	long level, name;

	any_option(&level, &name);
	memcpy(v, &number, sizeof(number));
	native_differs = true;
	result(syscall(SYS_setsockopt, fd, level, name, v, n));
}

/* In the box it is an eventfd, which has always room for more: where polls do not come. */
static int timer_fd(void) { return chance(50) ? any_fd() : (int)told(17 + below(4)); }
void op_eventfd(void) { result(syscall(SYS_eventfd2, told(OF(0, 1, 5)), now_or(EFD_NONBLOCK) | told(OF(0, EFD_SEMAPHORE, EFD_CLOEXEC, 64)))); }
void op_write8(void)
{
	int fd = any_fd();
	uint64_t v = (uint64_t)told(OF(1, 2, 0, -1, -2));

	result(syscall(SYS_write, fd, &v, 8));
}

void op_read8(void)
{
	int fd = timer_fd();
	uint64_t v = 0;

	if (result(syscall(SYS_read, fd, &v, 8)) == 8)
		say(" %#llx", (unsigned long long)v);
}

void op_timerfd(void)
{
	long fd = result(syscall(SYS_timerfd_create, told(OF(CLOCK_REALTIME, CLOCK_MONOTONIC, 99)), now_or(TFD_NONBLOCK) | told(OF(0, TFD_CLOEXEC, 64))));
	int to = 17 + (int)below(4);

	if (fd >= 0 && !wild && fd != to) {
		dup2((int)fd, to);
		close((int)fd);
	}
}

void op_timerfd_settime(void)
{
	struct itimerspec s = { { told(OF(0, 1)), 0 }, { told(OF(0, 1000, 1000)), told(soon()) } }, old = { 0 };
	int fd = timer_fd();

	if (result(syscall(SYS_timerfd_settime, fd, told(OF(0, 0, 16)), &s, &old)) == 0)
		stored_here(&old, sizeof(old));
}

void op_timerfd_gettime(void)
{
	struct itimerspec s = { 0 };
	int fd = timer_fd();

	if (result(syscall(SYS_timerfd_gettime, fd, &s)) == 0)
		stored_here(&s, sizeof(s));
}

void op_signalfd(void)
{
	int fd = chance(70) ? -1 : any_fd();
	uint64_t s = any_set();

	result(syscall(SYS_signalfd4, fd, &s, 8, now_or(SFD_NONBLOCK) | told(OF(0, SFD_CLOEXEC))));
}

void op_epoll_create(void) { result(syscall(SYS_epoll_create1, told(OF(0, EPOLL_CLOEXEC, 1)))); }
void op_epoll_ctl(void)
{
	int e = any_fd(), fd = any_fd();
	struct epoll_event v = { .events = (uint32_t)told(OF(EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLET, EPOLLIN | EPOLLONESHOT, 0)), .data.u64 = number };

	result(syscall(SYS_epoll_ctl, e, told(OF(EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL, 9)), fd, &v));
}

void op_epoll_wait(void)
{
	struct epoll_event v[8];
	int e = any_fd();
	long n;

	memset(v, 0, sizeof(v));
	n = result(syscall(SYS_epoll_wait, e, v, told(OF(8, 8, 1, 0, -1)), told(some_ms())));
	for (long i = 0; i < n; i++)
		say(" %#x:%llu", v[i].events, (unsigned long long)v[i].data.u64);
}

void op_poll(void)
{
	struct pollfd p[5];
	unsigned n = below(6);

	for (unsigned i = 0; i < n; i++)
		p[i] = (struct pollfd){ any_fd(), (short)told(OF(POLLIN, POLLOUT, POLLIN | POLLOUT, POLLPRI, 0)), 0 };
	if (result(syscall(SYS_poll, p, n, told(some_ms()))) >= 0)
		for (unsigned i = 0; i < n; i++)
			say(" %#x", (unsigned)p[i].revents);
}

static void add(int fd, fd_set *set)
{
	told(fd);
	FD_SET(fd, set);
}

void op_select(void)
{
	fd_set r, w;
	struct timeval limit = { 0, told(some_ms() * 1000) };
	int n = (int)told(OF(20, 20, 5, 0, -1));

	memset(&r, 0, sizeof(r));
	memset(&w, 0, sizeof(w));
	for (unsigned i = below(5); i > 0; i--)
		add(3 + (int)below(14), chance(50) ? &r : &w);
	if (result(syscall(SYS_select, n, &r, &w, NULL, &limit)) >= 0) {
		stored(&r, 8);
		stored(&w, 8);
	}
}

void op_inotify(void) { result(syscall(SYS_inotify_init1, now_or(IN_NONBLOCK) | told(OF(0, IN_CLOEXEC, 1)))); }
void op_inotify_add(void)
{
	int fd = any_fd();
	const char *p = any_path();

	result(syscall(SYS_inotify_add_watch, fd, p, told(OF(IN_ALL_EVENTS, IN_MODIFY, IN_CREATE | IN_DELETE | IN_MOVE, IN_ATTRIB, IN_CLOSE, 0))));
}

void op_inotify_rm(void)
{
	int fd = any_fd();

	result(syscall(SYS_inotify_rm_watch, fd, told(OF(1, 2, 99))));
}
