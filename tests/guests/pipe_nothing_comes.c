/* pipe_nothing_comes: calls on descriptors that will never take, give or accept anything are refused, and do not wait. */
/* control: same */
/* expect:
write of 8 bytes: epoll EINVAL, timerfd EINVAL, signalfd EINVAL, inotify EBADF
write of 7 bytes to an eventfd: EINVAL
accept of a pipe: ENOTSOCK
accept4 with unknown flags: EINVAL
sendfile from nothing into a full pipe: EBADF
writev of nothing to a socket without a peer: 0
readv of nothing from inotify: 0, read of nothing, at a bad address, until a signal: EINTR
splice of no byte from an empty pipe: 0
splice with unknown flags: EINVAL
splice with a place in a pipe: ESPIPE
tee of a pipe into itself: EINVAL
option of a pipe: ENOTSOCK, of nothing: EBADF
accept of what does not listen: a pair EINVAL, datagrams EOPNOTSUPP, a stream EINVAL
splice from a socket with a place: EINVAL
splice from an ended pipe into a full socket: 0
splice into a file that is appended to: EINVAL
splice from an ended pipe into a full one: 0
accept4 with what is above its flags: ok
0 to an eventfd that has room for no more: 8
writev of nothing to a timerfd: EINVAL
sendfile into a socket that is nearly full: 200000
what a place in the tree answers: EBADF EBADF
an end that does not wait: to a file EAGAIN, to a pipe EAGAIN, from a socket EAGAIN, tee EAGAIN, from one that does EAGAIN, into what is full EAGAIN
*/
#include "guest.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>

static char zeros[200000];

static void nothing_accepts(void)
{
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	printf("accept of what does not listen: a pair %s", outcome(accept(pair[0], NULL, NULL)));
	printf(", datagrams %s", outcome(accept((int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), NULL, NULL)));
	printf(", a stream %s\n", outcome(accept((int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), NULL, NULL)));
}

static void nothing_splices(const int empty[2], const int full[2])
{
	int pair[2], ended[2];
	int64_t at = 1;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	printf("splice from a socket with a place: %s\n", outcome(splice(pair[0], &at, full[1], NULL, 10, 0)));
	MUST(pipe(ended));
	close(ended[1]);
	while (send(pair[0], zeros, sizeof(zeros), MSG_DONTWAIT) > 0)
		continue;
	printf("splice from an ended pipe into a full socket: %ld\n", (long)splice(ended[0], NULL, pair[0], NULL, 10, 0));
	printf("splice into a file that is appended to: %s\n", outcome(splice(empty[0], NULL, (int)MUST(open("appended", O_CREAT | O_WRONLY | O_APPEND, 0644)), NULL, 10, 0)));
}

/* The kernel waits for room before it finds that there is nothing to put there; and of the flags it looks at 32 bits. */
static void waits_first(const int full[2])
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "listener" };
	int ended[2], l = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	MUST(pipe(ended));
	close(ended[1]);
	MUST(bind(l, (struct sockaddr *)&name, sizeof(name)));
	MUST(listen(l, 1));
	pid_t child = (pid_t)MUST(fork());
	if (child == 0) {
		usleep(10000);
		MUST(read(full[0], zeros, sizeof(zeros)));
		MUST(connect((int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&name, sizeof(name)));
		_exit(0);
	}
	printf("splice from an ended pipe into a full one: %ld\n", (long)splice(ended[0], NULL, full[1], NULL, 10, 0));
	printf("accept4 with what is above its flags: %s\n", outcome(syscall(SYS_accept4, l, NULL, NULL, INT64_C(1) << 32) < 0 ? -1 : 0));
	wait_status(child);
}

/* A socket that holds something takes the rest as its reader makes room, and the call gives all of it. */
static void all_goes(void)
{
	int pair[2], file = (int)MUST(open("file", O_CREAT | O_RDWR, 0644));
	int64_t at = 0;

	MUST(write(file, zeros, sizeof(zeros)));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(write(pair[0], zeros, 100000));
	pid_t child = (pid_t)MUST(fork());
	if (child == 0) {
		close(pair[0]);
		while (read(pair[1], zeros, sizeof(zeros)) > 0)
			continue;
		_exit(0);
	}
	printf("sendfile into a socket that is nearly full: %ld\n", (long)sendfile(pair[0], file, &at, sizeof(zeros)));
	close(pair[0]);
	close(pair[1]);
	wait_status(child);
}

