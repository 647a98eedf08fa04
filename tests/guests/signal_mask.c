/* signal_mask: what fork and exec pass on: the mask and what is ignored; not handlers; pending not over fork. */
/* control: same */
#include "guest.h"

static void on(int sig)
{
	(void)sig;
}

static void show(const char *what)
{
	sigset_t m, p;
	struct sigaction a, b;
	sigprocmask(SIG_BLOCK, NULL, &m);
	sigpending(&p);
	sigaction(SIGUSR2, NULL, &a);
	sigaction(SIGHUP, NULL, &b);
	printf("%s: blocked %d pending %d usr2 %s hup %s\n", what, sigismember(&m, SIGUSR1), sigismember(&p, SIGUSR1),
		a.sa_handler == SIG_DFL ? "default" : a.sa_handler == SIG_IGN ? "ignored" : "caught",
		b.sa_handler == SIG_DFL ? "default" : b.sa_handler == SIG_IGN ? "ignored" : "caught");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		show("after exec");
		return 0;
	}
	sigset_t s;
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigprocmask(SIG_BLOCK, &s, NULL);
	raise(SIGUSR1);
	handle(SIGUSR2, on, 0);
	handle(SIGHUP, SIG_IGN, 0);
	show("parent");
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		show("child");
		_exit(0);
	}
	wait_status(c);
	execl("/proc/self/exe", argv[0], "again", NULL);
	return 1;
}

/* expect:
parent: blocked 1 pending 1 usr2 caught hup ignored
child: blocked 1 pending 0 usr2 caught hup ignored
after exec: blocked 1 pending 1 usr2 default hup ignored
*/
