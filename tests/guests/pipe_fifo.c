/* pipe_fifo: opening a FIFO is a meeting: reader first, writer first, both ways at once, nobody there. */
/* control: same */
#include "guest.h"

static void meet(bool reader_first)
{
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		if (reader_first)
			sleep_ns(10 * MS);
		int fd = (int)MUST(open("f", O_WRONLY));
		MUST(write(fd, "hello", 5));
		_exit(0);
	}
	if (!reader_first)
		sleep_ns(10 * MS);
	char b[16] = "";
	int fd = (int)MUST(open("f", O_RDONLY));
	MUST(read(fd, b, sizeof(b)));
	printf("%s first: %s, then %ld\n", reader_first ? "reader" : "writer", b, MUST(read(fd, b, sizeof(b))));
	close(fd);
	CHECK(wait_status(c) == 0);
}

int main(void)
{
	MUST(mkfifo("f", 0600));
	printf("again: %s\n", outcome(mkfifo("f", 0600)));
	for (int i = 0; i < 3; i++) {
		meet(true);
		meet(false);
	}
	printf("no reader: %s\n", outcome(open("f", O_WRONLY | O_NONBLOCK)));
	int r = (int)MUST(open("f", O_RDONLY | O_NONBLOCK));
	char b[16] = "";
	printf("no writer: %ld\n", (long)read(r, b, 1));
	int w = (int)MUST(open("f", O_WRONLY));
	printf("writer idle: %s\n", outcome(read(r, b, 1)));
	close(w);
	close(r);
	int rw = (int)MUST(open("f", O_RDWR));
	MUST(write(rw, "both", 4));
	MUST(read(rw, b, 4));
	printf("both ways: %s\n", b);
	close(rw);
	printf("shell: %s\n", status_words(system("echo through >f & cat f; wait")));
	return 0;
}

/* expect:
again: EEXIST
reader first: hello, then 0
writer first: hello, then 0
reader first: hello, then 0
writer first: hello, then 0
reader first: hello, then 0
writer first: hello, then 0
no reader: ENXIO
no writer: 0
writer idle: EAGAIN
both ways: both
through
shell: exit 0
*/
