/* entry.c: from a call site into the agent and back. The site's stub (insn/stub.h) comes with the call's number and arguments where the
 * kernel wants them and the address of the syscall instruction in rcx; rcx and r11 are free, as that instruction would destroy them.
 *
 * E1. Everything else is as it was when the guest goes on, flags included; no byte of the guest's own stack is touched, so that
 *     neither a red zone nor a stack of a few bytes matters, and nothing of the host's remains in dead memory. */
#include "agent/internal.h"

#include <asm/unistd_64.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
/* All but CF, PF, AF, ZF, SF and OF, and two that a program always has. */
#define OTHER_FLAGS 0xfffff528
/* The lower part of a struct frame, which becomes the argument of what is called next; and back. */
#define SAVE \
	"	push %rax\n" \
	"	push %rdi\n" \
	"	push %rsi\n" \
	"	push %rdx\n" \
	"	push %r10\n" \
	"	push %r8\n" \
	"	push %r9\n" \
	"	push %rbx\n" \
	"	push %rbp\n" \
	"	push %r12\n" \
	"	push %r13\n" \
	"	push %r14\n" \
	"	push %r15\n" \
	"	cld\n" \
	"	mov %rsp, %rdi\n"
/* Behind pushfq: the guest may have asked for a fault where an address is not aligned (AC). */
#define ALLOW_UNALIGNED \
	"	testl $0x40000, (%rsp)\n" \
	"	jz 3f\n" \
	"	pushq (%rsp)\n" \
	"	andl $~0x40000, (%rsp)\n" \
	"	popfq\n" \
	"3:\n"
#define RESTORE \
	"	pop %r15\n" \
	"	pop %r14\n" \
	"	pop %r13\n" \
	"	pop %r12\n" \
	"	pop %rbp\n" \
	"	pop %rbx\n" \
	"	pop %r9\n" \
	"	pop %r8\n" \
	"	pop %r10\n" \
	"	pop %rdx\n" \
	"	pop %rsi\n" \
	"	pop %rdi\n" \
	"	pop %rax\n"

