/* prologue.c: what is done in a new program's name before its first instruction. */
#include "tracee/code.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "base/mem.h"

enum { PAGE = 4096 };

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

/* Opens a file of the box's by the label of its name, into r8d; on failure to 9. The filter knows the call by the secret in the fifth
 * and sixth argument, which openat itself has not. */
#define OPEN(label, flags) \
	"	mov $" TEXT(AGENT_DIRFD) ", %edi\n" \
	"	lea " label "(%rip), %rsi\n" \
	"	mov $" TEXT(flags) ", %edx\n" \
	"	mov %rbx, %r8\n" \
	"	mov %rbp, %r9\n" \
	"	mov $" TEXT(SYS_openat) ", %eax\n" \
	"	syscall\n" \
	"	test %eax, %eax\n" \
	"	js 9f\n" \
	"	mov %eax, %r8d\n"

/* Lies over the program's first instructions, in their page, until it has run. In: munmap(rdi, rsi) unless rsi is 0; r13: whether the
 * agent is to be mapped, with the secret in rbx and rbp; r15: whether cpuid is to fault as well (without the agent no secret lets that call pass);
 * r14: where it goes on then, on the agent's stack; 0: nowhere. Out: r12: it is. At the end, or when it could not be mapped, a call that always
 * stops. The descriptors are closed again: no number of the program's is taken. */
__asm__(
	".section .rodata\n"
	"prologue_code:\n"
	"	xor %r12d, %r12d\n"
	"	test %rsi, %rsi\n"
	"	jz 1f\n"
	"	mov $" TEXT(SYS_munmap) ", %eax\n"
	"	syscall\n"
	"1:	test %r13d, %r13d\n"
	"	jz 9f\n"
	"	test %r15d, %r15d\n"
	"	jz 2f\n"
	"	mov $" TEXT(ARCH_SET_CPUID) ", %edi\n"
	"	xor %esi, %esi\n"
	"	mov %rbx, %r8\n"
	"	mov %rbp, %r9\n"
	"	mov $" TEXT(SYS_arch_prctl) ", %eax\n"
	"	syscall\n"
	"2:\n"
	OPEN("3f", O_RDONLY | O_CLOEXEC)
	"	movabs $" TEXT(AGENT_BASE) ", %rdi\n"
	"	mov $" TEXT(AGENT_CODE_SIZE) ", %esi\n"
	"	mov $" TEXT(AGENT_CODE_PROT) ", %edx\n"
	"	mov $" TEXT(AGENT_MAP_FLAGS) ", %r10d\n"
	"	xor %r9d, %r9d\n"
	"	mov $" TEXT(SYS_mmap) ", %eax\n"
	"	syscall\n"
	"	cmp %rdi, %rax\n"
	"	jne 8f\n"
	"	movabs $" TEXT(AGENT_WORLD) ", %rdi\n"
	"	mov $" TEXT(AGENT_WORLD_SIZE) ", %esi\n"
	"	mov $" TEXT(AGENT_WORLD_PROT) ", %edx\n"
	"	mov $" TEXT(AGENT_CODE_SIZE) ", %r9d\n"
	"	mov $" TEXT(SYS_mmap) ", %eax\n"
	"	syscall\n"
	"	cmp %rdi, %rax\n"
	"	jne 8f\n"
	"	movabs $" TEXT(AGENT_STORE) ", %rdi\n"
	"	mov $" TEXT(AGENT_STORE_SIZE) ", %esi\n"
	"	mov $" TEXT(AGENT_CODE_PROT) ", %edx\n"
	"	mov $" TEXT(AGENT_STORE_FLAGS) ", %r10d\n"
	"	mov $" TEXT(AGENT_STORE_AT) ", %r9d\n"
	"	mov $" TEXT(SYS_mmap) ", %eax\n"
	"	syscall\n"
	"	cmp %rdi, %rax\n"
	"	jne 8f\n"
	"	mov %r8d, %edi\n"
	"	mov $" TEXT(SYS_close) ", %eax\n"
	"	syscall\n"
	OPEN("4f", O_RDWR | O_CLOEXEC)
	"	movabs $" TEXT(AGENT_WINDOW) ", %rdi\n"
	"	mov $" TEXT(AGENT_WINDOW_SIZE) ", %esi\n"
	"	mov $" TEXT(AGENT_WINDOW_PROT) ", %edx\n"
	"	mov $" TEXT(AGENT_MAP_FLAGS) ", %r10d\n"
	"	xor %r9d, %r9d\n"
	"	mov $" TEXT(SYS_mmap) ", %eax\n"
	"	syscall\n"
	"	cmp %rdi, %rax\n"
	"	sete %r12b\n"
	"8:	mov %r8d, %edi\n"
	"	mov $" TEXT(SYS_close) ", %eax\n"
	"	syscall\n"
	"	test %r12d, %r12d\n"
	"	jz 9f\n"
	"	test %r14, %r14\n"
	"	jz 9f\n"
	"	xor %ebx, %ebx\n" /* what follows saves registers where the program can read them */
	"	xor %ebp, %ebp\n"
	"	xor %r8d, %r8d\n"
	"	xor %r9d, %r9d\n"
	"	movabs $" TEXT(AGENT_FRAME) ", %rsp\n"
	"	jmp *%r14\n"
	"9:	xor %ebx, %ebx\n"
	"	xor %ebp, %ebp\n"
	"	xor %r8d, %r8d\n"
	"	xor %r9d, %r9d\n"
	"	mov $" TEXT(SYS_sched_yield) ", %eax\n"
	"	syscall\n"
	"	ud2\n"
	"3:	.asciz \"" AGENT_DIR "/" AGENT_CODE_FILE "\"\n"
	"4:	.asciz \"" AGENT_DIR "/" AGENT_WINDOW_FILE "\"\n"
	"prologue_end:\n"

	".text\n");

