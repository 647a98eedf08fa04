/* hostile_sites: a program with more instructions that ask the processor than anybody keeps a list of. */
/* control: same */
#include <stdio.h>

__asm__(".text; .globl lots; .type lots, @function; lots: push %rbx; .rept 100000; cpuid; .endr; pop %rbx; ret; .size lots, . - lots");

int main(void)
{
	puts("alive");
	return 0;
}
