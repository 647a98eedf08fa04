/* machine_pty_bytes: bytes one by one through terminals, of others and of one's own: what is read and written without waiting, and what may not be. */
/* control: same */
#include "session.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <termios.h>

static volatile sig_atomic_t got[65];
static void on_sig(int sig)
{
	got[sig]++;
}

static void raw(int s, int min, int time)
{
	struct termios t;

	MUST(tcgetattr(s, &t));
	cfmakeraw(&t);
	t.c_cc[VMIN] = (cc_t)min;
	t.c_cc[VTIME] = (cc_t)time;
	MUST(tcsetattr(s, TCSANOW, &t));
}

static void inverts(int s)
{
	unsigned char c;

	while (read(s, &c, 1) == 1 && c != 'q') {
		c = (unsigned char)~c;
		MUST(write(s, &c, 1));
	}
	_exit(0);
}

static void there_and_back(int m, int s)
{
	uint64_t sent = 0, back = 0;
	char text[200], b[200];

	raw(s, 1, 0);
	pid_t child = (pid_t)MUST(fork());
	if (child == 0)
		inverts(s);
	for (size_t n = 1; n < sizeof(text); n += 3) {
		for (size_t k = 0; k < n; k++)
			text[k] = (char)(n * 7 + k == 'q' ? 'r' : (n * 7 + k) % 113);
		MUST(write(m, text, n));
		sent = hash_add(sent, text, n);
		for (size_t at = 0; at < n;) {
			ssize_t r = MUST(read(m, b, n - at));
			for (ssize_t k = 0; k < r; k++)
				b[k] = (char)~b[k];
			back = hash_add(back, b, (size_t)r);
			at += (size_t)r;
		}
	}
	MUST(write(m, "q", 1));
	printf("there and back: %s, %s\n", sent == back ? "the same" : "others", status_words(wait_status(child)));
}

/* What cannot be written to, a vector, nothing at all; and what a descriptor that does not wait says. */
static void odd_buffers(int m, int s)
{
	char a = 0, b = 0, *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *volatile nowhere = (void *)8;
	struct iovec v[3] = {{&a, 1}, {NULL, 0}, {&b, 1}};

	raw(s, 1, 0);
	MUST(munmap(page + 4096, 4096));
	MUST(write(m, "xyz", 3));
	printf("nowhere: %s\n", outcome(read(s, nowhere, 1)));
	MUST(read(s, &a, 1));
	CHECK(a == 'y');
	printf("at the end of memory: %s\n", outcome(read(s, page + 4095, 1)));
	CHECK(page[4095] == 'z');
	printf("from nowhere: %s\n", outcome(write(s, nowhere, 1)));
	printf("nothing: %s %s\n", outcome(read(s, &a, 0)), outcome(write(s, &a, 0)));
	MUST(write(m, "12", 2));
	CHECK(MUST(readv(s, v, 3)) == 2 && a == '1' && b == '2');
	CHECK(MUST(writev(s, v, 3)) == 2);
	CHECK(MUST(readv(m, v, 3)) == 2 && a == '1' && b == '2');
	MUST(fcntl(s, F_SETFL, O_RDWR | O_NONBLOCK));
	MUST(fcntl(m, F_SETFL, O_RDWR | O_NONBLOCK));
	printf("without waiting: %s %s\n", outcome(read(s, &a, 1)), outcome(read(m, &a, 1)));
	MUST(write(s, "k", 1));
	struct pollfd p = {m, POLLIN, 0};
	MUST(poll(&p, 1, -1));
	CHECK(read(m, &a, 1) == 1 && a == 'k');
	MUST(fcntl(s, F_SETFL, O_RDWR));
	MUST(fcntl(m, F_SETFL, O_RDWR));
	CHECK(fcntl(s, F_GETFL) == O_RDWR);
	raw(s, 0, 0);
	CHECK(read(s, &a, 1) == 0);
	raw(s, 0, 1);
	CHECK(read(s, &a, 1) == 0);
	raw(s, 2, 0);
	MUST(write(m, "34", 2));
	CHECK(MUST(read(s, page, 9)) == 2);
	CHECK(write(s, "5", 1) == 1 && MUST(read(m, page, 9)) == 1);
	int only = (int)MUST(open(ptsname(m), O_RDONLY | O_NOCTTY)), other = (int)MUST(open(ptsname(m), O_WRONLY | O_NOCTTY));
	printf("one way only: %s %s\n", outcome(write(only, "x", 1)), outcome(read(other, &a, 1)));
	close(only);
	close(other);
	munmap(page, 4096);
}

/* Nothing of what is done for a write shows in its descriptors. */
static void last_descriptor(int m, int s)
{
	struct rlimit l = {64, 64};
	int first = (int)MUST(dup(0)), fd, n = 1;
	char c;

	raw(s, 1, 0);
	MUST(write(m, "a", 1));
	MUST(read(s, &c, 1));
	fd = (int)MUST(dup(0));
	CHECK(fd == first + 1);
	MUST(setrlimit(RLIMIT_NOFILE, &l));
	while (dup(0) >= 0)
		n++;
	CHECK(errno == EMFILE);
	MUST(write(m, "b", 1));
	CHECK(read(s, &c, 1) == 1 && c == 'b');
	for (int k = fd; k < 64; k++)
		close(k);
	MUST(write(m, "c", 1));
	CHECK(read(s, &c, 1) == 1 && c == 'c' && dup(0) == fd);
	close(fd);
	close(first);
	printf("descriptors: %s\n", n > 1 ? "as many as there were" : "none");
}

