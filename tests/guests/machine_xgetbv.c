/* machine_xgetbv: which registers the system saves; a processor without AVX does not know the question. */
/* control: host */
#include "guest.h"
#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
extern const unsigned char the_question[];

static void on_ill(int s, siginfo_t *si, void *context)
{
	const ucontext_t *u = context;

	printf("signal %d code %d at the instruction %d %d\n", s, si->si_code, si->si_addr == (const void *)the_question,
	       u->uc_mcontext.gregs[REG_RIP] == (long long)(intptr_t)the_question);
	siglongjmp(back, 1);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_ill, .sa_flags = SA_SIGINFO };
	unsigned a, d;

	MUST(sigaction(SIGILL, &sa, NULL));
	if (sigsetjmp(back, 1))
		return 0;
	__asm__ volatile("the_question: .globl the_question\n\txgetbv" : "=a"(a), "=d"(d) : "c"(0));
	printf("xcr0 %08x%08x\n", d, a);
	return 0;
}
