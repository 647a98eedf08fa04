/* file_copies: sendfile, splice, tee, vmsplice and copy_file_range move the bytes they are told, however often they must be called. */
/* control: same */
#include "guest.h"

#include <sys/sendfile.h>
#include <sys/uio.h>

enum { SIZE = 300000 };
static char data[SIZE], back[SIZE + 1];

static int file(const char *name, int flags)
{
	return (int)MUST(open(name, flags | O_CLOEXEC, 0644));
}

static void compare(const char *what, const char *name)
{
	int fd = file(name, O_RDONLY);
	size_t n = 0;
	ssize_t r;

	while ((r = read(fd, back + n, sizeof(back) - n)) > 0)
		n += (size_t)r;
	close(fd);
	printf("%s: %zu bytes, %s\n", what, n, n == SIZE && !memcmp(data, back, SIZE) ? "the same" : "others");
}

/* Everything from the pipe into the file, by a child; the parent fills the pipe. */
static pid_t drain(int p[2], const char *name, bool splicing)
{
	pid_t child = (pid_t)MUST(fork());

	if (child)
		return child;
	close(p[1]);
	int fd = file(name, O_WRONLY | O_CREAT | O_TRUNC);
	ssize_t r;
	do {
		r = splicing ? splice(p[0], NULL, fd, NULL, SIZE, 0) : read(p[0], back, 7777);
		if (!splicing && r > 0 && write(fd, back, (size_t)r) != r)
			_exit(2);
	} while (r > 0);
	_exit(r < 0);
}

int main(void)
{
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)((i * 2654435761U) >> 13);
	int in = file("in", O_RDWR | O_CREAT), out, p[2], q[2];
	MUST(write(in, data, SIZE));

	out = file("sent", O_WRONLY | O_CREAT);
	off_t at = 0;
	ssize_t r;
	while ((r = sendfile(out, in, &at, 100000)) > 0)
		;
	printf("sendfile: %s, at %ld\n", outcome(r), (long)at);
	compare("sendfile", "sent");

	out = file("copied", O_WRONLY | O_CREAT);
	off_t from = 0, to = 0;
	while ((r = copy_file_range(in, &from, out, &to, 123456, 0)) > 0)
		;
	printf("copy_file_range: %s, %ld %ld\n", outcome(r), (long)from, (long)to);
	compare("copy_file_range", "copied");
	from = 0, to = 10;
	printf("within one file, overlapping: %s\n", outcome(copy_file_range(in, &from, in, &to, 100, 0)));

	MUST(pipe(p));
	pid_t child = drain(p, "spliced", true);
	close(p[0]);
	at = 0;
	long sum = 0;
	while (sum < SIZE && (r = splice(in, &at, p[1], NULL, (size_t)(SIZE - sum), SPLICE_F_MORE)) > 0)
		sum += r;
	close(p[1]);
	printf("splice: %ld, %s\n", sum, status_words(wait_status(child)));
	compare("splice", "spliced");

	MUST(pipe(p));
	child = drain(p, "vm", false);
	close(p[0]);
	struct iovec v[2] = {{data, 123}, {data + 123, SIZE - 123}};
	sum = 0;
	while (sum < SIZE) {
		r = MUST(vmsplice(p[1], v[0].iov_len ? v : v + 1, v[0].iov_len ? 2 : 1, 0));
		sum += r;
		for (int i = 0; i < 2; i++) {
			size_t part = (size_t)r < v[i].iov_len ? (size_t)r : v[i].iov_len;

			v[i].iov_base = (char *)v[i].iov_base + part;
			v[i].iov_len -= part;
			r -= (ssize_t)part;
		}
	}
	close(p[1]);
	printf("vmsplice: %ld, %s\n", sum, status_words(wait_status(child)));
	compare("vmsplice", "vm");

	/* tee doubles what is in the pipe and leaves it there. */
	MUST(pipe(p));
	MUST(pipe(q));
	MUST(write(p[1], "hello", 5));
	printf("tee: %zd\n", tee(p[0], q[1], 100, 0));
	printf("tee again: %zd\n", tee(p[0], q[1], 2, 0));
	close(q[1]);
	memset(back, 0, 16);
	MUST(read(q[0], back, 16));
	printf("[%s]\n", back);
	printf("tee from an empty pipe without waiting: ");
	MUST(read(p[0], back, 16));
	MUST(pipe(q));
	printf("%s\n", outcome(tee(p[0], q[1], 100, SPLICE_F_NONBLOCK)));
	printf("splice between files: %s\n", outcome(splice(in, NULL, out, NULL, 10, 0)));
	return 0;
}

/* expect:
sendfile: ok, at 300000
sendfile: 300000 bytes, the same
copy_file_range: ok, 300000 300000
copy_file_range: 300000 bytes, the same
within one file, overlapping: EINVAL
splice: 300000, exit 0
splice: 300000 bytes, the same
vmsplice: 300000, exit 0
vmsplice: 300000 bytes, the same
tee: 5
tee again: 2
[hellohe]
tee from an empty pipe without waiting: EAGAIN
splice between files: EINVAL
*/
