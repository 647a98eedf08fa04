/* The socket handlers of src/syscall/net*.c over real sockets, and the System V ones of sysvipc.c over real objects. */
#include "test.h"
#include "net_fake.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

fake_handler do_socket, do_socketpair, do_bind, do_connect, do_listen, do_accept, do_send, do_recv, do_getsockopt, do_setsockopt, do_semop, do_semctl,
	do_msgsnd, do_msgrcv, do_msgctl;

enum { BIG = 1 << 20 };
static char big[BIG], sink[BIG];

static int64_t sock(uint64_t family, uint64_t type, uint64_t protocol)
{
	return fake_value(fake_run(do_socket, __NR_socket, family, type, protocol, 0, 0, 0));
}

static uint64_t opt(int64_t fd, int level, int name)
{
	uint32_t v = 0, len = sizeof v;
	int64_t r = fake_value(fake_run(do_getsockopt, __NR_getsockopt, (uint64_t)fd, (uint64_t)level, (uint64_t)name, G(&v), G(&len), 0));

	return r < 0 ? (uint64_t)r : v;
}

static void creation_tests(void)
{
	int fds[2];
	int64_t s;

	test_int(sock(AF_INET, SOCK_RAW, 1), -EPERM, "raw sockets are refused");
	test_int(sock(AF_PACKET, SOCK_DGRAM, 0), -EAFNOSUPPORT, "packet sockets are refused");
	test_int(sock(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), -EPROTONOSUPPORT, "ping sockets are refused");
	test_int(fake_refusals, 3, "and counted");
	s = sock(AF_UNIX, SOCK_STREAM, 0);
	test_ok(s >= 0, "unix socket");
	test_int((long long)opt(s, SOL_SOCKET, SO_SNDBUF), 212992, "its buffer has the size of the model");
	test_int((long long)opt(s, SOL_SOCKET, SO_COOKIE), -ENOPROTOOPT, "no cookie");
	close((int)s);
	test_int(fake_value(fake_run(do_socketpair, __NR_socketpair, AF_UNIX, SOCK_STREAM, 0, G(fds), 0, 0)), 0, "socketpair");
	close(fds[0]);
	close(fds[1]);
}

static void unix_name_tests(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof a;
	int64_t s = sock(AF_UNIX, SOCK_DGRAM, 0);

	test_int(fake_value(fake_run(do_bind, __NR_bind, (uint64_t)s, G(&a), 2, 0, 0, 0)), 0, "autobind");
	getsockname((int)s, (struct sockaddr *)&a, &len);
	test_int(len, 8, "length of the name");
	test_ok(!memcmp(a.sun_path, "\0000000", 5), "the name comes from the counter");
	close((int)s);
}

/* A listener on the loopback, a connection to it, both by the handlers. */
static int64_t tcp_pair(int fds[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int64_t l = sock(AF_INET, SOCK_STREAM, 0), c, s;

	test_int(fake_value(fake_run(do_bind, __NR_bind, (uint64_t)l, G(&a), sizeof a, 0, 0, 0)), 0, "bind to port 0");
	getsockname((int)l, (struct sockaddr *)&a, &len);
	test_ok(ntohs(a.sin_port) >= 32768 && ntohs(a.sin_port) < 32768 + 64, "the port comes from the counter");
	test_int(fake_value(fake_run(do_listen, __NR_listen, (uint64_t)l, 5, 0, 0, 0, 0)), 0, "listen");
	test_int(fake_run(do_accept, __NR_accept, (uint64_t)l, 0, 0, 0, 0, 0), CALL_PARK, "accept parks");
	c = sock(AF_INET, SOCK_STREAM, 0);
	test_int(fake_value(fake_run(do_connect, __NR_connect, (uint64_t)c, G(&a), sizeof a, 0, 0, 0)), 0, "connect");
	test_ok(!(x_fd_flags(&fake_call, (int)c) & O_NONBLOCK), "leaves the descriptor blocking");
	len = sizeof a;
	getsockname((int)c, (struct sockaddr *)&a, &len);
	test_ok(ntohs(a.sin_port) >= 32768 && ntohs(a.sin_port) < 32768 + 64, "from a port of the counter");
	s = fake_value(fake_run(do_accept, __NR_accept, (uint64_t)l, 0, 0, 0, 0, 0));
	test_ok(s >= 0, "accept");
	close((int)l);
	fds[0] = (int)c;
	fds[1] = (int)s;
	return a.sin_port;
}

static void refused_connect(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9) };
	struct sockaddr_un u = { .sun_family = AF_UNIX, .sun_path = "/nonexistent/socket" };
	int64_t s = sock(AF_INET, SOCK_STREAM, 0), n = sock(AF_UNIX, SOCK_STREAM, 0);

	test_int(fake_value(fake_run(do_connect, __NR_connect, (uint64_t)s, G(&a), sizeof a, 0, 0, 0)), -ECONNREFUSED, "nobody listens");
	test_int(fake_value(fake_run(do_connect, __NR_connect, (uint64_t)n, G(&u), sizeof u, 0, 0, 0)), -ENOENT, "no such socket");
	close((int)s);
	close((int)n);
}

