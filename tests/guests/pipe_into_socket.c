/* pipe_into_socket: splice of a pipe, and sendfile of a file, into sockets that have less room than there is to send wait for all of it to go. */
/* control: same */
/* expect:
local, splice: 200000 sent, 200000 came as they were
local, sendfile: 200000 sent, 200000 came as they were
TCP, splice: 200000 sent, 200000 came as they were
TCP, sendfile: 200000 sent, 200000 came as they were
slow, but in time: 200000
a pipe whose writer stays: 200000
until its time is over: a part, then EAGAIN
until its time is over, sendfile: a part, then EAGAIN
does not wait: a part, then EAGAIN
a signal: a part, then EINTR
its other end goes: a part, then EPIPE
more than there is: 5
*/
#include "guest.h"

#include <netinet/in.h>
#include <sys/sendfile.h>

enum { ALL = 200000, ROOM = 4608, PIECE = 1000 };

static char block[ALL];

/* Each of its bytes differs from the one a kibibyte further. */
static void fill(void)
{
	for (unsigned i = 0; i < ALL; i++)
		block[i] = (char)(i * 7 + i / 1024);
}

static int full_pipe(void)
{
	int p[2];

	MUST(pipe(p));
	MUST(fcntl(p[1], F_SETPIPE_SZ, 1 << 18));
	CHECK(write(p[1], block, ALL) == ALL);
	close(p[1]);
	return p[0];
}

static int full_file(void)
{
	int fd = (int)MUST(open("block", O_RDWR | O_CREAT | O_TRUNC, 0600));

	CHECK(write(fd, block, ALL) == ALL);
	MUST(lseek(fd, 0, SEEK_SET));
	return fd;
}

static void small(int pair[2])
{
	int room = ROOM;

	MUST(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)));
}

static void local(int ret[2])
{
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ret));
	small(ret);
}

static void connection(int ret[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int l = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), room = ROOM;

	MUST(setsockopt(l, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)));
	MUST(bind(l, (struct sockaddr *)&a, n));
	MUST(listen(l, 1));
	MUST(getsockname(l, (struct sockaddr *)&a, &n));
	ret[0] = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	small(ret);
	MUST(connect(ret[0], (struct sockaddr *)&a, n));
	ret[1] = (int)MUST(accept(l, NULL, NULL));
	close(l);
}

/* A child that reads piece by piece until the end, and tells by its status whether all came. */
static void read_slowly(const int pair[2], size_t piece, int64_t each)
{
	static char got[ALL + ALL];
	size_t n = 0;
	ssize_t r;

	if (MUST(fork()))
		return;
	close(pair[0]);
	sleep_ns(50 * MS - each);
	do {
		if (each)
			sleep_ns(each);
		r = MUST(read(pair[1], got + n, piece));
		n += (size_t)r;
	} while (r > 0 && n < ALL);
	_exit(n != ALL || memcmp(got, block, ALL) != 0);
}

/* Its end is a signal that nobody takes, while its parent waits. */
static void end_soon(void)
{
	if (MUST(fork()))
		return;
	sleep_ns(20 * MS);
	_exit(0);
}

static void wait_all(void)
{
	int status;

	while (wait(&status) > 0)
		if (status)
			printf("others came: ");
}

static void send_all(const char *what, const int pair[2], bool by_splice)
{
	int from = by_splice ? full_pipe() : full_file();
	ssize_t n;

	read_slowly(pair, PIECE, 0);
	end_soon();
	close(pair[1]);
	n = by_splice ? splice(from, NULL, pair[0], NULL, ALL, 0) : sendfile(pair[0], from, NULL, ALL);
	if (n < 0)
		n = -errno;
	close(pair[0]);
	wait_all();
	printf("%s, %s: %zd sent, 200000 came as they were\n", what, by_splice ? "splice" : "sendfile", n);
	close(from);
}

static void send_steadily(void)
{
	struct timeval limit = { .tv_usec = 80000 };
	int pair[2], p[2], from = full_pipe();

	local(pair);
	MUST(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)));
	read_slowly(pair, ALL / 2, 50 * MS);
	close(pair[1]);
	printf("slow, but in time: %zd\n", splice(from, NULL, pair[0], NULL, ALL, 0));
	close(pair[0]);
	wait_all();
	local(pair);
	MUST(pipe(p));
	MUST(fcntl(p[1], F_SETPIPE_SZ, 1 << 18));
	CHECK(write(p[1], block, ALL) == ALL);
	read_slowly(pair, PIECE, 0);
	close(pair[1]);
	printf("a pipe whose writer stays: %zd\n", splice(p[0], NULL, pair[0], NULL, 1 << 20, 0));
	close(pair[0]);
	wait_all();
	close(p[0]);
	close(p[1]);
}

static void send_part(const char *what, const int pair[2], int from)
{
	ssize_t n = splice(from, NULL, pair[0], NULL, ALL, 0);

	printf("%s: %s", what, n > 0 && n < ALL ? "a part" : n == ALL ? "all" : outcome(n));
	fflush(stdout);
}

static void send_again(const int pair[2], int from)
{
	printf(", then %s\n", outcome(splice(from, NULL, pair[0], NULL, ALL, 0)));
	close(pair[0]);
	close(pair[1]);
	close(from);
}

static void on_alarm(int signo)
{
	(void)signo;
}

static void parts(void)
{
	struct sigaction a = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value.tv_usec = 50000 };
	struct timeval limit = { .tv_usec = 50000 };
	int pair[2], from = full_pipe(), status;
	ssize_t n;

	local(pair);
	MUST(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)));
	send_part("until its time is over", pair, from);
	send_again(pair, from);
	local(pair);
	MUST(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)));
	from = full_file();
	n = sendfile(pair[0], from, NULL, ALL);
	printf("until its time is over, sendfile: %s", n > 0 && n < ALL ? "a part" : n == ALL ? "all" : outcome(n));
	printf(", then %s\n", outcome(sendfile(pair[0], from, NULL, ALL)));
	local(pair);
	MUST(fcntl(pair[0], F_SETFL, O_NONBLOCK));
	from = full_pipe();
	send_part("does not wait", pair, from);
	send_again(pair, from);
	local(pair);
	from = full_pipe();
	MUST(sigaction(SIGALRM, &a, NULL));
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	send_part("a signal", pair, from);
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	send_again(pair, from);
	local(pair);
	from = full_pipe();
	if (!MUST(fork())) {
		close(pair[0]);
		sleep_ns(50 * MS);
		_exit(0);
	}
	close(pair[1]);
	send_part("its other end goes", pair, from);
	send_again(pair, from);
	MUST(wait(&status));
}

int main(void)
{
	int pair[2], p[2];

	fill();
	signal(SIGPIPE, SIG_IGN);
	local(pair);
	send_all("local", pair, true);
	local(pair);
	send_all("local", pair, false);
	connection(pair);
	send_all("TCP", pair, true);
	connection(pair);
	send_all("TCP", pair, false);
	send_steadily();
	parts();
	local(pair);
	MUST(pipe(p));
	MUST(write(p[1], "hello", 5));
	printf("more than there is: %zd\n", splice(p[0], NULL, pair[0], NULL, ALL, 0));
	return 0;
}
