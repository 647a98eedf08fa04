/* copies.h: what is copied into sockets by guests that do so, and who reads it. */
#ifndef DETBUILD_GUESTS_COPIES_H
#define DETBUILD_GUESTS_COPIES_H

#include "guest.h"

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

#endif
