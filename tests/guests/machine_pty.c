/* machine_pty: a terminal of the box's own: modes, size, line discipline, signals, hangup, and more bytes than it holds. */
/* control: same */
#include "guest.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static volatile sig_atomic_t got[65];
static void on_sig(int sig)
{
	got[sig]++;
}

static void show(const char *what, int fd)
{
	char b[256] = "";
	ssize_t n = read(fd, b, sizeof(b) - 1);

	printf("%s: %zd [", what, n);
	for (ssize_t i = 0; i < n; i++)
		if (b[i] < ' ')
			printf("^%c", b[i] + '@');
		else
			putchar(b[i]);
	printf("]%s\n", n < 0 ? strerrorname_np(errno) : "");
}

/* A session of its own on the terminal: keys become signals for its foreground group. */
static void session(int m, int s)
{
	int ready[2];
	char c;

	MUST(pipe(ready));
	pid_t child = (pid_t)MUST(fork());
	if (child == 0) {
		close(m);
		setsid();
		MUST(ioctl(s, TIOCSCTTY, 0));
		for (int i = 1; i <= SIGWINCH; i++)
			if (i == SIGINT || i == SIGQUIT || i == SIGTSTP || i == SIGHUP || i == SIGWINCH)
				handle(i, on_sig, 0);
		CHECK(tcgetsid(s) == getpid() && tcgetpgrp(s) == getpgrp());
		printf("own terminal opens: %s\n", outcome(close(open("/dev/tty", O_RDWR))));
		MUST(write(ready[1], "x", 1));
		while (!got[SIGHUP])
			pause();
		printf("int %d quit %d tstp %d winch %d hup %d\n", (int)got[SIGINT], (int)got[SIGQUIT], (int)got[SIGTSTP], (int)got[SIGWINCH], (int)got[SIGHUP]);
		printf("after the hangup: %s\n", read(s, &c, 1) == 0 ? "end" : outcome(-1));
		_exit(0);
	}
	MUST(read(ready[0], &c, 1));
	close(s);
	struct winsize w = {50, 132, 0, 0};
	for (const char *keys = "\x03\x1c\x1a"; *keys; keys++) {
		MUST(write(m, keys, 1));
		sleep_ns(5 * MS);
	}
	MUST(ioctl(m, TIOCSWINSZ, &w));
	sleep_ns(5 * MS);
	close(m);
	printf("session: %s\n", status_words(wait_status(child)));
}

/* The writer must wait for the reader, several times. */
static void much(int m, int s)
{
	enum { SIZE = 200000 };
	static char data[SIZE];
	struct termios t;
	uint64_t h = 0, g = 0;
	size_t sum = 0;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(i * 31 >> 3);
	h = hash_add(h, data, SIZE);
	MUST(tcgetattr(s, &t));
	cfmakeraw(&t);
	MUST(tcsetattr(s, TCSANOW, &t));
	pid_t child = (pid_t)MUST(fork());
	if (child == 0) {
		for (size_t at = 0; at < SIZE;)
			at += (size_t)MUST(write(s, data + at, SIZE - at));
		MUST(tcdrain(s));
		_exit(0);
	}
	while (sum < SIZE) {
		char b[3000];
		ssize_t n = MUST(read(m, b, sizeof(b)));

		g = hash_add(g, b, (size_t)n);
		sum += (size_t)n;
		if (sum < 20000)
			sleep_ns(MS);
	}
	printf("much: %zu %s, %s\n", sum, g == h ? "the same" : "others", status_words(wait_status(child)));
}

int main(void)
{
	struct winsize w = {24, 80, 0, 0};
	struct termios t;
	int m, s, n;

	MUST(openpty(&m, &s, NULL, NULL, &w));
	printf("terminals %d %d\n", isatty(m), isatty(s));
	w.ws_col = 0;
	MUST(ioctl(s, TIOCGWINSZ, &w));
	printf("size %d %d\n", w.ws_row, w.ws_col);
	MUST(tcgetattr(s, &t));
	printf("canonical %d echo %d isig %d\n", (t.c_lflag & ICANON) != 0, (t.c_lflag & ECHO) != 0, (t.c_lflag & ISIG) != 0);
	MUST(write(m, "abX\x7f" "c\n", 6));
	show("line", s);
	show("echo", m);
	MUST(write(m, "no line", 7));
	MUST(ioctl(s, FIONREAD, &n));
	printf("before its end: %d\n", n);
	MUST(write(m, "\x04", 1));
	show("pushed", s);
	MUST(write(m, "\x04", 1));
	show("end of file", s);
	MUST(tcflush(m, TCIOFLUSH));
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 1;
	MUST(tcsetattr(s, TCSAFLUSH, &t));
	show("nothing in a tenth of a second", s);
	MUST(write(s, "out\n", 4));
	show("mapped newline", m);
	much(m, s);
	close(m);
	close(s);
	MUST(openpty(&m, &s, NULL, NULL, NULL));
	session(m, s);
	return 0;
}

/* expect:
terminals 1 1
size 24 80
canonical 1 echo 1 isig 1
line: 4 [abc^J]
echo: 9 [abX^H ^Hc^M^J]
before its end: 0
pushed: 7 [no line]
end of file: 0 []
nothing in a tenth of a second: 0 []
mapped newline: 5 [out^M^J]
much: 200000 the same, exit 0
own terminal opens: ok
int 1 quit 1 tstp 1 winch 1 hup 1
after the hangup: end
session: exit 0
*/
