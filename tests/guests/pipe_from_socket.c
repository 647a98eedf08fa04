/* pipe_from_socket: sendfile and splice into a pipe wait for their source, a socket or a terminal. */
/* control: same */
/* expect:
datagrams: waited for, 5 bytes: hello
datagrams, splice: waited for, 5 bytes: hello
a stream: waited for, 5 bytes: hello
a stream, splice: waited for, 5 bytes: hello
TCP: waited for, 5 bytes: hello
a terminal: waited for, 6 bytes: hello
of two datagrams: 9000, then 100
until its time is over: EAGAIN, by splice EAGAIN
does not wait: EAGAIN
its other end is gone: 0
a signal: EINTR
what listens: refused
*/
#include "guest.h"

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/un.h>
#include <termios.h>

/* Somebody writes to `to` when the caller waits already. */
static void later(int to, const char *text)
{
	if (MUST(fork()))
		return;
	sleep_ns(50 * MS);
	_exit(write(to, text, strlen(text)) != (ssize_t)strlen(text));
}

static void one_by(const char *what, int from, int to, const char *text, bool by_splice)
{
	char got[64] = "";
	int p[2], status;
	int64_t began;
	ssize_t n;

	MUST(pipe(p));
	later(to, text);
	began = clock_ns(CLOCK_MONOTONIC);
	n = by_splice ? splice(from, NULL, p[1], NULL, 100, 0) : sendfile(p[1], from, NULL, 100);
	printf("%s: %s, %zd bytes: ", what, clock_ns(CLOCK_MONOTONIC) - began > 20 * MS ? "waited for" : "at once", n);
	MUST(read(p[0], got, sizeof(got) - 1));
	got[strcspn(got, "\n")] = '\0';
	printf("%s\n", got);
	MUST(wait(&status));
	CHECK(status == 0);
	close(p[0]);
	close(p[1]);
}

static void one(const char *what, int from, int to, const char *text)
{
	one_by(what, from, to, text, false);
}

static void connection(int ret[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	MUST(bind(l, (struct sockaddr *)&a, n));
	MUST(listen(l, 1));
	MUST(getsockname(l, (struct sockaddr *)&a, &n));
	ret[0] = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(ret[0], (struct sockaddr *)&a, n));
	ret[1] = (int)MUST(accept(l, NULL, NULL));
	close(l);
}

static void terminal(void)
{
	char name[64];
	int unlock = 0, master = (int)MUST(open("/dev/ptmx", O_RDWR | O_NOCTTY)), number;

	MUST(ioctl(master, TIOCSPTLCK, &unlock));
	MUST(ioctl(master, TIOCGPTN, &number));
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	one("a terminal", (int)MUST(open(name, O_RDWR | O_NOCTTY)), master, "hello\n");
}

static void records(int to)
{
	static char block[9000];
	struct timeval soon = { .tv_usec = 50000 };
	int pair[2];
	ssize_t n;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	MUST(write(pair[1], block, sizeof(block)));
	MUST(write(pair[1], block, 100));
	n = sendfile(to, pair[0], NULL, 60000);
	printf("of two datagrams: %zd, then %zd\n", n, recv(pair[0], block, sizeof(block), MSG_DONTWAIT));
	MUST(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)));
	printf("until its time is over: %s", outcome(sendfile(to, pair[0], NULL, 100)));
	printf(", by splice %s\n", outcome(splice(pair[0], NULL, to, NULL, 100, 0)));
}

static void on_alarm(int signo)
{
	(void)signo;
}

int main(void)
{
	struct sigaction a = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value.tv_usec = 50000 };
	int pair[2], p[2], l;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	one("datagrams", pair[0], pair[1], "hello");
	one_by("datagrams, splice", pair[0], pair[1], "hello", true);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	one("a stream", pair[0], pair[1], "hello");
	one_by("a stream, splice", pair[0], pair[1], "hello", true);
	connection(p);
	one("TCP", p[0], p[1], "hello");
	terminal();
	MUST(pipe(p));
	MUST(fcntl(pair[0], F_SETFL, O_NONBLOCK));
	records(p[1]);
	printf("does not wait: %s\n", outcome(sendfile(p[1], pair[0], NULL, 100)));
	MUST(fcntl(pair[0], F_SETFL, 0));
	close(pair[1]);
	printf("its other end is gone: %zd\n", sendfile(p[1], pair[0], NULL, 100));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(sigaction(SIGALRM, &a, NULL));
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	printf("a signal: %s\n", outcome(sendfile(p[1], pair[0], NULL, 100)));
	l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(listen(l, 1));
	printf("what listens: %s\n", sendfile(p[1], l, NULL, 100) < 0 ? "refused" : "sent");
	return 0;
}
