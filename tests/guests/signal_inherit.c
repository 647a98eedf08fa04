/* signal_inherit: masks, handlers, ignored and pending signals over fork, exec and the creation of threads. */
/* control: same */
#include "guest.h"

static void on_sig(int sig)
{
	(void)sig;
}

static void tell(const char *who)
{
	sigset_t mask, pending;
	struct sigaction hup, usr1, intr;

	MUST(sigprocmask(SIG_BLOCK, NULL, &mask));
	MUST(sigpending(&pending));
	MUST(sigaction(SIGHUP, NULL, &hup));
	MUST(sigaction(SIGUSR1, NULL, &usr1));
	MUST(sigaction(SIGINT, NULL, &intr));
	printf("%s: blocked %d%d%d, pending %d%d, hup %s, usr1 %s, int %s\n", who, sigismember(&mask, SIGUSR1), sigismember(&mask, SIGUSR2),
	       sigismember(&mask, SIGRTMIN), sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2),
	       hup.sa_handler == SIG_IGN ? "ignored" : "other", usr1.sa_handler == SIG_DFL ? "default" : "caught",
	       intr.sa_handler == SIG_DFL ? "default" : "other");
}

static void *thread(void *p)
{
	tell(p);
	return NULL;
}

int main(int argc, char **argv)
{
	sigset_t s;
	pthread_t t;

	if (argc > 1) {
		tell("after exec");
		/* What was pending over exec comes when it is let in, with the default action. */
		if (!strcmp(argv[1], "unblock")) {
			sigemptyset(&s);
			sigaddset(&s, SIGUSR2);
			sigprocmask(SIG_UNBLOCK, &s, NULL);
			printf("BAD: survived\n");
		}
		return 0;
	}
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigaddset(&s, SIGUSR2);
	sigprocmask(SIG_SETMASK, &s, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_DFL);
	handle(SIGUSR1, on_sig, 0);
	MUST(raise(SIGUSR1));
	MUST(kill(getpid(), SIGUSR2));
	tell("parent");
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		tell("child");
		kill(getpid(), SIGUSR2);
		tell("child, signalled");
		execl("/proc/self/exe", "self", "unblock", NULL);
		_exit(9);
	}
	printf("%s\n", status_words(wait_status(c)));
	MUST(pthread_create(&t, NULL, thread, "thread"));
	pthread_join(t, NULL);
	/* exec keeps what is pending for the process. */
	execl("/proc/self/exe", "self", "keep", NULL);
	return 1;
}

/* expect:
parent: blocked 110, pending 11, hup ignored, usr1 caught, int default
child: blocked 110, pending 00, hup ignored, usr1 caught, int default
child, signalled: blocked 110, pending 01, hup ignored, usr1 caught, int default
after exec: blocked 110, pending 01, hup ignored, usr1 default, int default
signal 12
thread: blocked 110, pending 01, hup ignored, usr1 caught, int default
after exec: blocked 110, pending 11, hup ignored, usr1 default, int default
*/
