/* A program of a few instructions, whose first calls, of which one stops, lie where detbuild's own beginning lay (engine/start.c). */
/* flags: -static -nostdlib -nostartfiles -fno-stack-protector -fno-pie -no-pie */
/* control: same */
/* expect:
tiny
*/
#include <asm/unistd.h>
#include <linux/prctl.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

/* As the C library makes calls: the number right before, which can become a jump. */
#define CALL(n, a, b, c) do { long r_; __asm__ volatile("mov $" TEXT(n) ", %%eax\n\tsyscall" : "=&a"(r_) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory"); } while (0)

__attribute__((used)) void tiny(void)
{
	CALL(__NR_prctl, PR_SET_TSC, PR_TSC_ENABLE, 0);
	CALL(__NR_write, 1, "tiny\n", 5);
	CALL(__NR_exit_group, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall tiny\n\thlt\n");
