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

__asm__(
	".globl _start\n"
	"_start:\n"
	"	mov $" TEXT(PR_SET_TSC) ", %edi\n"
	"	mov $" TEXT(PR_TSC_ENABLE) ", %esi\n"
	"	mov $" TEXT(__NR_prctl) ", %eax\n"
	"	syscall\n"
	"	mov $1, %edi\n"
	"	lea text(%rip), %rsi\n"
	"	mov $5, %edx\n"
	"	mov $" TEXT(__NR_write) ", %eax\n"
	"	syscall\n"
	"	xor %edi, %edi\n"
	"	mov $" TEXT(__NR_exit_group) ", %eax\n"
	"	syscall\n"
	"text:	.ascii \"tiny\\n\"\n");
