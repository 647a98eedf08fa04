/* ipc_unix_names: unix sockets by path, by abstract name and without one; credentials of the peer, asked for and sent along. */
/* control: same */
#include "guest.h"

#include <stddef.h>
#include <sys/un.h>

static socklen_t name(struct sockaddr_un *a, const char *path, bool abstract)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	strcpy(a->sun_path + abstract, path);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path));
}

static void show_peer(const char *what, int fd)
{
	struct ucred u = {0, 0, 0};
	socklen_t n = sizeof(u);

	MUST(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &n));
	printf("%s: own pid %d, own ids %d\n", what, u.pid == getpid(), u.uid == getuid() && u.gid == getgid());
}

static void streams(bool abstract)
{
	struct sockaddr_un a, b;
	socklen_t len = name(&a, abstract ? "detbuild-abstract" : "path", abstract), n = sizeof(b);
	char c[16] = "";
	int l = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), t;

	printf("before anybody is there: %s\n", outcome(connect(s, (struct sockaddr *)&a, len)));
	MUST(bind(l, (struct sockaddr *)&a, len));
	printf("bound, not listening: %s\n", outcome(connect(s, (struct sockaddr *)&a, len)));
	MUST(listen(l, 1));
	printf("the same name: %s\n", outcome(bind(s, (struct sockaddr *)&a, len)));
	MUST(connect(s, (struct sockaddr *)&a, len));
	t = (int)MUST(accept(l, (struct sockaddr *)&b, &n));
	printf("the peer has no name: %d\n", n == sizeof(sa_family_t));
	n = sizeof(b);
	MUST(getpeername(s, (struct sockaddr *)&b, &n));
	printf("ours has: %.*s\n", (int)(n - offsetof(struct sockaddr_un, sun_path)) - abstract, b.sun_path + abstract);
	show_peer("credentials", t);
	MUST(send(s, "some", 4, MSG_NOSIGNAL));
	shutdown(s, SHUT_WR);
	ssize_t got = recv(t, c, sizeof(c), MSG_WAITALL);
	printf("%zd, end %zd\n", got, recv(t, c, 1, 0));
	close(t);
	printf("after its end: %s\n", outcome(send(s, "x", 1, MSG_NOSIGNAL)));
	close(s);
	close(l);
	struct stat st;
	if (!abstract) {
		MUST(stat("path", &st));
		printf("left: socket %d\n", S_ISSOCK(st.st_mode));
		s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		printf("nobody behind it: %s\n", outcome(connect(s, (struct sockaddr *)&a, len)));
		MUST(unlink("path"));
	}
}

/* SO_PASSCRED: the kernel says who sent, whether the sender says it or not. */
static void credentials(void)
{
	int s[2], on = 1;
	char data[8], control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec v = {data, sizeof(data)};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	MUST(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0)
		_exit(write(s[0], "from", 4) != 4);
	MUST(recvmsg(s[1], &m, 0));
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	struct ucred u = {0, 0, 0};
	if (h && h->cmsg_type == SCM_CREDENTIALS)
		memcpy(&u, CMSG_DATA(h), sizeof(u));
	printf("sender: the child %d, ids %d, flags %x\n", u.pid == c, u.uid == getuid() && u.gid == getgid(), m.msg_flags);
	wait_status(c);
}

int main(void)
{
	struct sockaddr_un a;
	socklen_t n = sizeof(a);
	int s = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), t = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

	streams(false);
	streams(true);
	credentials();
	/* A name of the kernel's choice, that others can answer to. */
	MUST(bind(s, (struct sockaddr *)&(struct sockaddr_un){.sun_family = AF_UNIX}, sizeof(sa_family_t)));
	MUST(getsockname(s, (struct sockaddr *)&a, &n));
	printf("chosen name: %u bytes, abstract %d\n", n, a.sun_path[0] == 0);
	MUST(sendto(t, "hi", 2, 0, (struct sockaddr *)&a, n));
	char c[4];
	printf("by it: %zd\n", recv(s, c, sizeof(c), 0));
	return 0;
}

/* expect:
before anybody is there: ENOENT
bound, not listening: ECONNREFUSED
the same name: EADDRINUSE
the peer has no name: 1
ours has: path
credentials: own pid 1, own ids 1
4, end 0
after its end: EPIPE
left: socket 1
nobody behind it: ECONNREFUSED
before anybody is there: ECONNREFUSED
bound, not listening: ECONNREFUSED
the same name: EADDRINUSE
the peer has no name: 1
ours has: detbuild-abstract
credentials: own pid 1, own ids 1
4, end 0
after its end: EPIPE
sender: the child 1, ids 1, flags 0
chosen name: 8 bytes, abstract 1
by it: 2
*/
