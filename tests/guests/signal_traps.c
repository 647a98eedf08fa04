/* signal_traps: instructions that mean to fault: breakpoints, undefined ones, privileged ones and gates that are closed, before and after
 * the program asked for the processor's name. */
/* control: same */
#include "guest.h"
#include <cpuid.h>
#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
static volatile intptr_t place;

static void on_fault(int s, siginfo_t *si, void *context)
{
	const ucontext_t *u = context;

	printf("signal %d code %d, %d bytes on\n", s, si->si_code, (int)((intptr_t)u->uc_mcontext.gregs[REG_RIP] - place));
	siglongjmp(back, 1);
}

#define TRY(text) do { \
		printf("%s: ", #text); \
		if (!sigsetjmp(back, 1)) \
			__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; 1: " text : "=m"(place) : : "rax", "memory"); \
	} while (0)

static void try_all(void)
{
	TRY("int3");
	TRY("int $3");
	TRY("ud2");
	TRY("hlt");
	TRY("int $0x21");
	TRY("int $0xff");
	TRY("movl $1, 0");
}

int main(void)
{
	const int signals[] = { SIGTRAP, SIGILL, SIGSEGV };
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	unsigned a, b, c, d;
	pid_t p;

	for (int i = 0; i < 3; i++)
		MUST(sigaction(signals[i], &sa, NULL));
	try_all();
	__cpuid(0, a, b, c, d);
	try_all();
	p = fork();
	if (p == 0) {
		signal(SIGILL, SIG_DFL);
		__builtin_trap();
	}
	printf("__builtin_trap: %s\n", status_words(wait_status(p)));
	return 0;
}
/* expect:
"int3": signal 5 code 128, 1 bytes on
"int $3": signal 5 code 128, 1 bytes on
"ud2": signal 4 code 2, 0 bytes on
"hlt": signal 11 code 128, 0 bytes on
"int $0x21": signal 11 code 128, 0 bytes on
"int $0xff": signal 11 code 128, 0 bytes on
"movl $1, 0": signal 11 code 1, 0 bytes on
"int3": signal 5 code 128, 1 bytes on
"int $3": signal 5 code 128, 1 bytes on
"ud2": signal 4 code 2, 0 bytes on
"hlt": signal 11 code 128, 0 bytes on
"int $0x21": signal 11 code 128, 0 bytes on
"int $0xff": signal 11 code 128, 0 bytes on
"movl $1, 0": signal 11 code 1, 0 bytes on
__builtin_trap: signal 4
*/
