/* signal_faults: faults become signals at their place: addresses, codes, the alternate stack, and a jump out. */
/* control: same */
#include "guest.h"
#include <setjmp.h>

static sigjmp_buf out;
static volatile int signo, code, on_alt;
static void *volatile addr;
static char alt[65536];

static void on(int sig, siginfo_t *si, void *uc)
{
	char here;
	(void)uc;
	signo = sig;
	code = si->si_code;
	addr = si->si_addr;
	on_alt = &here >= alt && &here < alt + sizeof(alt);
	siglongjmp(out, 1);
}

static int overflow(volatile int n)
{
	volatile char room[4096];
	room[0] = (char)n;
	return n > 1000000000 ? 0 : overflow(n + 1) + room[0];
}

#define TRY(name, code_) \
	do { \
		if (sigsetjmp(out, 1) == 0) { \
			code_; \
			printf("BAD: %s: no fault\n", name); \
		} else \
			printf("%s: signal %d code %d alternate %d\n", name, signo, code, on_alt); \
	} while (0)

int main(void)
{
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof(alt)};
	struct sigaction sa = {.sa_sigaction = on, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	static const int sigs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	volatile int zero = 0;
	volatile char *volatile nowhere = (volatile char *)16;
	MUST(sigaltstack(&ss, NULL));
	for (int i = 0; i < 5; i++)
		sigaction(sigs[i], &sa, NULL);
	TRY("unmapped", *nowhere = 1);
	CHECK(addr == (void *)16);
	char *ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TRY("read only", *(volatile char *)ro = 1);
	CHECK(addr == ro);
	put_file("f", "short");
	char *past = mmap(NULL, 8192, PROT_READ, MAP_SHARED, (int)MUST(open("f", O_RDONLY)), 0);
	TRY("past the end", (void)*(volatile char *)(past + 4096));
	TRY("division", zero = 100 / zero);
	TRY("illegal", __asm__ volatile("ud2"));
	TRY("breakpoint", __asm__ volatile("int3"));
	TRY("privileged", __asm__ volatile("hlt"));
	TRY("overflow", overflow(0));
	return 0;
}

/* expect:
unmapped: signal 11 code 1 alternate 1
read only: signal 11 code 2 alternate 1
past the end: signal 7 code 2 alternate 1
division: signal 8 code 1 alternate 1
illegal: signal 4 code 2 alternate 1
breakpoint: signal 5 code 128 alternate 1
privileged: signal 11 code 128 alternate 1
overflow: signal 11 code 1 alternate 1
*/
