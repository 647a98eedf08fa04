/* net_messages: batches of datagrams, names of both ends, peeking, waiting for all, half-closed streams, time-outs of plain reads. */
/* control: same */
#include "guest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/uio.h>
#include <sys/un.h>

static void batches(void)
{
	int s[2];
	char a[8] = "", b[8] = "", c[8] = "";
	struct iovec out[3] = {{"one", 3}, {"two", 3}, {"three", 5}}, in[3] = {{a, 7}, {b, 7}, {c, 7}};
	struct mmsghdr m[3] = {{{0}, 0}}, r[3] = {{{0}, 0}};
	struct timespec ts = {0, 10 * MS};

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	for (int i = 0; i < 3; i++) {
		m[i].msg_hdr.msg_iov = &out[i];
		m[i].msg_hdr.msg_iovlen = 1;
		r[i].msg_hdr.msg_iov = &in[i];
		r[i].msg_hdr.msg_iovlen = 1;
	}
	printf("sendmmsg: %d\n", sendmmsg(s[0], m, 3, 0));
	printf("recvmmsg: %d", recvmmsg(s[1], r, 2, 0, &ts));
	printf(" %s/%u %s/%u\n", a, r[0].msg_len, b, r[1].msg_len);
	printf("recvmmsg, one is enough: %d", recvmmsg(s[1], r, 3, MSG_WAITFORONE, NULL));
	printf(" %s/%u\n", a, r[0].msg_len);
	printf("recvmmsg of none, not waiting: %s\n", outcome(recvmmsg(s[1], r, 3, MSG_DONTWAIT, NULL)));
}

/* A message goes and comes as a whole, however long. */
static void whole(int type, const char *what)
{
	static char big[20000], back[20000];
	struct iovec v[2] = {{big, 9000}, {big + 9000, 11000}};
	int s[2];

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 % 251);
	MUST(socketpair(AF_UNIX, type, 0, s));
	MUST(write(s[0], big, sizeof(big)));
	ssize_t n = MUST(read(s[1], back, sizeof(back)));
	printf("%s: write %zd %s", what, n, memcmp(big, back, (size_t)n) ? "others" : "the same");
	MUST(writev(s[0], v, 2));
	n = MUST(read(s[1], back, sizeof(back)));
	printf(", writev %zd %s", n, memcmp(big, back, (size_t)n) ? "others" : "the same");
	MUST(write(s[0], "next", 4));
	MUST(write(s[0], "", 0));
	MUST(write(s[0], "last", 4));
	n = MUST(read(s[1], back, 2));
	printf(", short read %zd", n);
	n = MUST(read(s[1], back, sizeof(back)));
	printf(", empty %zd", n);
	n = MUST(read(s[1], back, sizeof(back)));
	printf(", then %zd %.4s\n", n, back);
	close(s[0]);
	if (type == SOCK_SEQPACKET)
		printf("%s: end: %zd\n", what, read(s[1], back, 1));
	close(s[1]);
}

/* More datagrams than the queue holds: the sender waits for the receiver. */
static void full_queue(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "queue"};
	int in = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), out = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	int sum = 0, n;

	MUST(bind(in, (struct sockaddr *)&a, sizeof(a)));
	MUST(connect(out, (struct sockaddr *)&a, sizeof(a)));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		for (n = 1; n <= 100; n++)
			MUST(write(out, &n, sizeof(n)));
		_exit(0);
	}
	for (int i = 0; i < 100; i++) {
		MUST(read(in, &n, sizeof(n)));
		CHECK(n == i + 1);
		sum += n;
	}
	printf("queue: %d, %s\n", sum, status_words(wait_status(c)));
	unlink("queue");
}

