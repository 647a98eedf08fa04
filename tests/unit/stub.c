/* Routines that answer cpuid without a stop, made for this program's own functions and executed in a copy of them. */
#include <elf.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "elf_bytes.h"
#include "test.h"

enum { PAGE = 4096, TRAPPED = 0x7777 };

struct answer { uint32_t eax, ebx, ecx, edx; uint64_t flags; };
typedef void asker(uint32_t leaf, uint32_t sub, struct answer *ret);
asker ask_constant, ask_before, ask_pad, ask_nothing;

#define ASKER(name, body) \
	__asm__(".text; .balign 16; .globl " name "; .type " name ", @function; " name ": .cfi_startproc;" \
		"push %rbx; .cfi_adjust_cfa_offset 8; mov %rdx, %r8; mov %esi, %ecx; mov %edi, %eax; xor %ebx, %ebx; xor %edx, %edx; cmp %esi, %edi;" \
		body \
		"pushfq; pop %r9; mov %eax, (%r8); mov %ebx, 4(%r8); mov %ecx, 8(%r8); mov %edx, 12(%r8); mov %r9, 16(%r8);" \
		"pop %rbx; ret; .cfi_endproc; .size " name ", . - " name "; .skip 144, 0xcc; .balign 16, 0xcc") /* no no-op of another is near */

ASKER("ask_constant", "mov $4, %eax; mov %esi, %ecx; cpuid;");
ASKER("ask_before", "movb $0, -8(%rsp); cpuid;");
ASKER("ask_pad", "jmp 1f; .byte 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0; 1: jmp 2f; 2: cpuid;");
ASKER("ask_nothing", "jmp 1f; 1: cpuid;");

static void cpuid(void *ctx, uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	uint32_t s = leaf == 4 ? (sub < 4 ? sub : 4) : leaf == 7 ? sub == 0 : leaf == 0xb ? sub : 0;

	(void)ctx;
	for (uint32_t k = 0; k < 4; k++)
		ret[k] = 0x80000000u + leaf * 1000 + s * 10 + k;
}

static void on_trap(int signo, siginfo_t *si, void *context)
{
	ucontext_t *u = context;
	const uint8_t *code = (const uint8_t *)(uintptr_t)u->uc_mcontext.gregs[REG_RIP];
	struct insn_trap t;

	(void)signo;
	(void)si;
	if (!insn_read_trap(code, 2, &t))
		abort();
	u->uc_mcontext.gregs[REG_RAX] = TRAPPED;
	u->uc_mcontext.gregs[REG_RBX] = (greg_t)(uint32_t)u->uc_mcontext.gregs[REG_RCX]; /* the sub-leaf that was asked for */
	u->uc_mcontext.gregs[REG_RIP] += 2;
}

static uint8_t *file;
static size_t size;
static Elf64_Phdr text;

static size_t in_copy(const void *f)
{
	extern const char __executable_start[];

	return (size_t)((uintptr_t)f - (uintptr_t)__executable_start - text.p_vaddr);
}

/* The segment ends, in the file that is read, a little behind the beginning of a page: how much room is left for routines must not depend on the
 * size of this program. */
static void cut_text(size_t header)
{
	size_t end = (in_copy((const void *)(uintptr_t)ask_nothing) / PAGE + 1) * PAGE + 64;

	if (end >= text.p_filesz)
		return;
	text.p_filesz = end;
	memset(file + text.p_offset + end, 0, PAGE - 64);
	memcpy(file + header, &text, sizeof(text));
}

static void read_program(void)
{
	FILE *f = fopen("/proc/self/exe", "re");
	Elf64_Ehdr head;

	file = malloc(size = 1 << 24);
	size = f ? fread(file, 1, size, f) : 0;
	if (f)
		fclose(f);
	memcpy(&head, file, sizeof(head));
	for (unsigned i = 0; i < head.e_phnum; i++) {
		memcpy(&text, file + head.e_phoff + i * sizeof(text), sizeof(text));
		if (text.p_type == PT_LOAD && text.p_flags & PF_X) {
			cut_text(head.e_phoff + i * sizeof(text));
			return;
		}
	}
}