extern const uint8_t prologue_code[], prologue_end[];

static size_t code_size(void)
{
	return (size_t)((uintptr_t)prologue_end - (uintptr_t)prologue_code);
}

/* Where it goes: over the program's first instruction, or as far before it as the page's end demands. */
static gaddr place_for(gaddr entry)
{
	gaddr end = (entry & ~(gaddr)(PAGE - 1)) + PAGE;

	return end - entry < code_size() ? end - code_size() : entry;
}

bool tracee_prologue_put(struct tracee *t, const struct prologue *p, struct prologue_run *ret)
{
	struct user_regs_struct *r = &ret->regs;

	invariant(code_size() <= sizeof(ret->old));
	if (!tracee_regs(t, &ret->after))
		return false;
	ret->after.rsp = p->sp;
	*r = ret->after;
	r->rdi = p->unmap;
	r->rsi = p->unmap_len;
	r->r13 = p->agent;
	r->rbx = p->secret[0];
	r->rbp = p->secret[1];
	r->r14 = p->goes_on;
	r->r15 = p->mask_cpuid;
	r->rip = place_for(r->rip);
	ret->after.orig_rax = UINT64_MAX;
	ret->after.rax = 0;
	ret->at = r->rip;
	ret->code = prologue_code;
	ret->len = code_size();
	return tracee_code_put(t, ret->at, ret->code, ret->old, ret->len);
}

bool tracee_prologue_take_away(struct tracee *t, const struct prologue_run *run)
{
	return !t->dead && tracee_code_swap(t, run->at, run->code, run->old, run->len);
}

bool tracee_prologue_run(struct executor *x, struct tracee *t, const struct prologue_run *run, bool *ret_agent)
{
	static const uint64_t no_cpuid[6] = { ARCH_SET_CPUID, 0 };
	struct user_regs_struct r = run->regs;

	r.r14 = 0;
	*ret_agent = false;
	if (tracee_run_to_entry(x, t, &r)) {
		*ret_agent = t->orig.r12 & 1;
		if (r.r15 && !r.r13)
			tracee_real_call(x, t, SYS_arch_prctl, no_cpuid);
	}
	if (!tracee_prologue_take_away(t, run) || !tracee_set_regs(t, &run->after))
		t->dead = true;
	t->where = AT_OTHER;
	return !t->dead;
}