static void streams(int family)
{
	struct sockaddr_storage name, peer, own;
	socklen_t len = sizeof(name);
	struct timeval tv = {0, 40000}, none = {0, 0};
	char b[64] = "";

	memset(&name, 0, sizeof(name));
	name.ss_family = (sa_family_t)family;
	if (family == AF_INET)
		((struct sockaddr_in *)&name)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&name)->sin6_addr = in6addr_loopback;
	int l = (int)MUST(socket(family, SOCK_STREAM, 0)), s = (int)MUST(socket(family, SOCK_STREAM, 0));
	MUST(bind(l, (struct sockaddr *)&name, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)));
	MUST(listen(l, 5));
	MUST(getsockname(l, (struct sockaddr *)&name, &len));
	printf("unconnected peer: %s\n", outcome(getpeername(s, (struct sockaddr *)&peer, &len)));
	MUST(fcntl(s, F_SETFL, O_NONBLOCK));
	int r = connect(s, (struct sockaddr *)&name, len);
	printf("connect, not waiting: %s\n", r == 0 ? "EINPROGRESS" : outcome(r));
	struct pollfd p = {.fd = s, .events = POLLOUT};
	printf("poll %d", poll(&p, 1, 1000));
	int e = -1;
	socklen_t el = sizeof(e);
	MUST(getsockopt(s, SOL_SOCKET, SO_ERROR, &e, &el));
	printf(" error %d again %s\n", e, outcome(connect(s, (struct sockaddr *)&name, len)) /* ok or EISCONN */ ? "connected" : "");
	MUST(fcntl(s, F_SETFL, 0));
	int t = (int)MUST(accept(l, (struct sockaddr *)&peer, &len));
	socklen_t ol = sizeof(own);
	MUST(getsockname(s, (struct sockaddr *)&own, &ol));
	CHECK(ol == len && !memcmp(&own, &peer, len));
	MUST(getpeername(s, (struct sockaddr *)&peer, &ol));
	CHECK(!memcmp(&name, &peer, len));

	MUST(setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	printf("read with a time-out: %s", outcome(read(t, b, 1)));
	printf(", waited %d\n", clock_ns(CLOCK_MONOTONIC) - before >= 39 * MS);
	MUST(setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none)));
	MUST(write(s, "hello", 5));
	printf("peek: %zd", recv(t, b, 64, MSG_PEEK));
	printf(" %zd", recv(t, b, 2, 0));
	printf(" %zd\n", recv(t, b, 64, MSG_DONTWAIT));
	printf("nothing, not waiting: %s\n", outcome(recv(t, b, 64, MSG_DONTWAIT)));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		for (int i = 0; i < 10; i++) {
			MUST(send(s, "12345", 5, i < 5 ? MSG_MORE : 0));
			sleep_ns(MS);
		}
		MUST(shutdown(s, SHUT_WR));
		/* Half-closed: what comes back still arrives. */
		ssize_t n = read(s, b, sizeof(b));
		_exit(n == 6 && !memcmp(b, "answer", 6) ? 0 : 1);
	}
	close(s);
	printf("all: %zd", recv(t, b, 50, MSG_WAITALL));
	printf(" end: %zd", read(t, b, 1));
	MUST(write(t, "answer", 6));
	printf(" child: %s\n", status_words(wait_status(c)));
	signal(SIGPIPE, SIG_IGN);
	write(t, "x", 1);
	sleep_ns(MS);
	ssize_t w = write(t, "x", 1);
	printf("writing to nobody: %s\n", outcome(w));
	close(t);
	close(l);
	s = (int)MUST(socket(family, SOCK_STREAM, 0));
	printf("connecting to nobody: %s\n", outcome(connect(s, (struct sockaddr *)&name, len)));
	close(s);
}

int main(void)
{
	batches();
	whole(SOCK_DGRAM, "datagrams");
	whole(SOCK_SEQPACKET, "packets");
	full_queue();
	streams(AF_INET);
	streams(AF_INET6);
	return 0;
}

/* expect:
sendmmsg: 3
recvmmsg: 2 one/3 two/3
recvmmsg, one is enough: 1 three/5
recvmmsg of none, not waiting: EAGAIN
datagrams: write 20000 the same, writev 20000 the same, short read 2, empty 0, then 4 last
packets: write 20000 the same, writev 20000 the same, short read 2, empty 0, then 4 last
packets: end: 0
queue: 5050, exit 0
unconnected peer: ENOTCONN
connect, not waiting: EINPROGRESS
poll 1 error 0 again connected
read with a time-out: EAGAIN, waited 1
peek: 5 2 3
nothing, not waiting: EAGAIN
all: 50 end: 0 child: exit 0
writing to nobody: EPIPE
connecting to nobody: ECONNREFUSED
unconnected peer: ENOTCONN
connect, not waiting: EINPROGRESS
poll 1 error 0 again connected
read with a time-out: EAGAIN, waited 1
peek: 5 2 3
nothing, not waiting: EAGAIN
all: 50 end: 0 child: exit 0
writing to nobody: EPIPE
connecting to nobody: ECONNREFUSED
*/
