/* signal_frame: what a handler finds on its stack: where its frame lies, how much state of the processor's is in it, what lies below;
 * and that the state comes back. */
/* control: host */
/* flags: -Wl,-z,now */
#include "guest.h"

#include <setjmp.h>
#include <ucontext.h>

enum { BELOW = 2048, PATTERN = 0x5a };

static char alternate[65536] __attribute__((aligned(64)));
uint8_t below[BELOW] __attribute__((visibility("hidden"))); /* written by entry */
static sigjmp_buf back;
static volatile int change;

/* What lies below the frame, before any instruction of ours has stored anything there. */
void entry(int sig, siginfo_t *si, void *context);
__asm__(".globl entry\nentry:\n"
	"	mov %rdi, %r8\n	mov %rsi, %r9\n	mov %rdx, %r10\n"
	"	lea -2048(%rsp), %rsi\n	lea below(%rip), %rdi\n	mov $2048, %ecx\n	cld\n	rep movsb\n"
	"	mov %r8, %rdi\n	mov %r9, %rsi\n	mov %r10, %rdx\n	jmp look\n");

void look(int sig, siginfo_t *si, void *context);
void look(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;
	const uint8_t *state = (const uint8_t *)uc->uc_mcontext.fpregs;
	char *frame = (char *)uc - 8;
	uint32_t software[12], mask, patterns = 0;
	uint64_t last_insn[2];

	memcpy(software, state + 464, sizeof(software));
	memcpy(&mask, state + 28, sizeof(mask));
	memcpy(last_insn, state + 8, sizeof(last_insn));
	for (int k = 0; k < BELOW; k++)
		patterns += below[k] == PATTERN;
	if (frame >= alternate && frame < alternate + sizeof(alternate))
		printf("signal %d at the alternate stack's end - %ld", sig, (long)(alternate + sizeof(alternate) - frame));
	else
		printf("signal %d at the stack pointer - %ld", sig, (long)(uc->uc_mcontext.gregs[REG_RSP] - (greg_t)frame));
	printf(", info +%ld, state +%ld: magic %x, %u of %u bytes, features %x", (long)((char *)si - frame), (long)((const char *)state - frame), software[0], software[4], software[1],
	       software[2]);
	printf(", mxcsr mask %x, x87 at %lx %lx, flags %lx, trap %lld, error %llx, cr2 %llx, %u of %d below as before\n", mask, last_insn[0], last_insn[1], uc->uc_flags,
	       uc->uc_mcontext.gregs[REG_TRAPNO], uc->uc_mcontext.gregs[REG_ERR], uc->uc_mcontext.gregs[REG_CR2], patterns, BELOW);
	if (change)
		((struct _libc_fpstate *)uc->uc_mcontext.fpregs)->_xmm[8].element[0] = 77;
	if (sig == SIGSEGV)
		siglongjmp(back, 1);
}

/* Leaves a pattern where the frames will lie. */
static void __attribute__((noinline)) strew(void)
{
	volatile uint8_t room[16384];

	for (size_t k = 0; k < sizeof(room); k++)
		room[k] = PATTERN;
}

/* A signal while registers hold something: one of SSE's, the x87 stack, the flags. */
static void __attribute__((noinline)) hit(int sig)
{
	uint64_t in = 42, out = 0, flags = 0;
	double three = 3, got = 0;
	long r = SYS_tgkill;

	strew();
	__asm__ volatile("movq %[in], %%xmm8\n	fldl %[three]\n	std\n	syscall\n	pushf\n	pop %[flags]\n	cld\n	fstpl %[got]\n	movq %%xmm8, %[out]\n"
			 : "+a"(r), [out] "=&r"(out), [flags] "=&r"(flags), [got] "=m"(got)
			 : [in] "r"(in), [three] "m"(three), "D"((long)getpid()), "S"(syscall(SYS_gettid)), "d"((long)sig)
			 : "rcx", "r11", "xmm8", "st", "memory");
	CHECK(r == 0);
	CHECK(got == 3 && flags & 0x400);
	printf("xmm8 %lu\n", out);
}

int main(void)
{
	struct sigaction a = {.sa_sigaction = entry, .sa_flags = SA_SIGINFO};
	stack_t s = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	MUST(sigaction(SIGUSR1, &a, NULL));
	MUST(sigaction(SIGSEGV, &a, NULL));
	a.sa_flags = 0;
	MUST(sigaction(SIGHUP, &a, NULL));
	a.sa_flags = SA_SIGINFO | SA_ONSTACK;
	MUST(sigaction(SIGUSR2, &a, NULL));
	setvbuf(stdout, NULL, _IOFBF, 65536);
	hit(SIGUSR1);
	strew();
	if (!sigsetjmp(back, 1))
		*(volatile int *)(uintptr_t)0x1230 = 1;
	strew();
	if (!sigsetjmp(back, 1))
		*(volatile int *)(uintptr_t)main = 1;
	strew();
	if (!sigsetjmp(back, 1))
		(void)*(volatile int *)UINT64_C(0x8000000000001230); /* no address at all */
	hit(SIGUSR1);
	hit(SIGHUP);
	hit(SIGUSR2);
	MUST(sigaltstack(&s, NULL));
	memset(alternate, PATTERN, sizeof(alternate));
	hit(SIGUSR2);
	change = 1;
	hit(SIGUSR2);
	hit(SIGUSR1);
	return 0;
}
