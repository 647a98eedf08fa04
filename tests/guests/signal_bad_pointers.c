/* Pointers that lead nowhere are an errno, however many there are, and whatever the thread does with SIGSEGV: its action and mask are as before. */
/* control: same */
/* expect:
300 of 300
blocked: EFAULT, still blocked 1, still handled 1
ignored: EFAULT, still blocked 0, still ignored 1
*/
#include "guest.h"

static void on_fault(int signo)
{
	(void)signo;
	_exit(7);
}

static bool is_blocked(void)
{
	sigset_t s;

	MUST(sigprocmask(SIG_SETMASK, NULL, &s));
	return sigismember(&s, SIGSEGV);
}

int main(void)
{
	struct sigaction a = { .sa_handler = on_fault }, b;
	char *const nowhere = (char *)1;
	sigset_t all, none;
	int n = 0;

	for (int i = 0; i < 300; i++)
		n += access(nowhere, R_OK) < 0 && errno == EFAULT;
	printf("%d of 300\n", n);
	sigfillset(&all);
	sigemptyset(&none);
	MUST(sigaction(SIGSEGV, &a, NULL));
	MUST(sigprocmask(SIG_SETMASK, &all, NULL));
	n = access(nowhere, R_OK) < 0 ? errno : 0;
	printf("blocked: %s, still blocked %d", strerrorname_np(n), is_blocked());
	MUST(sigaction(SIGSEGV, NULL, &b));
	printf(", still handled %d\n", b.sa_handler == on_fault);
	MUST(sigprocmask(SIG_SETMASK, &none, NULL));
	signal(SIGSEGV, SIG_IGN);
	n = access(nowhere, R_OK) < 0 ? errno : 0;
	printf("ignored: %s, still blocked %d", strerrorname_np(n), is_blocked());
	MUST(sigaction(SIGSEGV, NULL, &b));
	printf(", still ignored %d\n", b.sa_handler == SIG_IGN);
	return 0;
}
