/* A program of a few instructions, whose first calls, of which one stops, lie where detbuild's own beginning lay (engine/start.c). */
/* flags: -static -nostdlib -nostartfiles -fno-stack-protector -fno-pie -no-pie */
/* control: same */
/* expect:
tiny
*/
#include <asm/unistd.h>
#include <linux/prctl.h>

static long call(long n, long a, const void *b, long c)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}

__attribute__((used)) void tiny(void)
{
	call(__NR_prctl, PR_SET_TSC, (void *)PR_TSC_ENABLE, 0);
	call(__NR_write, 1, "tiny\n", 5);
	call(__NR_exit_group, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall tiny\n\thlt\n");