__asm__(
	".section .text.entry, \"ax\"\n"
	".globl agent_entry\n"
	"agent_entry:\n"
	"	movabs $" TEXT(AGENT_STACK) ", %r11\n"
	"	mov %rsp, -8(%r11)\n"
	"	lea -8(%r11), %rsp\n"
	"	pushfq\n"
	ALLOW_UNALIGNED
	"	push %rcx\n"
	SAVE
	"	call agent_call\n"
	"agent_leave:\n"
	/* popfq takes as long as all else here, and is for flags that programs seldom set; those of arithmetic can be made. */
	"	mov 112(%rsp), %eax\n"
	"	test $" TEXT(OTHER_FLAGS) ", %eax\n"
	"	jnz 1f\n"
	"	mov %eax, %ecx\n"
	"	shr $11, %ecx\n"
	"	mov %al, %ah\n"
	"	add $0x7f, %cl\n" /* overflows when the flag was set */
	"	sahf\n"
	RESTORE
	"	pop %rcx\n"
	"	pop %r11\n"
	"	pop %rsp\n"
	"	jmp *%rcx\n"
	"1:\n"
	RESTORE
	"	pop %rcx\n"
	"	mov (%rsp), %r11\n"
	"	popfq\n"
	"	pop %rsp\n"
	"	jmp *%rcx\n"
	"\n"
	/* rax: an rdtsc instruction; rdx: free */
	".globl agent_tsc_entry\n"
	"agent_tsc_entry:\n"
	"	mov %rcx, agent_saved(%rip)\n"
	"	mov %r11, agent_saved + 8(%rip)\n"
	"	movabs $" TEXT(AGENT_STACK) ", %rdx\n"
	"	mov %rsp, -8(%rdx)\n"
	"	lea -8(%rdx), %rsp\n"
	"	pushfq\n"
	ALLOW_UNALIGNED
	"	push %rax\n"
	SAVE
	"	call agent_tsc\n"
	"agent_leave_all:\n"
	RESTORE
	"	pop %rcx\n"
	"	popfq\n"
	"	mov %rcx, -8(%rsp)\n"
	"	mov agent_saved(%rip), %rcx\n"
	"	mov agent_saved + 8(%rip), %r11\n"
	"	pop %rsp\n"
	"	jmp *agent_goes_on(%rip)\n"
	"\n"
	/* The supervisor brings the thread here, with its registers in the frame and the frame as its stack. */
	".globl agent_edit_entry, agent_edit_failed\n"
	"agent_edit_entry:\n"
	"	cld\n"
	"	call agent_edit\n"
	"	test %al, %al\n"
	"	jnz agent_leave_all\n"
	"	mov $" TEXT(__NR_sched_yield) ", %eax\n" /* which stops, and raises no signal */
	"	syscall\n"
	"agent_edit_failed:\n"
	"	jmp agent_leave_all\n"
	"\n"
	".globl agent_stop, agent_stopped\n"
	"agent_stop:\n"
	"	mov $" TEXT(__NR_sched_yield) ", %eax\n"
	"	syscall\n"
	"agent_stopped:\n"
	"	ret\n"
	"\n"
	".globl agent_cannot\n"
	"agent_cannot:\n"
	"	call agent_may_give_up\n"
	"	movabs $" TEXT(AGENT_FRAME) ", %rsp\n"
	"	jmp agent_leave\n"
	"\n"
	/* int64_t agent_copy(void *to, const void *from, uint64_t n). By words, when none of them can lie in two pages of which one is there: what is
	 * copied before a fault is then the same. */
	".globl agent_copy, agent_copy_from, agent_copy_to, agent_copy_fault\n"
	"agent_copy:\n"
	"	mov %rdx, %rcx\n"
	"	cmp $256, %rdx\n"
	"	ja agent_copy_from\n"
	"	mov %edi, %eax\n"
	"	and $4095, %eax\n"
	"	add %edx, %eax\n"
	"	cmp $4096, %eax\n"
	"	ja agent_copy_from\n"
	"	mov %esi, %eax\n"
	"	and $4095, %eax\n"
	"	add %edx, %eax\n"
	"	cmp $4096, %eax\n"
	"	jbe 2f\n"
	"agent_copy_from:\n"
	"	rep movsb\n"
	"	jmp agent_copy_to\n"
	"1:	mov (%rsi), %rax\n"
	"	mov %rax, (%rdi)\n"
	"	mov 8(%rsi), %rax\n"
	"	mov %rax, 8(%rdi)\n"
	"	mov 16(%rsi), %rax\n"
	"	mov %rax, 16(%rdi)\n"
	"	add $24, %rsi\n"
	"	add $24, %rdi\n"
	"	sub $24, %rcx\n"
	"2:	cmp $24, %rcx\n"
	"	jae 1b\n"
	"	jmp 6f\n"
	"5:	mov (%rsi), %rax\n"
	"	mov %rax, (%rdi)\n"
	"	add $8, %rsi\n"
	"	add $8, %rdi\n"
	"	sub $8, %rcx\n"
	"6:	cmp $8, %rcx\n"
	"	jae 5b\n"
	"	jmp 4f\n"
	"3:	mov (%rsi), %al\n"
	"	mov %al, (%rdi)\n"
	"	inc %rsi\n"
	"	inc %rdi\n"
	"	dec %rcx\n"
	"4:	test %rcx, %rcx\n"
	"	jnz 3b\n"
	"agent_copy_to:\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	"agent_copy_fault:\n"
	"	mov $-14, %rax\n" /* EFAULT */
	"	ret\n"
	".text\n");


extern const char agent_entry[], agent_tsc_entry[], agent_edit_entry[], agent_edit_failed[], agent_stopped[], agent_copy_from[], agent_copy_to[], agent_copy_fault[];

__attribute__((section(".image"), used)) const struct wire_image agent_image = {
	.entry = (uint64_t)agent_entry, .tsc_entry = (uint64_t)agent_tsc_entry, .edit_entry = (uint64_t)agent_edit_entry, .edit_failed = (uint64_t)agent_edit_failed, .stopped = (uint64_t)agent_stopped,
	.cannot = (uint64_t)agent_cannot, .copy_from = (uint64_t)agent_copy_from, .copy_to = (uint64_t)agent_copy_to,
	.copy_fault = (uint64_t)agent_copy_fault,
};

int64_t agent_syscall(uint64_t nr, const uint64_t arg[6])
{
	/* cppcheck-suppress constStatement */
	register uint64_t a3 __asm__("r10") = arg[3], a4 __asm__("r8") = arg[4], a5 __asm__("r9") = arg[5];
	int64_t ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(arg[0]), "S"(arg[1]), "d"(arg[2]), "r"(a3), "r"(a4), "r"(a5) : "rcx", "r11", "memory");
	return ret;
}
