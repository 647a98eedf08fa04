/* pipe_fifo_parties: a FIFO's two parties meet: who waits for whom, who does not, ends and returns. */
/* control: same */
#include "guest.h"

static pid_t child(int (*fn)(void))
{
	pid_t c = (pid_t)MUST(fork());

	if (c == 0)
		_exit(fn());
	return c;
}

static int write_hello(void)
{
	sleep_ns(5 * MS);
	int fd = open("f", O_WRONLY);
	return write(fd, "hello", 5) == 5 ? 0 : 1;
}

static int read_all(void)
{
	char b[64];
	int fd = open("f", O_RDONLY);
	ssize_t n, sum = 0;

	while ((n = read(fd, b, sizeof(b))) > 0)
		sum += n;
	return (int)sum;
}

static int write_twice(void)
{
	for (int i = 0; i < 2; i++) {
		int fd = open("f", O_WRONLY);
		if (write(fd, "12345", 5) != 5)
			return 1;
		close(fd);
		sleep_ns(5 * MS);
	}
	return 0;
}

int main(void)
{
	char b[64] = "";
	int fd, w;

	MUST(mkfifo("f", 0600));
	printf("writer that does not wait, nobody there: %s\n", outcome(open("f", O_WRONLY | O_NONBLOCK)));
	fd = (int)MUST(open("f", O_RDONLY | O_NONBLOCK));
	printf("reader that does not wait: ok, reads %zd\n", read(fd, b, 1));
	w = (int)MUST(open("f", O_WRONLY | O_NONBLOCK));
	printf("now a writer: ok, reading %s\n", outcome(read(fd, b, 1)));
	MUST(write(w, "x", 1));
	close(w);
	printf("left behind: %zd", read(fd, b, 5));
	printf(", then %zd\n", read(fd, b, 5));
	struct pollfd p = {.fd = fd, .events = POLLIN};
	printf("poll after the writer left: %d", poll(&p, 1, 0));
	printf(" %x\n", p.revents);
	close(fd);

	fd = (int)MUST(open("f", O_RDWR));
	MUST(write(fd, "own", 3));
	printf("both at once: %zd\n", read(fd, b, 10));
	close(fd);

	pid_t c = child(write_hello);
	fd = (int)MUST(open("f", O_RDONLY));
	ssize_t n = read(fd, b, sizeof(b));
	printf("reader waits for a writer: %zd, end %zd, %s\n", n, read(fd, b, 1), status_words(wait_status(c)));
	close(fd);

	c = child(read_all);
	fd = (int)MUST(open("f", O_WRONLY));
	MUST(write(fd, "1234567", 7));
	close(fd);
	printf("writer waits for a reader: %s\n", status_words(wait_status(c)));

	/* The reader stays while writers come and go. */
	c = child(write_twice);
	fd = (int)MUST(open("f", O_RDONLY));
	ssize_t sum2 = 0;
	do {
		while ((n = read(fd, b, sizeof(b))) > 0)
			sum2 += n;
		sleep_ns(MS);
	} while (sum2 < 10);
	printf("two writers, one after the other: %zd, %s, end %zd\n", sum2, status_words(wait_status(c)), read(fd, b, sizeof(b)));
	close(fd);

	return 0;
}

/* expect:
writer that does not wait, nobody there: ENXIO
reader that does not wait: ok, reads 0
now a writer: ok, reading EAGAIN
left behind: 1, then 0
poll after the writer left: 1 10
both at once: 3
reader waits for a writer: 5, end 0, exit 0
writer waits for a reader: exit 7
two writers, one after the other: 10, exit 0, end 0
*/
