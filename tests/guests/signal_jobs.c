/* signal_jobs: job control of bash and dash on a terminal of their own: Ctrl-Z, fg, bg, jobs, Ctrl-C, wait, the end. */
/* control: differs */
#include "guest.h"

#include <sys/ioctl.h>
#include <termios.h>

static int master;
static char said[65536];
static size_t said_len;

static int terminal(void)
{
	char name[64];

	master = (int)MUST(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	MUST(grantpt(master));
	MUST(unlockpt(master));
	MUST(ptsname_r(master, name, sizeof(name)));
	return (int)MUST(open(name, O_RDWR | O_NOCTTY));
}

/* Reads until the text has come after the place that was reached before, or for two seconds. */
static bool expect(const char *text)
{
	static size_t reached;
	struct pollfd p = {.fd = master, .events = POLLIN};

	for (;;) {
		char *at = strstr(said + reached, text);

		if (at) {
			reached = (size_t)(at - said) + strlen(text);
			return true;
		}
		if (poll(&p, 1, 2000) <= 0)
			break;
		ssize_t n = read(master, said + said_len, sizeof(said) - 1 - said_len);
		if (n <= 0)
			break;
		said_len += (size_t)n;
	}
	printf("BAD: never said: %s\n", text);
	return false;
}

static void type(const char *text)
{
	MUST(write(master, text, strlen(text)));
}

/* Until the shell has given its terminal to another group, which is then given time to become what it is to be. */
static void wait_for_job(pid_t shell)
{
	for (int i = 0; i < 400 && tcgetpgrp(master) == shell; i++)
		sleep_ns(5 * MS);
	sleep_ns(50 * MS);
}

static void session(char *const argv[])
{
	struct termios t;
	int slave = terminal();
	char *env[] = {"PATH=/usr/bin:/bin", "PS1=ready> ", "PS2=", "TERM=dumb", "HISTFILE=", "LC_ALL=C", NULL};

	MUST(tcgetattr(slave, &t));
	t.c_lflag &= ~(tcflag_t)ECHO;
	MUST(tcsetattr(slave, TCSANOW, &t));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		for (int fd = 0; fd < 3; fd++)
			dup2(slave, fd);
		close(slave);
		execve(argv[0], argv, env);
		_exit(127);
	}
	close(slave);
	type("set -m; echo on $-; echo pid $$; cat\n");
	expect("pid ");
	sleep_ns(50 * MS);
	type("hello\n");
	expect("hello");
	type("\x1a"); /* Ctrl-Z */
	expect("topped");
	type("jobs -l\n");
	expect("topped");
	expect("ready>");
	type("fg\n");
	expect("cat");
	sleep_ns(50 * MS);
	type("again\n");
	expect("again");
	type("\x04"); /* end of file */
	expect("ready>");
	type("sleep 0.2 & sleep 300\n");
	wait_for_job(c);
	type("\x1a");
	expect("topped");
	expect("ready>");
	type("bg; jobs; kill %sleep 2>/dev/null || kill -TERM %2; wait; echo status $?\n");
	expect("status ");
	type("sleep 300\n");
	wait_for_job(c);
	type("\x03"); /* Ctrl-C */
	expect("ready>");
	type("echo interrupted $?; ps -o pgid= -p $$ >/dev/null 2>&1; exit 7\n");
	expect("interrupted 130");
	for (ssize_t n; (n = read(master, said + said_len, sizeof(said) - 1 - said_len)) > 0;)
		said_len += (size_t)n;
	printf("%s\n", status_words(wait_status(c)));
	close(master);
}

int main(void)
{
	signal(SIGHUP, SIG_IGN);
	session((char *[]){"/bin/bash", "--norc", "--noediting", "-i", NULL});
	session((char *[]){"/bin/dash", "-i", NULL});
	said[said_len] = 0;
	for (char *p = said; *p; p++)
		if (*p != '\r')
			putchar(*p);
	return 0;
}