/* Fills a[0] until it parks, drains at a[1], and so on: everything arrives, the sum is the result. */
static void stream_test(int fds[2], uint64_t nr, const char *name)
{
	struct iovec v[2] = { { big, 1000 }, { big + 1000, BIG - 1000 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	enum outcome o;
	int64_t got = 0, parks = 0;

	o = nr == __NR_sendto ? fake_run(do_send, nr, (uint64_t)fds[0], G(big), BIG, 0, 0, 0)
			      : fake_run(do_send, nr, (uint64_t)fds[0], G(&m), 0, 0, 0, 0);
	while (o == CALL_PARK && parks++ < 10000) {
		int64_t r;

		while ((r = recv(fds[1], sink + got, (size_t)(BIG - got), MSG_DONTWAIT)) > 0)
			got += r;
		o = fake_again(true, false);
	}
	test_ok(parks > 0, name);
	test_int(fake_value(o), BIG, "everything was sent");
	while (got < BIG) {
		int64_t r = recv(fds[1], sink + got, (size_t)(BIG - got), 0);

		if (r <= 0)
			break;
		got += r;
	}
	test_ok(got == BIG && !memcmp(big, sink, BIG), "and arrived in order");
}

static void receive_tests(int fds[2])
{
	struct timeval tv = { 0, 1000 };
	enum outcome o;

	memset(sink, 0, 16);
	test_int(fake_run(do_recv, __NR_recvfrom, (uint64_t)fds[1], G(sink), 10, 0, 0, 0), CALL_PARK, "recv parks");
	test_int(fake_call.cond.fd, fds[1], "on its descriptor");
	send(fds[0], "abc", 3, 0);
	test_int(fake_value(fake_again(true, false)), 3, "then gets what came");
	test_int(fake_value(fake_run(do_recv, __NR_recvfrom, (uint64_t)fds[1], G(sink), 10, MSG_DONTWAIT, 0, 0)), -EAGAIN, "MSG_DONTWAIT");
	o = fake_run(do_recv, __NR_recvfrom, (uint64_t)fds[1], G(sink), 6, MSG_WAITALL, 0, 0);
	test_int(o, CALL_PARK, "MSG_WAITALL parks");
	send(fds[0], "123", 3, 0);
	test_int(fake_again(true, false), CALL_PARK, "until all is there");
	send(fds[0], "456789", 6, 0);
	test_int(fake_value(fake_again(true, false)), 6, "then returns");
	test_ok(!memcmp(sink, "123456", 6), "the whole");
	test_int(recv(fds[1], sink, 16, MSG_DONTWAIT), 3, "and no more");
	fake_signal = true;
	test_int(fake_value(fake_run(do_recv, __NR_recvfrom, (uint64_t)fds[1], G(sink), 10, 0, 0, 0)), -512, "a signal interrupts");
	fake_signal = false;
	test_int(fake_value(fake_run(do_setsockopt, __NR_setsockopt, (uint64_t)fds[1], SOL_SOCKET, SO_RCVTIMEO, G(&tv), sizeof tv, 0)), 0, "SO_RCVTIMEO");
	test_int(fake_run(do_recv, __NR_recvfrom, (uint64_t)fds[1], G(sink), 10, 0, 0, 0), CALL_PARK, "parks");
	test_int(fake_call.deadline_ns - fake_world->now_ns, 20000000, "with the timeout, rounded to a tick of any kernel");
	test_int(fake_value(fake_timeout()), -EAGAIN, "and ends with it");
}

static void batch_tests(void)
{
	struct mmsghdr m[3];
	struct iovec v[3];
	int fds[2];
	char b[3][8];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) < 0)
		return;
	memset(m, 0, sizeof m);
	for (int i = 0; i < 3; i++) {
		v[i] = (struct iovec){ b[i], 8 };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	test_int(fake_value(fake_run(do_send, __NR_sendmmsg, (uint64_t)fds[0], G(m), 2, 0, 0, 0)), 2, "sendmmsg");
	test_int(fake_run(do_recv, __NR_recvmmsg, (uint64_t)fds[1], G(m), 3, 0, 0, 0), CALL_PARK, "recvmmsg parks for the third");
	send(fds[0], "zz", 2, 0);
	test_int(fake_value(fake_again(true, false)), 3, "and has them all");
	test_int(m[2].msg_len, 2, "with its length");
	test_int(fake_value(fake_run(do_send, __NR_sendmmsg, (uint64_t)fds[0], G(m), 1, 0, 0, 0)), 1, "one more");
	test_int(fake_value(fake_run(do_recv, __NR_recvmmsg, (uint64_t)fds[1], G(m), 3, MSG_WAITFORONE, 0, 0)), 1, "MSG_WAITFORONE");
	close(fds[0]);
	close(fds[1]);
}

static void option_tests(int fd)
{
	unsigned char info[400];
	uint32_t len = sizeof info;
	int on = 1, sum = 0;

	memset(info, 255, sizeof info);
	test_int(fake_value(fake_run(do_getsockopt, __NR_getsockopt, (uint64_t)fd, IPPROTO_TCP, TCP_INFO, G(info), G(&len), 0)), 0, "TCP_INFO");
	for (unsigned i = 1; i < 104; i++)
		sum += info[i];
	test_int(info[0] * 1000 + sum, TCP_ESTABLISHED * 1000, "holds nothing but the state");
	test_int(len, 104, "in the old length");
	test_int(fake_value(fake_run(do_setsockopt, __NR_setsockopt, (uint64_t)fd, SOL_SOCKET, SO_TIMESTAMP, G(&on), 4, 0)), -ENOPROTOOPT, "no time stamps");
	test_int(fake_value(fake_run(do_setsockopt, __NR_setsockopt, (uint64_t)fd, SOL_SOCKET, SO_REUSEADDR, G(&on), 4, 0)), 0, "SO_REUSEADDR");
}

static void message_queue_tests(void)
{
	struct { long type; char text[8]; } m = { 1, "hello" };
	struct msqid_ds d;
	int q = msgget(IPC_PRIVATE, 0600);

	if (q < 0) {
		test_skip("message queues", "not in this kernel");
		return;
	}
	test_int(fake_run(do_msgrcv, __NR_msgrcv, (uint64_t)q, G(&m), 8, 0, 0, 0), CALL_PARK, "msgrcv parks");
	test_int(fake_call.cond.kind, COND_FUTEX, "on the channel of the queue");
	test_int(fake_value(fake_run(do_msgrcv, __NR_msgrcv, (uint64_t)q, G(&m), 8, 0, IPC_NOWAIT, 0)), -ENOMSG, "or not");
	test_int(fake_value(fake_run(do_msgsnd, __NR_msgsnd, (uint64_t)q, G(&m), 8, 0, 0, 0)), 0, "msgsnd");
	test_int(fake_value(fake_run(do_msgctl, __NR_msgctl, (uint64_t)q, IPC_STAT, G(&d), 0, 0, 0)), 0, "IPC_STAT");
	test_int(d.msg_stime, fake_world->now_ns / NSEC, "shows the logical time of the send");
	test_int(d.msg_rtime, 0, "and of no receive");
	test_int(fake_value(fake_run(do_msgrcv, __NR_msgrcv, (uint64_t)q, G(&m), 8, 0, 0, 0)), 8, "msgrcv");
	test_int(fake_run(do_msgrcv, __NR_msgrcv, (uint64_t)q, G(&m), 8, 0, 0, 0), CALL_PARK, "msgrcv parks again");
	msgctl(q, IPC_RMID, NULL);
	test_int(fake_value(fake_again(true, false)), -EIDRM, "until the queue is removed");
}

static void semaphore_tests(void)
{
	struct sembuf down = { 0, -1, 0 }, up = { 0, 1, 0 }, mixed[2] = { { 1, 0, IPC_NOWAIT }, { 0, -1, 0 } };
	int s = semget(IPC_PRIVATE, 2, 0600);
	int64_t ts[2] = { 1, 0 };

	if (s < 0) {
		test_skip("semaphores", "not in this kernel");
		return;
	}
	test_int(fake_run(do_semop, __NR_semop, (uint64_t)s, G(&down), 1, 0, 0, 0), CALL_PARK, "semop parks");
	test_int(down.sem_flg, 0, "and leaves the operations alone");
	test_int(fake_run(do_semop, __NR_semop, (uint64_t)s, G(mixed), 2, 0, 0, 0), CALL_PARK, "the first obstacle waits");
	semctl(s, 1, SETVAL, 1);
	test_int(fake_value(fake_run(do_semop, __NR_semop, (uint64_t)s, G(mixed), 2, 0, 0, 0)), -EAGAIN, "the first obstacle does not wait");
	test_int(fake_run(do_semop, __NR_semtimedop, (uint64_t)s, G(&down), 1, G(ts), 0, 0), CALL_PARK, "semtimedop parks");
	test_int(fake_value(fake_timeout()), -EAGAIN, "and ends in time");
	test_int(fake_value(fake_run(do_semop, __NR_semop, (uint64_t)s, G(&up), 1, 0, 0, 0)), 0, "up");
	test_int(fake_value(fake_run(do_semop, __NR_semop, (uint64_t)s, G(&down), 1, 0, 0, 0)), 0, "down");
	semctl(s, 0, IPC_RMID);
}

int main(void)
{
	int fds[2];

	fake_begin();
	for (int i = 0; i < BIG; i++)
		big[i] = (char)(i * 7 + (i >> 9));
	creation_tests();
	unix_name_tests();
	refused_connect();
	tcp_pair(fds);
	stream_test(fds, __NR_sendto, "a long send to TCP parks");
	receive_tests(fds);
	option_tests(fds[0]);
	close(fds[0]);
	close(fds[1]);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return 1;
	stream_test(fds, __NR_sendto, "a long send to a unix socket parks");
	stream_test(fds, __NR_sendmsg, "and so does a long sendmsg");
	receive_tests(fds);
	batch_tests();
	message_queue_tests();
	semaphore_tests();
	return test_end();
}
