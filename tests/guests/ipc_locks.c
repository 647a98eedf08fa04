/* ipc_locks: flock, record locks and open-file locks between processes: refused, waited for, released, named. */
/* control: same */
#include "guest.h"
#include <sys/file.h>

static int lock(int fd, int cmd, short type)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10};
	return fcntl(fd, cmd, &l);
}

int main(void)
{
	int up[2], down[2];
	char c = 'x';
	put_file("f", "0123456789");
	MUST(pipe(up));
	MUST(pipe(down));
	pid_t p = (pid_t)MUST(fork());
	if (p == 0) {
		int fd = (int)MUST(open("f", O_RDWR));
		MUST(flock(fd, LOCK_EX));
		MUST(lock(fd, F_SETLK, F_WRLCK));
		MUST(write(up[1], &c, 1));
		MUST(read(down[0], &c, 1));
		sleep_ns(10 * MS);
		MUST(pwrite(fd, "released", 8, 0));
		_exit(0); /* the end releases both */
	}
	MUST(read(up[0], &c, 1));
	int fd = (int)MUST(open("f", O_RDWR));
	printf("flock: %s\n", outcome(flock(fd, LOCK_SH | LOCK_NB)));
	printf("record: %s, open file: %s\n", outcome(lock(fd, F_SETLK, F_RDLCK)), outcome(lock(fd, F_OFD_SETLK, F_RDLCK)));
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 1};
	MUST(fcntl(fd, F_GETLK, &l));
	printf("held by the child: %d, from %ld for %ld\n", l.l_pid == p, (long)l.l_start, (long)l.l_len);
	l.l_type = F_WRLCK;
	l.l_start = 20;
	MUST(fcntl(fd, F_GETLK, &l));
	printf("behind it free: %d\n", l.l_type == F_UNLCK);
	MUST(write(down[1], &c, 1));
	MUST(flock(fd, LOCK_EX)); /* waits */
	char b[16] = "";
	MUST(pread(fd, b, 8, 0));
	printf("got it after: %s\n", b);
	MUST(lock(fd, F_SETLKW, F_WRLCK));
	wait_status(p);
	p = (pid_t)MUST(fork());
	if (p == 0) {
		int mine = (int)MUST(open("f", O_RDWR));
		MUST(lock(mine, F_SETLKW, F_WRLCK)); /* waits for the parent */
		MUST(pread(mine, b, 8, 0));
		_exit(b[0] == 'P' ? 0 : 1);
	}
	sleep_ns(10 * MS);
	MUST(pwrite(fd, "Parent..", 8, 0));
	MUST(lock(fd, F_SETLK, F_UNLCK));
	printf("child waited: %s\n", status_words(wait_status(p)));
	return 0;
}

/* expect:
flock: EAGAIN
record: EAGAIN, open file: EAGAIN
held by the child: 1, from 0 for 10
behind it free: 1
got it after: released
child waited: exit 0
*/
