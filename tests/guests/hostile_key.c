/* hostile_key: looks for the key of the prologue's door (syscall/filter_agent.c) where a program's first instruction finds what was done before it: in the
 * agent's stack and what saves registers. Nothing runs before it looks: no C library. Tries each two words in a row, either way round. */
/* control: same */
/* flags: -Isrc -static -nostdlib -nostartfiles -fno-stack-protector -fno-pie -no-pie -mgeneral-regs-only */
#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#include "syscall/agent_place.h"

enum { WORDS = 480, ARCH_SET_CPUID = 0x1012 };

static uint64_t found[WORDS];

static long call(long nr, long a, long b, long c, uint64_t e, uint64_t f)
{
	register uint64_t r10 __asm__("r10") = 0, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return r;
}

__attribute__((used)) void look(void)
{
	static char text[] = "keys: 0, words that are not 0: 0\n";
	const uint64_t *from = (const uint64_t *)(AGENT_STACK + 0x100 - sizeof(found));
	char *const keys = text + 6, *const words = text + sizeof(text) - 3;

	for (size_t i = 0; i < WORDS; i++)
		found[i] = from[i];
	for (size_t i = 0; i + 1 < WORDS; i++)
		for (size_t k = 0; k < 2 && (found[i] || found[i + 1]); k++) {
			*words = '1';
			if (call(__NR_openat, AGENT_DIRFD, (long)"/proc/driver/code", 0, found[i + k], found[i + !k]) >= 0 ||
			    call(__NR_arch_prctl, ARCH_SET_CPUID, 1, 0, found[i + k], found[i + !k]) == 0)
				*keys = '1';
		}
	call(__NR_write, 1, (long)text, sizeof(text) - 1, 0, 0);
	/* exit_group(2), where a call becomes a jump to the agent: without any the program would begin in another way */
	__asm__ volatile("mov $231, %%eax\n\tsyscall" : : "D"(0) : "rax", "rcx", "r11", "memory");
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall look\n\thlt\n");
