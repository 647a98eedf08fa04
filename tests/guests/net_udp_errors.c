/* net_udp_errors: the queue of errors of a UDP socket: the error is told once, then a reader waits although poll(2) calls it ready. */
/* control: same */
/* expect:
sent
read: ECONNREFUSED
poll: POLLERR
read 5 bytes
the error: 111 from 2
*/
#include "guest.h"
#include <linux/errqueue.h>
#include <netinet/in.h>

static struct sockaddr_in mine = {.sin_family = AF_INET}, peer = {.sin_family = AF_INET};

static void *sends_late(void *arg)
{
	int s = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));

	MUST(bind(s, (struct sockaddr *)&peer, sizeof peer));
	sleep_ns(20 * MS);
	CHECK(sendto(s, "later", 5, 0, (struct sockaddr *)&mine, sizeof mine) == 5);
	close(s);
	return arg;
}

static int bound(struct sockaddr_in *a)
{
	int s = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	socklen_t n = sizeof *a;

	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(bind(s, (struct sockaddr *)a, n));
	MUST(getsockname(s, (struct sockaddr *)a, &n));
	return s;
}

int main(void)
{
	char buf[64], control[256];
	struct iovec v = {buf, sizeof buf};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	int s = bound(&mine), one = 1;
	struct pollfd p = {s, POLLIN, 0};
	const struct sock_extended_err *e;
	pthread_t t;

	close(bound(&peer));
	MUST(setsockopt(s, IPPROTO_IP, IP_RECVERR, &one, sizeof one));
	MUST(connect(s, (struct sockaddr *)&peer, sizeof peer));
	CHECK(send(s, "x", 1, 0) == 1);
	puts("sent");
	printf("read: %s\n", outcome(read(s, buf, sizeof buf)));
	CHECK(poll(&p, 1, 0) == 1);
	puts(p.revents == POLLERR ? "poll: POLLERR" : "poll: other");
	pthread_create(&t, NULL, sends_late, NULL);
	printf("read %zd bytes\n", (ssize_t)MUST(read(s, buf, sizeof buf)));
	pthread_join(t, NULL);
	MUST(recvmsg(s, &m, MSG_ERRQUEUE));
	e = (const void *)CMSG_DATA(CMSG_FIRSTHDR(&m));
	printf("the error: %u from %u\n", e->ee_errno, e->ee_origin);
	return 0;
}
