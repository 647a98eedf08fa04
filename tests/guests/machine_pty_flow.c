/* machine_pty_flow: how many bytes each read of a terminal gets, in raw and line mode, with echo, keys that make signals, and ends of file
 * among what was written ahead. */
/* control: load */
#include "guest.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static volatile sig_atomic_t ints;
static void on_int(int sig)
{
	(void)sig;
	ints++;
}

static void modes(int s, tcflag_t lflag, tcflag_t oflag, int min, int time)
{
	struct termios t;

	MUST(tcgetattr(s, &t));
	t.c_iflag = lflag ? ICRNL : 0;
	t.c_lflag = lflag;
	t.c_oflag = oflag;
	t.c_cc[VMIN] = (cc_t)min;
	t.c_cc[VTIME] = (cc_t)time;
	MUST(tcsetattr(s, TCSANOW, &t));
}

/* The sizes of the reads are facts: one hash of all, and how many there were. */
static void drain(const char *what, int fd, size_t all, size_t most)
{
	static char b[70000];
	uint64_t bytes = 0, sizes = 0;
	size_t sum = 0;
	int reads = 0;

	while (sum < all) {
		struct pollfd p = {fd, POLLIN, 0};
		ssize_t n = read(fd, b, most);

		if (n < 0 && errno == EAGAIN) { /* the writer shares the description */
			poll(&p, 1, -1);
			continue;
		}
		MUST(n);
		bytes = hash_add(bytes, b, (size_t)n);
		sizes = hash_add(sizes, &n, sizeof(n));
		sum += (size_t)n;
		reads++;
	}
	printf("%s: %zu bytes %" PRIx64 ", %d reads %" PRIx64 "\n", what, sum, bytes, reads, sizes);
}

static pid_t writer(int fd, const char *text, size_t n, size_t piece, bool block)
{
	pid_t child = (pid_t)MUST(fork());

	if (child)
		return child;
	if (!block)
		MUST(fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK));
	for (size_t at = 0; at < n;) {
		ssize_t r = write(fd, text + at, n - at < piece ? n - at : piece);

		if (r < 0 && errno == EAGAIN) {
			struct pollfd p = {fd, POLLOUT, 0};
			poll(&p, 1, -1);
			continue;
		}
		at += (size_t)MUST(r);
	}
	_exit(0);
}

enum { SIZE = 15000 };
static char data[SIZE], lines[SIZE];

static void raw_both_ways(int m, int s)
{
	static const size_t pieces[] = {SIZE, 5000, 700, 97};

	modes(s, 0, 0, 1, 0);
	for (size_t k = 0; k < sizeof(pieces) / sizeof(*pieces); k++) {
		pid_t child = writer(s, data, SIZE, pieces[k], k % 2 == 0);
		drain("to the master", m, SIZE, k % 2 ? 1000 : sizeof(data));
		CHECK(wait_status(child) == 0);
		MUST(fcntl(s, F_SETFL, O_RDWR));
		child = writer(m, data, SIZE, pieces[k], k % 2 != 0);
		drain("to the slave", s, SIZE, k % 2 ? 60000 : 900);
		CHECK(wait_status(child) == 0);
		MUST(fcntl(m, F_SETFL, O_RDWR));
	}
	modes(s, 0, OPOST | ONLCR, 1, 0);
	pid_t child = writer(s, lines, SIZE, 4000, true);
	drain("lines to the master", m, SIZE + SIZE / 50, 8192);
	CHECK(wait_status(child) == 0);
}

/* Written ahead, line by line, with echo: what has been echoed by when, and in which order with the slave's own words. */
static void lines_with_echo(int m, int s)
{
	char b[20000];

	modes(s, ICANON | ECHO | ISIG | ECHOCTL, OPOST | ONLCR, 1, 0);
	for (int k = 0; k < 200; k++) {
		char text[64];
		int n = snprintf(text, sizeof(text), "line %d%s", k, k % 3 == 2 ? " with no end\004" : "\n");

		MUST(write(m, text, (size_t)n));
		if (k % 7 == 0)
			MUST(write(s, "[said]\n", 7));
		if (k % 5 == 4) {
			for (int i = 0; i < 5; i++) {
				ssize_t r = MUST(read(s, b, sizeof(b)));
				printf("%zd ", r);
			}
			ssize_t r = MUST(read(m, b, sizeof(b)));
			printf("echo %zd %" PRIx64 "\n", r, hash_add(0, b, (size_t)r));
		}
	}
	MUST(fcntl(m, F_SETFL, O_RDWR | O_NONBLOCK));
	ssize_t r = read(m, b, sizeof(b));
	printf("left %zd %s\n", r, outcome(r));
	MUST(fcntl(m, F_SETFL, O_RDWR));
}

