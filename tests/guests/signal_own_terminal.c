/* signal_own_terminal: signals that the kernel sends because of what their receiver does to its own terminal come right behind the call, among
 * many that need nobody's help: its size, its keys, its modes and its groups from the background. */
/* control: same */
#include "session.h"

#include <setjmp.h>
#include <sys/ioctl.h>
#include <termios.h>

static volatile sig_atomic_t calls, at[65], got[65];
static sigjmp_buf back;

static void busy(int n)
{
	struct stat st;
	struct rlimit l;

	for (int k = 0; k < n; k++) {
		MUST(stat("/", &st));
		MUST(getrlimit(RLIMIT_CORE, &l));
		calls += 2;
	}
}

static void on_sig(int sig, siginfo_t *si, void *context)
{
	(void)context;
	at[sig] = calls;
	got[sig]++;
	CHECK(si->si_code == SI_KERNEL && si->si_pid == 0);
	busy(2);
}

static void on_jump(int sig)
{
	siglongjmp(back, sig);
}

static void listen_to(int sig, int flags)
{
	struct sigaction a = {.sa_sigaction = on_sig, .sa_flags = SA_SIGINFO | flags};

	MUST(sigaction(sig, &a, NULL));
}

static void resize(int fd, int n)
{
	struct winsize w = {(unsigned short)n, 80, 0, 0};

	MUST(ioctl(fd, TIOCSWINSZ, &w));
	calls++;
}

static void sizes(int m, int s)
{
	sigset_t winch, pending;

	resize(s, 10); /* nobody listens */
	busy(3);
	listen_to(SIGWINCH, 0);
	for (int k = 0; k < 30; k++) {
		busy(k % 4);
		resize(k % 2 ? m : s, 11 + k);
		CHECK(got[SIGWINCH] == k + 1 && at[SIGWINCH] == calls - 5);
	}
	sigemptyset(&winch);
	sigaddset(&winch, SIGWINCH);
	MUST(sigprocmask(SIG_BLOCK, &winch, NULL));
	resize(s, 50);
	busy(2);
	MUST(sigpending(&pending));
	CHECK(got[SIGWINCH] == 30 && sigismember(&pending, SIGWINCH));
	MUST(sigprocmask(SIG_UNBLOCK, &winch, NULL));
	printf("sizes: %d signals\n", (int)got[SIGWINCH]);
	handle(SIGWINCH, on_jump, 0);
	for (volatile int k = 0; k < 5; k++) {
		if (sigsetjmp(back, 1) == 0) {
			busy(1);
			resize(s, 60 + k);
			printf("BAD: no signal\n");
		}
		busy(1);
	}
	handle(SIGWINCH, SIG_IGN, 0);
	resize(s, 70);
	busy(1);
}

static void keys(int m, int s)
{
	struct termios t;

	MUST(tcgetattr(s, &t));
	t.c_lflag |= ISIG;
	t.c_lflag &= ~(tcflag_t)ECHO;
	MUST(tcsetattr(s, TCSANOW, &t));
	listen_to(SIGINT, SA_RESTART);
	listen_to(SIGQUIT, 0);
	for (int k = 0; k < 20; k++) {
		busy(k % 3);
		MUST(write(m, k % 5 == 4 ? "\x1c" : "\x03", 1));
		busy(3);
		while (got[SIGINT] + got[SIGQUIT] <= k) /* natively the key is on its way for a moment */
			busy(1);
	}
	printf("keys: %d and %d signals\n", (int)got[SIGINT], (int)got[SIGQUIT]);
}

/* In a group of its own, which is not the terminal's. */
static void background(int s)
{
	struct termios t;

	MUST(tcgetattr(s, &t));
	MUST(setpgid(0, 0));
	listen_to(SIGTTOU, 0);
	listen_to(SIGTTIN, 0);
	busy(2);
	printf("modes from the background: %s\n", outcome(tcsetattr(s, TCSANOW, &t)));
	CHECK(got[SIGTTOU] == 1 && at[SIGTTOU] == calls - 4);
	busy(2);
	printf("group from the background: %s\n", outcome(tcsetpgrp(s, getpgrp())));
	char c;
	printf("read from the background: %s\n", outcome(read(s, &c, 1)));
	CHECK(got[SIGTTOU] == 2 && got[SIGTTIN] == 1);
	handle(SIGTTOU, SIG_DFL, 0);
	busy(2);
	MUST(tcsetattr(s, TCSANOW, &t)); /* stops until it is in the foreground */
	busy(2);
	handle(SIGTTOU, SIG_IGN, 0);
	MUST(tcsetpgrp(s, getppid()));
	MUST(tcsetattr(s, TCSANOW, &t));
	printf("ignored: set\n");
	handle(SIGTTOU, SIG_DFL, 0);
	MUST(tcsetpgrp(s, getpgrp()));
	printf("BAD: not killed\n");
}

static void session(int m, int s)
{
	int st;

	MUST(setsid());
	MUST(ioctl(s, TIOCSCTTY, 0));
	sizes(m, s);
	keys(m, s);
	pid_t child = (pid_t)MUST(fork());
	if (child == 0) {
		background(s);
		_exit(1);
	}
	MUST(waitpid(child, &st, WUNTRACED));
	printf("child: %s\n", status_words(st));
	busy(2);
	MUST(tcsetpgrp(s, child));
	MUST(kill(child, SIGCONT));
	MUST(waitpid(child, &st, WUNTRACED));
	printf("child: %s\n", status_words(st));
	MUST(kill(child, SIGKILL));
	printf("child: %s\n", status_words(wait_status(child)));
	child = (pid_t)MUST(fork());
	if (child == 0) {
		handle(SIGINT, SIG_DFL, 0);
		busy(2);
		MUST(write(m, "\x03", 1));
		for (int k = 0; k < 1000000; k++)
			busy(1);
		_exit(1);
	}
	printf("child: %s\n", status_words(wait_status(child)));
	fflush(stdout);
	handle(SIGHUP, SIG_DFL, 0);
	busy(2);
	close(m); /* the last master: a hangup */
	busy(1000000);
	_exit(1);
}

int main(void)
{
	in_session(session);
	return 0;
}

/* expect:
sizes: 31 signals
keys: 16 and 4 signals
modes from the background: EINTR
group from the background: EINTR
read from the background: EINTR
child: stopped 22
ignored: set
child: stopped 22
child: signal 9
child: signal 2
session: signal 1
*/
