/* pipe_into_socket: splice of a pipe, and sendfile of a file, into sockets that have less room than there is to send wait for all of it to go. */
/* control: same */
/* expect:
local, splice: 200000 sent, 200000 came as they were
local, sendfile: 200000 sent, 200000 came as they were
slow, but in time: 200000
a pipe whose writer stays: 200000
until its time is over: a part, then EAGAIN
until its time is over, sendfile: a part, then EAGAIN
does not wait: a part, then EAGAIN
a signal: a part, then EINTR
its other end goes: a part, then EPIPE
more than there is: 5
from a place in a file: 50, then at 150, the file's own place 0, its bytes yes
a place that cannot be written: EFAULT, 50 came
*/
#include "copies.h"

#include <sys/mman.h>

static void local(int ret[2])
{
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ret));
	small(ret);
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

/* The guest's word for the place moves on, the file's own does not. Where it cannot be written, that is found out when all is sent. */
static void from_a_place(void)
{
	off_t *fixed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), at = 100;
	int pair[2], from = full_file();
	char got[100];
	ssize_t n;

	local(pair);
	n = sendfile(pair[0], from, &at, 50);
	printf("from a place in a file: %zd, then at %ld, the file's own place %ld, its bytes %s\n", n, (long)at, (long)lseek(from, 0, SEEK_CUR),
	       read(pair[1], got, sizeof(got)) == 50 && memcmp(got, block + 100, 50) == 0 ? "yes" : "no");
	printf("a place that cannot be written: %s", outcome(sendfile(pair[0], from, fixed, 50)));
	printf(", %zd came\n", recv(pair[1], got, sizeof(got), MSG_DONTWAIT));
	close(pair[0]);
	close(pair[1]);
	close(from);
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
	send_steadily();
	parts();
	local(pair);
	MUST(pipe(p));
	MUST(write(p[1], "hello", 5));
	printf("more than there is: %zd\n", splice(p[0], NULL, pair[0], NULL, ALL, 0));
	from_a_place();
	return 0;
}
