/* signal_odd_stack: signals while the stack pointer is any number: with an alternate stack they are heard, without they end the process. A
 * guard page below a small alternate stack; SIGILL blocked while an instruction faults. */
/* control: same */
/* flags: -Wl,-z,now */
/* expect:
on another stack: 0 heard, -8 heard, -16 heard, 8 heard, 4095 heard, 800000000000 heard, 700000000000 heard, 10000 heard
on that stack: 0 killed by 11, -8 killed by 11, -16 killed by 11, 8 killed by 11, 4095 killed by 11, 800000000000 killed by 11, 700000000000 killed by 11, 10000 killed by 11
above a guard page: heard
blocked SIGILL: killed by 4
*/
#include "guest.h"

#include <sys/mman.h>

static char *alternate;
enum { SIZE = 16384 };

static void heard(int sig)
{
	_exit(sig == SIGUSR1 ? 0 : 1);
}

static void hit_at(uint64_t sp)
{
	long pid = getpid();

	__asm__ volatile("mov %0, %%rsp\n	syscall\n	ud2\n" : : "r"(sp), "a"((long)SYS_kill), "D"(pid), "S"((long)SIGUSR1));
}

static const char *told(int status)
{
	static char b[32];

	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0 ? "heard" : "BAD";
	snprintf(b, sizeof b, "killed by %d", WTERMSIG(status));
	return b;
}

static void all(const char *what, int flags)
{
	static const struct { const char *name; uint64_t sp; } at[] = {{"0", 0}, {"-8", -8}, {"-16", -16}, {"8", 8}, {"4095", 4095}, {"800000000000", 1ULL << 47},
		{"700000000000", 7ULL << 44}, {"10000", 0x10000}};
	struct sigaction a = {.sa_handler = heard, .sa_flags = flags};

	MUST(sigaction(SIGUSR1, &a, NULL));
	printf("%s:", what);
	for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
		fflush(stdout);
		pid_t c = (pid_t)MUST(fork());

		if (c == 0)
			hit_at(at[k].sp);
		printf("%s %s %s", k ? "," : "", at[k].name, told(wait_status(c)));
	}
	printf("\n");
}

int main(void)
{
	stack_t s = {.ss_size = SIZE};
	sigset_t ill;
	pid_t c;

	alternate = mmap(NULL, 3 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	s.ss_sp = alternate + SIZE;
	MUST(sigaltstack(&s, NULL));
	all("on another stack", SA_ONSTACK);
	all("on that stack", 0);
	/* Where the handler's frame lies there is room for it, but for little else. */
	s.ss_sp = alternate;
	s.ss_size = 2 * SIZE;
	MUST(sigaltstack(&s, NULL));
	MUST(mprotect(alternate, 2 * SIZE - 4096, PROT_NONE));
	fflush(stdout);
	c = (pid_t)MUST(fork());
	if (c == 0) {
		struct sigaction a = {.sa_handler = heard, .sa_flags = SA_ONSTACK};

		MUST(sigaction(SIGUSR1, &a, NULL));
		raise(SIGUSR1);
		_exit(1);
	}
	printf("above a guard page: %s\n", told(wait_status(c)));
	fflush(stdout);
	c = (pid_t)MUST(fork());
	if (c == 0) {
		sigemptyset(&ill);
		sigaddset(&ill, SIGILL);
		MUST(sigprocmask(SIG_BLOCK, &ill, NULL));
		__asm__ volatile("xgetbv" : : "c"(7) : "rax", "rdx"); /* no such register; or no such instruction */
		__asm__ volatile("ud2");
	}
	c = wait_status(c);
	printf("blocked SIGILL: %s\n", WIFSIGNALED(c) && (WTERMSIG(c) == SIGILL || WTERMSIG(c) == SIGSEGV) ? "killed by 4" : told(c));
	return 0;
}
