/* ipc_file_locks: flock, record locks and locks of open files: sharing, waiting in order, upgrading, deadlock, who loses them when. */
/* control: same */
#include "guest.h"

#include <sys/file.h>

static struct flock range(short type, off_t from, off_t len)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = from, .l_len = len};
}

static int lock(int fd, int cmd, short type, off_t from, off_t len)
{
	struct flock l = range(type, from, len);

	return fcntl(fd, cmd, &l);
}

static int order[2];

/* Waits for the lock and says so. */
static pid_t waiter(char who, int cmd)
{
	pid_t c = (pid_t)MUST(fork());

	if (c == 0) {
		int fd = open("f", O_RDWR);

		if (cmd < 0)
			MUST(flock(fd, LOCK_EX));
		else
			MUST(lock(fd, cmd, F_WRLCK, 0, 0));
		MUST(write(order[1], &who, 1));
		sleep_ns(2 * MS);
		_exit(0);
	}
	sleep_ns(2 * MS);
	return c;
}

static void in_order(const char *what, int fd, int cmd)
{
	char b[8] = "";

	for (char who = 'a'; who < 'd'; who++)
		waiter(who, cmd);
	if (cmd < 0)
		MUST(flock(fd, LOCK_UN));
	else
		MUST(lock(fd, cmd == F_SETLKW ? F_SETLK : F_OFD_SETLK, F_UNLCK, 0, 0));
	while (wait(NULL) > 0)
		;
	MUST(read(order[0], b, 8));
	CHECK(strlen(b) == 3);
	printf("%s: three waited, three got it\n", what);
}

int main(void)
{
	int fd = (int)MUST(open("f", O_RDWR | O_CREAT, 0600)), other = (int)MUST(open("f", O_RDWR));
	struct flock l;

	MUST(pipe(order));
	MUST(ftruncate(fd, 100));
	MUST(flock(fd, LOCK_SH));
	printf("two share: %s", outcome(flock(other, LOCK_SH | LOCK_NB)));
	printf(", one cannot have it alone: %s", outcome(flock(other, LOCK_EX | LOCK_NB)));
	MUST(flock(other, LOCK_UN));
	printf(", upgrade: %s\n", outcome(flock(fd, LOCK_EX | LOCK_NB)));
	in_order("flock", fd, -1);

	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 0));
	printf("the process itself: %s\n", outcome(lock(other, F_SETLK, F_WRLCK, 0, 0)));
	in_order("record locks", fd, F_SETLKW);
	MUST(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 0));
	printf("another open file of the process: %s\n", outcome(lock(other, F_OFD_SETLK, F_WRLCK, 0, 0)));
	in_order("locks of open files", fd, F_OFD_SETLKW);

	MUST(lock(fd, F_SETLK, F_WRLCK, 10, 10));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		l = range(F_WRLCK, 0, 0);
		MUST(fcntl(fd, F_GETLK, &l));
		printf("held: %s %ld..%ld by the parent %d\n", l.l_type == F_WRLCK ? "write" : "other", (long)l.l_start, (long)(l.l_start + l.l_len), l.l_pid == getppid());
		printf("beside it: %s", outcome(lock(fd, F_SETLK, F_RDLCK, 0, 10)));
		printf(", overlapping: %s\n", outcome(lock(fd, F_SETLK, F_RDLCK, 0, 11)));
		_exit(0);
	}
	wait_status(c);

	/* Each holds what the other wants. */
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	c = (pid_t)MUST(fork());
	if (c == 0) {
		MUST(lock(fd, F_SETLKW, F_WRLCK, 1, 1));
		alarm(5);
		_exit(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 0 : errno == EDEADLK ? 2 : 1);
	}
	sleep_ns(10 * MS);
	int r = lock(fd, F_SETLKW, F_WRLCK, 1, 1);
	printf("both ways: %s", r ? strerrorname_np(errno) : "ok");
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	printf(", the child %s\n", status_words(wait_status(c)));

	/* Closing any descriptor loses the process's record locks. */
	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 0));
	close(other);
	c = (pid_t)MUST(fork());
	if (c == 0)
		_exit(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0 ? 0 : 1);
	printf("lost by closing another: %s\n", status_words(wait_status(c)));
	printf("a read lock needs reading: %s\n", outcome(lock((int)open("f", O_WRONLY), F_SETLK, F_RDLCK, 0, 0)));
	return 0;
}

/* expect:
two share: ok, one cannot have it alone: EAGAIN, upgrade: ok
flock: three waited, three got it
the process itself: ok
record locks: three waited, three got it
another open file of the process: EAGAIN
locks of open files: three waited, three got it
held: write 10..20 by the parent 1
beside it: ok, overlapping: EAGAIN
both ways: EDEADLK, the child exit 0
lost by closing another: exit 0
a read lock needs reading: EBADF
*/
