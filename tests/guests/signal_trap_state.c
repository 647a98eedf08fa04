/* signal_trap_state: a program that catches or ignores SIGSEGV, and blocks it, asks for the processor and reads its counter: the handler,
 * the mask and what is ignored are as before; in the signal's own handler, and after exec, too. */
/* control: same */
#include "guest.h"
#include <cpuid.h>
#include <x86intrin.h>

static volatile int caught, inside;

static void ask(void)
{
	unsigned a, b, c, d;

	__cpuid(0, a, b, c, d);
	CHECK(a > 0);
	CHECK(__rdtsc() > 0);
}

static void on_fault(int s)
{
	ask();
	inside += s == SIGSEGV;
	caught++;
}

static void show(const char *what)
{
	struct sigaction a;
	sigset_t m;

	sigprocmask(SIG_BLOCK, NULL, &m);
	sigaction(SIGSEGV, NULL, &a);
	printf("%s: %s, %s, flags %x, mask %d\n", what, a.sa_handler == SIG_DFL ? "default" : a.sa_handler == SIG_IGN ? "ignored" : "caught",
	       sigismember(&m, SIGSEGV) ? "blocked" : "open", (unsigned)a.sa_flags & ~0x04000000u, sigismember(&a.sa_mask, SIGUSR1));
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_fault, .sa_flags = SA_RESTART };
	sigset_t segv;

	if (argc > 1) {
		show("after exec");
		return 0;
	}
	sigaddset(&sa.sa_mask, SIGUSR1);
	sigemptyset(&segv);
	sigaddset(&segv, SIGSEGV);
	MUST(sigaction(SIGSEGV, &sa, NULL));
	ask();
	show("caught");
	MUST(sigprocmask(SIG_BLOCK, &segv, NULL));
	ask();
	show("caught and blocked");
	MUST(kill(getpid(), SIGSEGV));
	printf("it waits: %d\n", caught);
	ask();
	MUST(sigprocmask(SIG_UNBLOCK, &segv, NULL));
	printf("it came: %d, inside %d\n", caught, inside);
	show("after its handler");
	MUST(kill(getpid(), SIGSEGV));
	printf("again: %d\n", caught);
	sa.sa_flags = (int)SA_RESETHAND;
	MUST(sigaction(SIGSEGV, &sa, NULL));
	MUST(kill(getpid(), SIGSEGV));
	ask();
	show("a handler for once");
	signal(SIGSEGV, SIG_IGN);
	ask();
	MUST(kill(getpid(), SIGSEGV));
	show("ignored");
	execl("/proc/self/exe", argv[0], "exec", NULL);
	return 1;
}
/* expect:
caught: caught, open, flags 10000000, mask 1
caught and blocked: caught, blocked, flags 10000000, mask 1
it waits: 0
it came: 1, inside 1
after its handler: caught, open, flags 10000000, mask 1
again: 2
a handler for once: default, open, flags 80000000, mask 1
ignored: ignored, open, flags 10000000, mask 0
after exec: ignored, open, flags 0, mask 0
*/
