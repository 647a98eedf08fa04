/* signal_nested: handlers within handlers: sa_mask, SA_NODEFER, SA_RESETHAND, and the order of two pending signals. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t depth, deepest;
static volatile char trace[200];
static volatile int used;

static void note(const char *s)
{
	while (*s)
		trace[used++] = *s++;
	trace[used] = 0;
}
static void again(int sig)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (depth < 5)
		raise(sig);
	depth--;
}
static void usr1(int sig)
{
	(void)sig;
	note("<1");
	raise(SIGUSR2);
	note("1>");
}
static void usr2(int sig)
{
	(void)sig;
	note("<2 2>");
}

int main(void)
{
	handle(SIGHUP, again, SA_NODEFER);
	raise(SIGHUP);
	printf("nodefer: %d deep\n", deepest);
	handle(SIGUSR1, usr1, 0);
	handle(SIGUSR2, usr2, 0);
	raise(SIGUSR1);
	printf("nested: %s\n", (const char *)(uintptr_t)trace);
	struct sigaction sa = {.sa_handler = usr1};
	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	used = 0;
	raise(SIGUSR1);
	printf("masked: %s\n", (const char *)(uintptr_t)trace);
	handle(SIGTERM, again, SA_RESETHAND);
	struct sigaction now;
	depth = 5;
	raise(SIGTERM);
	sigaction(SIGTERM, NULL, &now);
	printf("reset: %d\n", now.sa_handler == SIG_DFL);
	sigset_t s;
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigaddset(&s, SIGUSR2);
	handle(SIGUSR1, usr1, 0);
	used = 0;
	sigprocmask(SIG_BLOCK, &s, NULL);
	raise(SIGUSR2);
	kill(getpid(), SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	printf("two pending: %s\n", (const char *)(uintptr_t)trace);
	return 0;
}

/* expect:
nodefer: 5 deep
nested: <1<2 2>1>
masked: <11><2 2>
reset: 1
two pending: <11><2 2><2 2>
*/
