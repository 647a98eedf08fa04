/* hostile_launch: CMD ARG...: allows rdtsc again and becomes CMD. A box with a filter expects a tracer, and there rdtsc faults;
 * the box's own tests load a filter without a tracer and start what they run through this. No libc: its start reads the TSC. */
/* flags: -static -nostdlib -nostartfiles -fno-stack-protector -fno-pie -no-pie */
#include <asm/unistd.h>
#include <linux/prctl.h>

static long call(long n, long a, long b, long c)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}

__attribute__((used)) void launch(long *stack)
{
	long argc = stack[0];

	call(__NR_prctl, PR_SET_TSC, PR_TSC_ENABLE, 0);
	if (argc > 1)
		call(__NR_execve, stack[2], (long)(stack + 2), (long)(stack + argc + 2));
	call(__NR_exit_group, 127, 0, 0);
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall launch\n\thlt\n");
