/* pipe_by_name: a pipe that a process holds is opened once more by its name in /dev/fd or /proc. */
/* control: same */
/* expect:
the reading end, by /dev/fd: reads, another descriptor, waits: yes
by /proc/self/fd, not waiting: EAGAIN
for writing, by the name of the reading end: arrives
the writing end, for reading: reads
no such descriptor: ENOENT
a FIFO by its descriptor's name: reads
an ended pipe: 0
all readers are gone: EPIPE
again and again: 200
a descriptor of a path only: reads
*/
#include "guest.h"

static char *name_of(const char *dir, int fd)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s/%d", dir, fd);
	return name;
}

static char taken(int fd)
{
	char byte = '?';

	MUST(read(fd, &byte, 1));
	return byte;
}

static const char *reads(int from, int to, char what)
{
	MUST(write(to, &what, 1));
	return taken(from) == what ? "reads" : "BAD";
}

int main(void)
{
	int p[2], fd, n = 0;
	char byte;

	signal(SIGPIPE, SIG_IGN);
	MUST(pipe(p));
	fd = (int)MUST(open(name_of("/dev/fd", p[0]), O_RDONLY));
	printf("the reading end, by /dev/fd: %s, %s, waits: %s\n", reads(fd, p[1], 'a'), fd == p[1] + 1 ? "another descriptor" : "BAD", fcntl(fd, F_GETFL) & O_NONBLOCK ? "no" : "yes");
	close(fd);
	fd = (int)MUST(open(name_of("/proc/self/fd", p[0]), O_RDONLY | O_NONBLOCK));
	printf("by /proc/self/fd, not waiting: %s\n", outcome(read(fd, &byte, 1)));
	close(fd);
	fd = (int)MUST(open(name_of("/dev/fd", p[0]), O_WRONLY));
	printf("for writing, by the name of the reading end: %s\n", reads(p[0], fd, 'b')[0] == 'r' ? "arrives" : "BAD");
	close(fd);
	fd = (int)MUST(open(name_of("/dev/fd", p[1]), O_RDONLY));
	printf("the writing end, for reading: %s\n", reads(fd, p[1], 'c'));
	close(fd);
	printf("no such descriptor: %s\n", outcome(open(name_of("/dev/fd", 77), O_RDONLY)));
	MUST(mkfifo("fifo", 0600));
	fd = (int)MUST(open("fifo", O_RDWR));
	n = (int)MUST(open(name_of("/dev/fd", fd), O_RDONLY));
	printf("a FIFO by its descriptor's name: %s\n", reads(n, fd, 'd'));
	close(n);
	close(fd);
	unlink("fifo");
	close(p[1]);
	fd = (int)MUST(open(name_of("/dev/fd", p[0]), O_RDONLY));
	printf("an ended pipe: %ld\n", MUST(read(fd, &byte, 1)));
	close(p[0]);
	close(fd);
	MUST(pipe(p));
	fd = (int)MUST(open(name_of("/dev/fd", p[0]), O_RDONLY));
	close(fd);
	close(p[0]);
	printf("all readers are gone: %s\n", outcome(write(p[1], "x", 1)));
	close(p[1]);
	for (n = 0; n < 200; n++) {
		MUST(pipe(p));
		if (!MUST(fork())) {
			close(p[0]);
			_exit(write(p[1], "x", 1) != 1);
		}
		close(p[1]);
		fd = (int)MUST(open(name_of("/dev/fd", p[0]), O_RDONLY));
		CHECK(taken(fd) == 'x' && read(fd, &byte, 1) == 0);
		close(fd);
		close(p[0]);
		MUST(wait(NULL));
	}
	printf("again and again: %d\n", n);
	MUST(pipe(p));
	n = (int)MUST(open(name_of("/dev/fd", p[0]), O_PATH));
	fd = (int)MUST(open(name_of("/dev/fd", n), O_RDONLY));
	printf("a descriptor of a path only: %s\n", reads(fd, p[1], 'e'));
	return 0;
}
