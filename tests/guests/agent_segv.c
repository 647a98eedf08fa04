/* What SIGSEGV does is changed, and then a call is given memory that is not there: what was set stays set, also where the signal is ignored, or blocked with a handler, and
 * however close to the call it was set. */
/* control: same */
/* expect:
handler: EFAULT, handler kept, blocked
ignored: EFAULT, ignored kept
default: EFAULT, default kept
again: handler kept
*/
#include "guest.h"

static char *nowhere;

static void on_segv(int signo)
{
	(void)signo;
}

static const char *what(void)
{
	struct sigaction a;

	sigaction(SIGSEGV, NULL, &a);
	return a.sa_handler == on_segv ? "handler" : a.sa_handler == SIG_IGN ? "ignored" : a.sa_handler == SIG_DFL ? "default" : "another";
}

static void set(void (*handler)(int))
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigaction(SIGSEGV, &a, NULL);
}

static void check(const char *name, void (*handler)(int), bool block)
{
	sigset_t segv, now;
	int r;

	sigemptyset(&segv);
	sigaddset(&segv, SIGSEGV);
	sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &segv, NULL);
	set(handler);
	r = fstat(0, (struct stat *)nowhere) < 0 ? errno : 0;
	sigprocmask(SIG_BLOCK, NULL, &now);
	printf("%s: %s, %s kept%s\n", name, r == EFAULT ? "EFAULT" : "no EFAULT", what(), sigismember(&now, SIGSEGV) ? ", blocked" : "");
}

int main(void)
{
	nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check("handler", on_segv, true);
	check("ignored", SIG_IGN, false);
	check("default", SIG_DFL, false);
	set(on_segv);
	set(SIG_IGN);
	set(on_segv);
	access(nowhere, F_OK);
	printf("again: %s kept\n", what());
	return 0;
}