static void packets(int m, int s)
{
	char b[8];
	int on = 1;

	raw(s, 1, 0);
	MUST(write(s, "a", 1));
	MUST(read(m, b, 1));
	MUST(ioctl(m, TIOCPKT, &on));
	MUST(write(s, "b", 1));
	printf("packet:");
	ssize_t n = MUST(read(m, b, sizeof(b)));
	for (ssize_t k = 0; k < n; k++)
		printf(" %02x", (unsigned char)b[k]);
	MUST(tcflush(s, TCIFLUSH));
	n = MUST(read(m, b, sizeof(b)));
	printf(", %zd %02x\n", n, (unsigned char)b[0]);
	on = 0;
	MUST(ioctl(m, TIOCPKT, &on));
}

/* More of them than are kept account of at once. */
static void many(void)
{
	enum { MANY = 12 };
	int m[MANY], s[MANY], sum = 0;

	for (int k = 0; k < MANY; k++) {
		MUST(openpty(&m[k], &s[k], NULL, NULL, NULL));
		raw(s[k], 1, 0);
	}
	for (int round = 0; round < 5; round++) {
		for (int k = 0; k < MANY; k++)
			MUST(write(s[k], &(char){(char)(k + 1)}, 1));
		for (int k = 0; k < MANY; k++) {
			char c;
			MUST(read(m[k], &c, 1));
			sum += c;
		}
	}
	for (int k = 0; k < MANY; k++) {
		close(m[k]);
		close(s[k]);
	}
	printf("many: %d\n", sum);
}

static void from_background(int m, int s)
{
	struct termios t;
	char c;

	MUST(setpgid(0, 0));
	handle(SIGTTIN, on_sig, 0);
	handle(SIGTTOU, on_sig, 0);
	MUST(write(m, "z", 1));
	printf("read from the background: %s\n", outcome(read(s, &c, 1)));
	printf("nothing from the background: %s\n", outcome(read(s, &c, 0)));
	MUST(write(s, "w", 1));
	handle(SIGTTOU, SIG_IGN, 0);
	MUST(tcgetattr(s, &t));
	t.c_lflag |= TOSTOP;
	MUST(tcsetattr(s, TCSANOW, &t));
	MUST(write(s, "i", 1));
	handle(SIGTTOU, on_sig, 0);
	printf("write from the background: %s\n", outcome(write(s, "o", 1)));
	handle(SIGTTIN, SIG_IGN, 0);
	printf("read, ignored: %s\n", outcome(read(s, &c, 1)));
	printf("signals: %d %d\n", (int)got[SIGTTIN], (int)got[SIGTTOU]);
	_exit(0);
}

static void session(int m, int s)
{
	char c, text[40];
	int sum = 0;

	MUST(setsid());
	MUST(ioctl(s, TIOCSCTTY, 0));
	raw(s, 1, 0);
	int own = (int)MUST(open("/dev/tty", O_RDWR));
	for (int k = 0; k < 100; k++) {
		MUST(write(k % 2 ? s : own, &(char){(char)(k % 60 + 'A')}, 1));
		MUST(read(m, &c, 1));
		sum += c;
		MUST(write(m, &c, 1));
		MUST(read(k % 3 ? s : own, &c, 1));
		sum += c;
	}
	printf("own terminal: %d\n", sum);
	pid_t child = (pid_t)MUST(fork());
	if (child == 0)
		from_background(m, s);
	printf("background: %s\n", status_words(wait_status(child)));
	MUST(write(s, "f", 1)); /* TOSTOP, in the foreground */
	for (int n = 0; n < 3; n += (int)MUST(read(m, text + n, sizeof(text) - (size_t)n)))
		;
	printf("what came: %.3s\n", text);
	handle(SIGHUP, SIG_IGN, 0);
	close(m);
	printf("after the hangup: %zd %s\n", read(s, &c, 1), outcome(write(s, &c, 1)));
	_exit(0);
}

int main(void)
{
	int m, s;

	MUST(openpty(&m, &s, NULL, NULL, NULL));
	there_and_back(m, s);
	odd_buffers(m, s);
	last_descriptor(m, s);
	packets(m, s);
	close(s);
	printf("without a slave: %s\n", outcome(read(m, &(char){0}, 1)));
	close(m);
	many();
	in_session(session);
	return 0;
}

/* expect:
there and back: the same, exit 0
nowhere: EFAULT
at the end of memory: ok
from nowhere: EFAULT
nothing: ok ok
without waiting: EAGAIN EAGAIN
one way only: EBADF EBADF
descriptors: as many as there were
packet: 00 62, 1 01
without a slave: EIO
many: 390
own terminal: 18100
read from the background: EINTR
nothing from the background: EINTR
write from the background: EINTR
read, ignored: EIO
signals: 2 1
background: exit 0
what came: wif
after the hangup: 0 EIO
session: exit 0
*/
