/* process_wait_blocked: a child is waited for while the signal that tells of it is blocked; when the handler comes, and that a wrong one does not. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t calls;

static void on_child(int sig)
{
	(void)sig;
	calls++;
}

static void child(int code)
{
	int st = 0;

	if (MUST(fork()) == 0)
		_exit(code);
	MUST(waitpid(-1, &st, 0));
	printf(" %d", WEXITSTATUS(st));
}

int main(void)
{
	static const int flags[] = { SA_RESTART, SA_RESTART | SA_NODEFER, SA_RESTART | SA_RESETHAND };
	sigset_t block, old;
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	for (int i = 0; i < 3; i++) {
		calls = 0;
		handle(SIGCHLD, on_child, flags[i]);
		MUST(sigprocmask(SIG_BLOCK, &block, &old));
		child(10 + i);
		child(20 + i);
		printf(" blocked %d", (int)calls);
		MUST(sigprocmask(SIG_SETMASK, &old, NULL));
		printf(" unblocked %d", (int)calls);
		child(30 + i);
		printf(" caught %d\n", (int)calls);
	}
	signal(SIGCHLD, SIG_DFL);
	MUST(munmap(page + 4096, 4096));
	*(void **)(void *)(page + 4096 - sizeof(void *)) = (void *)on_child;
	printf("half an action: %s", syscall(SYS_rt_sigaction, SIGCHLD, page + 4096 - sizeof(void *), NULL, 8) < 0 ? strerror(errno) : "taken");
	child(40);
	printf(" caught %d\n", (int)calls);
	return 0;
}

/* expect:
 10 20 blocked 0 unblocked 1 30 caught 2
 11 21 blocked 0 unblocked 1 31 caught 2
 12 22 blocked 0 unblocked 1 32 caught 1
half an action: Bad address 40 caught 1
*/