/* The text as tracee/code.c leaves it in a guest. */
static uint8_t *make_copy(const struct insn_sites *sites, const struct insn_stubs *stubs)
{
	size_t n = (text.p_filesz + 2 * PAGE) / PAGE * PAGE;
	uint8_t *copy = mmap(NULL, n, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int wrong = copy == MAP_FAILED;

	memcpy(copy, file + text.p_offset, text.p_filesz);
	memcpy(copy + (stubs->at - text.p_offset), stubs->code, stubs->len);
	for (size_t i = 0; i < stubs->n; i++) {
		const struct insn_edit *e = &stubs->list[i];

		wrong += memcmp(copy + (e->at - text.p_offset), e->old, e->len) != 0;
		memcpy(copy + (e->at - text.p_offset), e->new, e->len);
	}
	for (size_t i = 0; i < sites->n; i++)
		if (!memcmp(copy + (sites->list[i].at - text.p_offset), sites->list[i].code, sites->list[i].len))
			memcpy(copy + (sites->list[i].at - text.p_offset), sites->list[i].trap, sites->list[i].len);
	test_int(wrong, 0, "every edit finds what it replaces");
	test_ok(stubs->len && stubs->at >= text.p_offset + text.p_filesz && stubs->at % PAGE + stubs->len <= PAGE, "routines behind the segment, in its page");
	return copy;
}

/* leaf: what is asked for; want: the leaf that is answered, UINT32_MAX: by the trap. */
static void check(const uint8_t *copy, asker *f, uint32_t leaf, uint32_t sub, uint32_t want, const char *name)
{
	asker *g = (asker *)(uintptr_t)(copy + in_copy((const void *)(uintptr_t)f));
	uint32_t v[4] = { TRAPPED, sub };
	struct answer a, flags;

	ask_nothing(leaf, sub, &flags);
	g(leaf, sub, &a);
	if (want != UINT32_MAX)
		cpuid(NULL, want, sub, v);
	test_ok(a.eax == v[0] && a.ebx == v[1] && (want == UINT32_MAX || (a.ecx == v[2] && a.edx == v[3])), name);
	if (want != UINT32_MAX) /* the flags as the instructions before left them */
		test_int(a.flags & 0x8d5, flags.flags & 0x8d5, "and no flag");
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	struct insn_sites sites;
	struct insn_stubs stubs;
	uint8_t *copy;

	read_program();
	sigaction(SIGSEGV, &sa, NULL);
	test_ok(find_in_elf(file, size, &sites) && sites.n >= 4, "the sites of this program");
	make_stubs(file, size, &sites, cpuid, NULL, &stubs);
	copy = make_copy(&sites, &stubs);
	for (uint32_t sub = 0; sub < 10; sub++) {
		check(copy, ask_constant, 99, sub, 4, "a constant leaf, any sub-leaf");
		check(copy, ask_before, 4, sub, 4, "by an instruction before");
		check(copy, ask_pad, 4, sub, 4, "by a no-op");
	}
	check(copy, ask_before, 2, 1, 2, "another leaf");
	check(copy, ask_pad, 0, 77, 0, "leaf 0");
	check(copy, ask_pad, 7, 0, 7, "leaf 7");
	check(copy, ask_pad, 7, 0xffffffff, 7, "its rest");
	check(copy, ask_before, 0xb, 3, UINT32_MAX, "a leaf without an end is asked with the trap");
	check(copy, ask_pad, 0x80000000, 5, UINT32_MAX, "and one that nobody thought of");
	check(copy, ask_nothing, 2, 5, UINT32_MAX, "no place, no jump");
	insn_stubs_clear(&stubs);
	insn_sites_clear(&sites);
	free(file);
	return test_end();
}