/* A key throws unread lines away; what is typed behind it stays. */
static void keys(int m, int s)
{
	pid_t child = (pid_t)MUST(fork());
	char b[4096];

	if (child == 0) {
		setsid();
		MUST(ioctl(s, TIOCSCTTY, 0));
		handle(SIGINT, on_int, SA_RESTART);
		modes(s, ICANON | ECHO | ISIG, OPOST | ONLCR, 1, 0);
		for (int k = 0; k < 40; k++) {
			int before = ints, n = 0;

			MUST(write(m, "one\ntwo\n", 8));
			MUST(write(m, k % 2 ? "abc\x03" "def\n" : "\x03ghi\nj", k % 2 ? 8 : 6));
			MUST(ioctl(s, FIONREAD, &n));
			ssize_t r = MUST(read(s, b, sizeof(b)));
			printf("%d signal, %d bytes, first %.*s", (int)ints - before, n, (int)r, b);
			MUST(tcflush(s, TCIFLUSH));
		}
		/* A mode that is changed behind what was written. */
		for (int k = 0; k < 20; k++) {
			MUST(write(m, "x\ry\n", 4));
			modes(s, 0, 0, 1, 0);
			ssize_t r = MUST(read(s, b, sizeof(b)));
			printf("then raw: %zd %02x\n", r, (unsigned char)b[1]);
			modes(s, ICANON | ECHO | ISIG, OPOST | ONLCR, 1, 0);
		}
		_exit(0);
	}
	while (waitpid(child, NULL, WNOHANG) == 0) { /* the echo needs a reader */
		struct pollfd p = {m, POLLIN, 0};
		if (poll(&p, 1, 1) == 1)
			MUST(read(m, b, sizeof(b)));
	}
}

/* VMIN and VTIME: how much, and when. */
static void wait_for(int m, int s, int min, int time, size_t most, const char *const *parts, int64_t gap)
{
	char b[64];
	pid_t child = (pid_t)MUST(fork());

	if (child == 0) {
		for (; *parts; parts++) {
			sleep_ns(gap);
			MUST(write(m, *parts, strlen(*parts)));
		}
		_exit(0);
	}
	modes(s, 0, 0, min, time);
	int64_t t = clock_ns(CLOCK_MONOTONIC);
	ssize_t n = MUST(read(s, b, most));
	int64_t tenths = (clock_ns(CLOCK_MONOTONIC) - t) / (100 * MS);
	printf("min %d time %d: %zd in %d tenths\n", min, time, n, (int)tenths);
	CHECK(wait_status(child) == 0);
	MUST(tcflush(s, TCIFLUSH));
}

int main(void)
{
	int m, s;

	for (size_t i = 0; i < SIZE; i++) {
		data[i] = (char)(i * 31 >> 3);
		lines[i] = i % 50 == 49 ? '\n' : 'a';
	}
	MUST(openpty(&m, &s, NULL, NULL, NULL));
	raw_both_ways(m, s);
	lines_with_echo(m, s);
	wait_for(m, s, 5, 0, 60, (const char *const[]){"ab", "cd", "efg", NULL}, 20 * MS);
	wait_for(m, s, 5, 0, 3, (const char *const[]){"ab", "c", NULL}, 20 * MS);
	wait_for(m, s, 5, 2, 60, (const char *const[]){"ab", "c", NULL}, 20 * MS);
	wait_for(m, s, 5, 2, 60, (const char *const[]){"ab", "cd", "ef", NULL}, 120 * MS);
	wait_for(m, s, 0, 2, 60, (const char *const[]){"abc", NULL}, 120 * MS);
	wait_for(m, s, 0, 1, 60, (const char *const[]){NULL}, 0);
	keys(m, s);
	return 0;
}
