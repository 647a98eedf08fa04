/* signal_signalfd_others: what other descriptors give while a signalfd and an inotify descriptor are open: vectors are filled, and a
 * packet is read as one. */
/* control: same */
/* expect:
pipe 11: hell o world
datagram 11: hell o world
packet 11: hell o world
next: second
signals 10 and none
*/
#include "guest.h"

#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

static void show(const char *what, int fd)
{
	char a[5] = "", b[16] = "";
	struct iovec v[2] = {{a, 4}, {b, 15}};
	ssize_t n = MUST(readv(fd, v, 2));

	printf("%s %zd: %s %s\n", what, n, a, b);
}

static void pair(const char *what, int type)
{
	int fd[2];

	MUST(socketpair(AF_UNIX, type, 0, fd));
	CHECK(write(fd[0], "hello world", 11) == 11);
	show(what, fd[1]);
	if (type == SOCK_SEQPACKET) {
		char b[8] = "";
		CHECK(write(fd[0], "second", 6) == 6);
		CHECK(read(fd[1], b, 7) == 6);
		printf("next: %s\n", b);
	}
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	struct signalfd_siginfo info[2];
	struct iovec v[2] = {{&info[0], sizeof(info[0])}, {&info[1], sizeof(info[1])}};
	sigset_t set;
	int fd[2], sfd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	sfd = (int)MUST(signalfd(-1, &set, SFD_NONBLOCK));
	MUST(inotify_init1(IN_NONBLOCK));
	MUST(pipe(fd));
	CHECK(write(fd[1], "hello world", 11) == 11);
	show("pipe", fd[0]);
	pair("datagram", SOCK_DGRAM);
	pair("packet", SOCK_SEQPACKET);
	MUST(kill(getpid(), SIGUSR1));
	CHECK(readv(sfd, v, 2) == sizeof(info[0]));
	CHECK(readv(sfd, v, 2) == -1 && errno == EAGAIN);
	printf("signals %u and none\n", info[0].ssi_signo);
	return 0;
}