static void ends_do_not_wait(void)
{
	int in[2], out[2], blocks[2], pair[2], file = (int)MUST(open("spliced", O_CREAT | O_RDWR, 0644));

	MUST(pipe2(in, O_NONBLOCK));
	MUST(pipe2(out, O_NONBLOCK));
	MUST(pipe(blocks));
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
	printf("an end that does not wait: to a file %s", outcome(splice(in[0], NULL, file, NULL, 10, 0)));
	printf(", to a pipe %s", outcome(splice(in[0], NULL, blocks[1], NULL, 10, 0)));
	printf(", from a socket %s", outcome(splice(pair[0], NULL, blocks[1], NULL, 10, 0)));
	printf(", tee %s", outcome(tee(in[0], blocks[1], 10, 0)));
	printf(", from one that does %s", outcome(splice(blocks[0], NULL, out[1], NULL, 10, 0)));
	MUST(pwrite(file, "x", 1, 0));
	while (write(out[1], zeros, sizeof(zeros)) > 0)
		continue;
	printf(", into what is full %s\n", outcome(splice(file, NULL, out[1], NULL, 1, 0)));
}

static void on_alarm(int signo)
{
	(void)signo;
}

int main(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 50000 };
	enum { NOTHING = 900, UNKNOWN_FLAG = 64, UNKNOWN_OPTION = 999, UNKNOWN_REQUEST = 0x1234, PIPE_SIZE = 65536 };
	const struct iovec nothing = { zeros, 0 };
	const uint64_t one = 1;
	int full[2], empty[2], v = 1;
	int64_t at = 1;
	sigset_t set;

	sigemptyset(&set);
	MUST(pipe(full));
	MUST(pipe(empty));
	for (ssize_t n = 0; n < PIPE_SIZE;)
		n += MUST(write(full[1], zeros, (size_t)(PIPE_SIZE - n)));
	int epoll = (int)MUST(epoll_create1(0)), timer = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0)), s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	printf("write of 8 bytes: epoll %s", outcome(write(epoll, &one, sizeof(one))));
	printf(", timerfd %s", outcome(write(timer, &one, sizeof(one))));
	printf(", signalfd %s", outcome(write((int)MUST(signalfd(-1, &set, 0)), &one, sizeof(one))));
	printf(", inotify %s\n", outcome(write((int)MUST(inotify_init1(0)), &one, sizeof(one))));
	printf("write of 7 bytes to an eventfd: %s\n", outcome(write((int)MUST(eventfd(0, 0)), &one, sizeof(one) - 1)));
	printf("accept of a pipe: %s\n", outcome(accept(empty[0], NULL, NULL)));
	printf("accept4 with unknown flags: %s\n", outcome(accept4(s, NULL, NULL, 1)));
	printf("sendfile from nothing into a full pipe: %s\n", outcome(sendfile(full[1], NOTHING, NULL, 10)));
	printf("writev of nothing to a socket without a peer: %ld\n", (long)writev((int)MUST(socket(AF_INET, SOCK_STREAM, 0)), &nothing, 1));
	printf("readv of nothing from inotify: %ld", (long)readv((int)MUST(inotify_init1(IN_NONBLOCK)), &nothing, 1));
	handle(SIGALRM, on_alarm, 0);
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	printf(", read of nothing, at a bad address, until a signal: %s\n", outcome(read((int)MUST(inotify_init()), (void *)0x300000000, 0)));
	printf("splice of no byte from an empty pipe: %ld\n", (long)splice(empty[0], NULL, full[1], NULL, 0, 0));
	printf("splice with unknown flags: %s\n", outcome(splice(empty[0], NULL, full[1], NULL, 10, UNKNOWN_FLAG)));
	printf("splice with a place in a pipe: %s\n", outcome(splice(empty[0], &at, full[1], NULL, 10, 0)));
	printf("tee of a pipe into itself: %s\n", outcome(tee(empty[0], empty[1], 10, 0)));
	printf("option of a pipe: %s", outcome(setsockopt(empty[0], SOL_SOCKET, UNKNOWN_OPTION, &v, sizeof(v))));
	printf(", of nothing: %s\n", outcome(setsockopt(NOTHING, SOL_SOCKET, UNKNOWN_OPTION, &v, sizeof(v))));
	nothing_accepts();
	nothing_splices(empty, full);
	waits_first(full);
	int counter = (int)MUST(eventfd(0, 0)), place = (int)MUST(open(".", O_PATH));
	const uint64_t most = UINT64_MAX - 1, zero = 0;
	MUST(write(counter, &most, sizeof(most)));
	printf("0 to an eventfd that has room for no more: %ld\n", (long)write(counter, &zero, sizeof(zero)));
	printf("writev of nothing to a timerfd: %s\n", outcome(writev(timer, &nothing, 1)));
	all_goes();
	printf("what a place in the tree answers: %s", outcome(ioctl(place, UNKNOWN_REQUEST)));
	printf(" %s\n", outcome(fcntl(place, F_NOTIFY, DN_CREATE)));
	ends_do_not_wait();
	return 0;
}
