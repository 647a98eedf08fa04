/* Jumps from system calls to an agent: made for small files of a few functions each, executed in copies of them; and for this machine's C library. */
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "elf_bytes.h"
#include "insn/tsc_place.h"
#include "test.h"

enum { PAGE = 4096, ANSWER = 0x4321, FUNCTIONS = 8, NUMBERS = 7 };

/* ---- the functions ------------------------------------------------------------------------------------------------------- */

#define CODE(name, body) \
	extern const uint8_t name[], name##_end[]; \
	__asm__(".text; .globl " #name ", " #name "_end; " #name ": " body "; " #name "_end: nop")
#define PAD ".byte 0x0f, 0x1f, 0x80, 0, 0, 0, 0;" /* seven bytes */

CODE(by_mov, "mov $39, %eax; syscall; ret");
CODE(by_xor, PAD "lea 1(%rdx), %rdx; xor %eax, %eax; syscall; ret"); /* the no-op is executed as well */
CODE(by_copy, "mov $39, %r8d; mov %r8d, %eax; movb $0, -8(%rsp); syscall; ret");
CODE(to_the_site, "mov $39, %eax; jmp 1f; mov $39, %eax; 1: syscall; ret");
CODE(red_zone, "mov %r9, -8(%rsp); mov $39, %eax; syscall; mov -8(%rsp), %r10; ret");
CODE(relative, "mov $39, %eax; lea 0(%rip), %rdi; syscall; ret");
CODE(branch, "mov $39, %eax; jmp 1f; 1: syscall; ret");
CODE(ends_before, "mov $39, %eax; syscall; ret");
CODE(unknown, "mov $39, %eax; mov %edi, %eax; syscall; ret");
CODE(from_memory, "mov $39, %eax; mov 8(%rdi), %eax; syscall; ret");
CODE(other_way, "mov $39, %eax; ret; movq $0, -8(%rsp); syscall; ret");
CODE(by_pointer, "mov $39, %eax; movq $0, (%rdi); syscall; ret");
CODE(by_rbp, "mov $39, %eax; movq $0, -8(%rbp); syscall; ret");
CODE(by_frame, "push %rbp; mov %rsp, %rbp; mov $39, %eax; movq $0, -8(%rbp); syscall; pop %rbp; ret");
CODE(tsc_pointer, "lea (%rdi), %rsi; rdtsc; mov (%rdi), %r9; ret");
CODE(inside, "mov $0x050f, %eax; mov $39, %eax; ret");
CODE(two_short, "jmp 1f;" PAD "1: xor %eax, %eax; syscall; xor %eax, %eax; syscall; ret");
CODE(no_pad, "xor %eax, %eax; syscall; ret");
CODE(small_pad, ".byte 0x66, 0x0f, 0x1f, 0x44, 0, 0; xor %eax, %eax; syscall; ret");
CODE(far_before, PAD ".skip 125, 0x90; xor %eax, %eax; syscall; ret");
CODE(far_behind, "xor %eax, %eax; syscall; .skip 124, 0x90;" PAD "ret");
CODE(just_before, PAD ".skip 120, 0x90; xor %eax, %eax; syscall; ret");
CODE(just_behind, "xor %eax, %eax; syscall; .skip 123, 0x90;" PAD "ret");
CODE(pad_only, "jmp 1f;" PAD "1: ret");
CODE(tsc_behind, "mov $7, %r9d; rdtsc; mov %rax, %r10; ret");
CODE(tsc_no_op, PAD "lea (%rdi), %rsi; rdtsc; mov %rax, %r10; ret");
CODE(tsc_alone, "lea (%rdi), %rsi; rdtsc; mov %rax, %r10; ret");
CODE(tsc_entered, "jmp 1f; lea (%rdi), %rsi; rdtsc; 1: mov %rax, %r10; ret");
CODE(tsc_last, "lea (%rdi), %rsi; rdtsc; ret; nop; nop; nop");
CODE(tsc_relative, "mov 1f(%rip), %r9; rdtsc; mov %rax, %r10; ret; 1: .quad 0x123456789");
CODE(tsc_relative_behind, "lea (%rdi), %rsi; rdtsc; mov 1f(%rip), %r9; mov %rax, %r10; ret; 1: .quad 0x123456789");
CODE(cpuid_and_call, "mov $4, %eax; cpuid; jmp 1f;" PAD "1: jmp 2f; 2: cpuid; xor %eax, %eax; syscall; mov $39, %eax; syscall; ret");

/* ---- files --------------------------------------------------------------------------------------------------------------- */

/* An executable segment of one page and a bit, with functions that symbols describe. */
struct file {
	Elf64_Ehdr head;
	Elf64_Phdr load;
	Elf64_Shdr symbols;
	Elf64_Sym list[FUNCTIONS];
	uint8_t code[3 * PAGE] __attribute__((aligned(PAGE)));
};

static struct file f;
static size_t n_functions;
static const uint64_t text = offsetof(struct file, code);

/* room: bytes behind the segment in its page. */
static void begin(size_t room)
{
	memset(&f, 0, sizeof(f));
	n_functions = 0;
	memcpy(f.head.e_ident, ELFMAG, SELFMAG);
	f.head.e_ident[EI_CLASS] = ELFCLASS64;
	f.head.e_ident[EI_DATA] = ELFDATA2LSB;
	f.head.e_machine = EM_X86_64;
	f.head.e_phoff = offsetof(struct file, load);
	f.head.e_phentsize = sizeof(f.load);
	f.head.e_phnum = 1;
	f.head.e_shoff = offsetof(struct file, symbols);
	f.head.e_shentsize = sizeof(f.symbols);
	f.head.e_shnum = 1;
	f.load = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = text, .p_vaddr = text };
	f.load.p_filesz = f.load.p_memsz = 2 * PAGE - room;
	f.symbols = (Elf64_Shdr){ .sh_type = SHT_SYMTAB, .sh_entsize = sizeof(f.list[0]), .sh_offset = offsetof(struct file, list) };
	memset(f.code, 0xcc, f.load.p_filesz);
}

/* Puts the function at this place in the segment. */
static void function(size_t at, const uint8_t *code, const uint8_t *end)
{
	memcpy(f.code + at, code, (size_t)(end - code));
	f.list[n_functions] = (Elf64_Sym){ .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC), .st_shndx = 1, .st_value = text + at };
	f.list[n_functions++].st_size = (uint64_t)(end - code);
	f.symbols.sh_size = n_functions * sizeof(f.list[0]);
}

static bool wants(void *ctx, uint32_t nr)
{
	*(unsigned *)ctx += 1;
	return nr == 39 || nr == 0;
}

static bool wants_none(void *ctx, uint32_t nr)
{
	*(unsigned *)ctx += nr == 39;
	return false;
}

/* The edits of a file that has this function only. */
static size_t edits_of(const uint8_t *code, const uint8_t *end, size_t room, insn_call_fn *fn)
{
	unsigned asked = 0;
	struct insn_stubs s;
	size_t n;

	begin(room);
	function(0, code, end);
	make_call_stubs((const uint8_t *)&f, sizeof(f), NULL, &(const struct insn_agent){ .call = 0x1234 }, fn, &asked, &s);
	n = s.n;
	if (!n && (s.code || s.list))
		n = SIZE_MAX;
	insn_stubs_clear(&s);
	return n;
}

#define EDITS(name, room, fn) edits_of(name, name##_end, room, fn)

/* The function is said to end before its call, as glibc says it of clone3. */
static size_t edits_of_cut(size_t len)
{
	unsigned asked = 0;
	struct insn_stubs s;
	size_t n;

	begin(1024);
	function(0, ends_before, ends_before_end);
	f.list[0].st_size = len;
	make_call_stubs((const uint8_t *)&f, sizeof(f), NULL, &(const struct insn_agent){ .call = 0x1234 }, wants, &asked, &s);
	n = s.n;
	insn_stubs_clear(&s);
	return n;
}

static void check_choice(void)
{
	test_int(EDITS(by_mov, 1024, wants), 1, "a mov before the call");
	test_int(EDITS(by_mov, 1024, wants_none), 0, "a number that is not wanted");
	test_int(edits_of_cut(5), 1, "a function that is said to end before its call");
	test_int(edits_of_cut(4), 0, "... in the middle of the instruction before");
	test_int(EDITS(by_xor, 1024, wants), 2, "a short instruction, by a no-op");
	test_int(EDITS(by_copy, 1024, wants), 1, "a number by way of a register, another instruction before the call");
	test_int(EDITS(relative, 1024, wants), 0, "what depends on its place stays");
	test_int(EDITS(branch, 1024, wants), 0, "and so does a jump");
	test_int(EDITS(unknown, 1024, wants), 0, "a number that the caller has");
	test_int(EDITS(from_memory, 1024, wants), 0, "a number in memory");
	test_int(EDITS(other_way, 1024, wants), 1, "a number from before a return, which another way may bring: a guess is as good");
	test_int(EDITS(by_pointer, 1024, wants), 0, "what could fault stays: the handler would see where");
	test_int(EDITS(by_rbp, 1024, wants), 0, "a register that is no frame pointer, for all that is known");
	test_int(EDITS(by_frame, 1024, wants), 1, "one that is");
	test_int(EDITS(inside, 1024, wants), 0, "a constant that looks like a call");
	test_int(EDITS(no_pad, 1024, wants), 0, "a short instruction without a no-op");
	test_int(EDITS(small_pad, 1024, wants), 0, "a no-op that is too short");
	test_int(EDITS(far_before, 1024, wants) + EDITS(far_behind, 1024, wants), 0, "one that is too far away");
	test_int(EDITS(just_before, 1024, wants) + EDITS(just_behind, 1024, wants), 4, "one that is just near enough");
	test_int(EDITS(two_short, 1024, wants), 2, "one no-op serves one call");
	test_int(EDITS(by_mov, 0, wants), 0, "no room");
	test_int(EDITS(by_mov, 13 + 17 - 1, wants), 0, "not room enough");
	test_int(EDITS(by_mov, 32, wants), 1, "just room enough");
}

/* ---- no-ops nearby ------------------------------------------------------------------------------------------------------- */

static bool overlap(const struct insn_stubs *a, const struct insn_stubs *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if ((a != b || i != k) && a->list[i].at < b->list[k].at + b->list[k].len && b->list[k].at < a->list[i].at + a->list[i].len)
				return true;
	return a != b && a->len && b->len && a->at < b->at + b->len && b->at < a->at + a->len;
}

static void make(const struct insn_stubs *before, uint64_t entry, struct insn_stubs *ret)
{
	unsigned asked = 0;

	make_call_stubs((const uint8_t *)&f, sizeof(f), before, &(const struct insn_agent){ .call = entry }, wants, &asked, ret);
}

static void check_pads(void)
{
	struct insn_stubs s;

	begin(1024);
	function(64, pad_only, pad_only_end);
	function(128, no_pad, no_pad_end);
	make(NULL, 1, &s);
	test_int(s.n, 2, "a no-op in the function before");
	insn_stubs_clear(&s);
	begin(1024);
	function(64, pad_only, pad_only_end);
	function(512, no_pad, no_pad_end);
	make(NULL, 1, &s);
	test_int(s.n, 0, "one that is out of reach");
	insn_stubs_clear(&s);
	begin(1024);
	function(128, no_pad, no_pad_end);
	memcpy(f.code + 128 + (no_pad_end - no_pad), "\x66\x90\x0f\x1f\x80\0\0\0\0", 9);
	function(160, by_mov, by_mov_end);
	make(NULL, 1, &s);
	test_ok(s.n == 3 && s.list[0].len == 7, "a no-op in the padding between functions");
	insn_stubs_clear(&s);
	f.code[128 + (no_pad_end - no_pad)] = 0x50;
	make(NULL, 1, &s);
	test_int(s.n, 1, "but not behind something else");
	insn_stubs_clear(&s);
	f.code[2 * PAGE - 1] = 1;
	make(NULL, 1, &s);
	test_ok(!s.n && !s.code, "a room in which something lies is none");
	insn_stubs_clear(&s);
	begin(32);
	function(0, by_mov, by_mov_end);
	function(32, by_mov, by_mov_end);
	make(NULL, 1, &s);
	test_ok(s.n == 1 && s.len == 30, "room for one of two");
	insn_stubs_clear(&s);
	begin(1024);
	function(64, by_xor, by_xor_end);
	function(96, two_short, two_short_end);
	make(NULL, 1, &s);
	test_ok(s.n == 4 && !overlap(&s, &s), "three calls and two no-ops");
	insn_stubs_clear(&s);
}

static void cpuid(void *ctx, uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	(void)ctx;
	ret[0] = ret[1] = ret[2] = leaf;
	ret[3] = leaf == 4 && sub < 4 ? sub : 4;
}

static void check_before(void)
{
	struct insn_sites sites;
	struct insn_stubs before, s;

	begin(2048);
	function(0, cpuid_and_call, cpuid_and_call_end);
	test_ok(find_in_elf((const uint8_t *)&f, sizeof(f), &sites) && sites.n == 2, "two cpuid beside the calls");
	make_stubs((const uint8_t *)&f, sizeof(f), &sites, cpuid, NULL, &before);
	make(&before, 1, &s);
	test_int(before.n, 3, "the no-op is the second one's");
	test_ok(s.n == 1 && s.list[0].len == 5, "so the short call has none, and the long one its jump");
	test_ok(!overlap(&before, &s) && s.at % 16 == 0 && s.at - (before.at + before.len) < 16, "the routines lie behind the others");
	insn_stubs_clear(&s);
	make(NULL, 1, &s);
	test_int(s.n, 3, "it would have had it");
	insn_stubs_clear(&before);
	make(&s, 1, &before);
	test_int(before.n, 0, "a second time there is nothing left");
	insn_stubs_clear(&s);
	insn_sites_clear(&sites);
}

/* ---- executing ----------------------------------------------------------------------------------------------------------- */

/* rax rbx rcx rdx rsi rdi rbp r8 .. r15, flags, rsp */
enum { RAX, RCX = 2, R11 = 10, FLAGS = 15, RSP, REGISTERS };

void run(const void *code, uint64_t r[REGISTERS]);
__asm__(".text; .globl run; run: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rsi; push %rdi;"
	"mov %rsi, %r15; push 120(%r15); popfq;"
	"mov (%r15), %rax; mov 8(%r15), %rbx; mov 16(%r15), %rcx; mov 24(%r15), %rdx; mov 32(%r15), %rsi; mov 40(%r15), %rdi; mov 48(%r15), %rbp;"
	"mov 56(%r15), %r8; mov 64(%r15), %r9; mov 72(%r15), %r10; mov 80(%r15), %r11; mov 88(%r15), %r12; mov 96(%r15), %r13; mov 104(%r15), %r14;"
	"mov 112(%r15), %r15; call *(%rsp);"
	"xchg %r15, 8(%rsp); mov %rax, (%r15); mov %rbx, 8(%r15); mov %rcx, 16(%r15); mov %rdx, 24(%r15); mov %rsi, 32(%r15); mov %rdi, 40(%r15);"
	"mov %rbp, 48(%r15); mov %r8, 56(%r15); mov %r9, 64(%r15); mov %r10, 72(%r15); mov %r11, 80(%r15); mov %r12, 88(%r15); mov %r13, 96(%r15);"
	"mov %r14, 104(%r15); mov %rsp, 128(%r15); pushfq; pop 120(%r15); mov 8(%rsp), %rax; mov %rax, 112(%r15); cld;"
	"pop %rdi; pop %rsi; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret");

/* The agent notes what it gets, and answers, or goes back to the call. */
extern const uint8_t agent[], agent_answers[], agent_passes[];
extern uint64_t agent_rax, agent_rcx, agent_next, agent_times;
__asm__(".data; .balign 8; agent_rax: .quad 0; agent_rcx: .quad 0; agent_next: .quad 0; agent_times: .quad 0; .text;"
	"agent: mov %rax, agent_rax(%rip); mov %rcx, agent_rcx(%rip);"
	"mov agent_times(%rip), %r11; lea 1(%r11), %r11; mov %r11, agent_times(%rip); jmp *agent_next(%rip);"
	"agent_answers: mov $0x4321, %eax; lea 2(%rcx), %rcx; jmp *%rcx;"
	"agent_passes: jmp *%rcx");

static uint8_t *make_copy(const struct insn_stubs *s)
{
	uint8_t *copy = mmap(NULL, sizeof(f.code), PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int wrong = 0;

	memcpy(copy, f.code, sizeof(f.code));
	memcpy(copy + (s->at - text), s->code, s->len);
	for (size_t i = 0; i < s->n; i++) {
		wrong += memcmp(copy + (s->list[i].at - text), s->list[i].old, s->list[i].len) != 0;
		memcpy(copy + (s->list[i].at - text), s->list[i].new, s->list[i].len);
	}
	test_int(wrong, 0, "every edit finds what it replaces");
	test_ok(s->at >= text + f.load.p_filesz && (s->at % PAGE) + s->len <= PAGE, "routines behind the segment, in its page");
	return copy;
}

/* Everything but rax, rcx and r11, which the kernel does not keep either. */
static bool same(const uint64_t a[REGISTERS], const uint64_t b[REGISTERS])
{
	for (unsigned k = 0; k < REGISTERS; k++)
		if (k != RAX && k != RCX && k != R11 && a[k] != b[k])
			return false;
	return true;
}

static void check_run(const uint8_t *code, const uint8_t *end, const uint8_t *next, uint64_t flags, bool by_agent, const char *name)
{
	uint64_t plain[REGISTERS], changed[REGISTERS], nr = 39;
	struct insn_stubs s;
	uint8_t *copy;

	begin(1024);
	function(PAGE - 4, code, end);
	make(NULL, (uint64_t)(uintptr_t)agent, &s);
	copy = make_copy(&s);
	for (unsigned k = 0; k < REGISTERS; k++)
		plain[k] = changed[k] = UINT64_C(0x0101010101010101) * k;
	plain[5] = changed[5] = UINT64_MAX; /* read: no such descriptor */
	plain[FLAGS] = changed[FLAGS] = flags;
	if (code == by_xor)
		nr = 0;
	agent_next = (uint64_t)(uintptr_t)next;
	agent_rax = agent_rcx = agent_times = 0;
	run(code, plain);
	run(copy + PAGE - 4, changed);
	test_ok(same(plain, changed), name);
	if (next == agent_passes || !by_agent)
		test_int(changed[RAX], plain[RAX], "the kernel's answer");
	else
		test_int(changed[RAX], ANSWER, "the agent's answer");
	test_int(agent_times, by_agent, "by the agent, or not");
	if (by_agent)
		test_ok(agent_rax == nr && agent_rcx > (uintptr_t)copy && agent_rcx < (uintptr_t)copy + f.load.p_filesz &&
			!memcmp((const void *)(uintptr_t)agent_rcx, "\x0f\x05", 2), "which knows number and place");
	munmap(copy, sizeof(f.code));
	insn_stubs_clear(&s);
}

static void check_both(const uint8_t *code, const uint8_t *end, bool by_agent, const char *name)
{
	enum { ONE = 0x202, ALL = 0xed7 }; /* carry, parity, adjust, zero, sign, direction, overflow */

	check_run(code, end, agent_answers, ONE, by_agent, name);
	check_run(code, end, agent_answers, ALL, by_agent, name);
	check_run(code, end, agent_passes, ONE, by_agent, name);
	check_run(code, end, agent_passes, ALL, by_agent, name);
}

static void check_running(void)
{
	check_both(by_mov, by_mov_end, true, "by a mov");
	check_both(by_xor, by_xor_end, true, "by xor and a no-op");
	check_both(by_copy, by_copy_end, true, "by another instruction");
	check_both(red_zone, red_zone_end, true, "what lies below the stack pointer stays");
	check_both(to_the_site, to_the_site_end, false, "a jump to the call finds it");
}

/* ---- rdtsc --------------------------------------------------------------------------------------------------------------- */

/* As the agent: gets an rdtsc's address in rax, and goes on behind it with an answer, or at it. */
extern const uint8_t tsc_agent[], tsc_answers[], tsc_passes[];
__asm__(".text; tsc_agent: mov %rax, agent_rax(%rip); mov agent_times(%rip), %rdx; lea 1(%rdx), %rdx; mov %rdx, agent_times(%rip); jmp *agent_next(%rip);"
	"tsc_answers: lea 2(%rax), %rax; mov %rax, agent_rcx(%rip); mov $0x4321, %eax; mov $0x5, %edx; jmp *agent_rcx(%rip);"
	"tsc_passes: jmp *%rax");

static void check_tsc_run(const uint8_t *code, const uint8_t *end, const uint8_t *next, const char *name)
{
	enum { AT = 64, RDX = 3, R10 = 9, FLAGS_SET = 0xed7 };
	const uint8_t *site = memmem(code, (size_t)(end - code), "\x0f\x31", 2);
	uint64_t plain[REGISTERS], changed[REGISTERS];
	unsigned asked = 0;
	struct insn_stubs s;
	uint8_t *copy;

	begin(1024);
	function(AT, code, end);
	make_call_stubs((const uint8_t *)&f, sizeof(f), NULL, &(const struct insn_agent){ .call = 1, .tsc = (uint64_t)(uintptr_t)tsc_agent }, wants, &asked, &s);
	copy = make_copy(&s);
	for (unsigned k = 0; k < REGISTERS; k++)
		plain[k] = changed[k] = UINT64_C(0x0101010101010101) * k;
	plain[FLAGS] = changed[FLAGS] = FLAGS_SET;
	agent_next = (uint64_t)(uintptr_t)next;
	agent_times = 0;
	run(code, plain);
	run(copy + AT, changed);
	test_int(agent_times, 1, "the agent is asked");
	test_ok(next == tsc_passes ? changed[R10] > plain[R10] >> 8 : changed[R10] == ANSWER && changed[RDX] == 5, name);
	changed[R10] = plain[R10]; /* what was read, by design another number each time */
	changed[RDX] = plain[RDX];
	changed[RCX] ^= plain[RCX];
	test_ok(same(plain, changed) && !changed[RCX], "nothing else changes, not even what a call would change");
	test_ok(!memcmp((const void *)(uintptr_t)agent_rax, "\x0f\x31", 2) &&
		insn_tsc_place((const uint8_t *)(uintptr_t)agent_rax, INSN_TSC_LOOK, agent_rax) == (uintptr_t)copy + AT + (size_t)(site - code), "its place is where it stood");
	munmap(copy, sizeof(f.code));
	insn_stubs_clear(&s);
}

static size_t tsc_edits(const uint8_t *code, const uint8_t *end, uint64_t tsc)
{
	unsigned asked = 0;
	struct insn_stubs s;
	size_t n;

	begin(1024);
	function(64, code, end);
	make_call_stubs((const uint8_t *)&f, sizeof(f), NULL, &(const struct insn_agent){ .call = 1, .tsc = tsc }, wants, &asked, &s);
	n = s.n;
	insn_stubs_clear(&s);
	return n;
}

/* Where it does not fault a routine holds the trap, which says where it stood as the instruction would. */
static void check_trap(const uint8_t *code, const uint8_t *end, const char *name)
{
	const uint8_t *site = memmem(code, (size_t)(end - code), "\x0f\x31", 2), *trap;
	uint8_t there[PAGE + INSN_TSC_LOOK] = { 0 };
	unsigned asked = 0;
	struct insn_stubs s;

	begin(1024);
	function(64, code, end);
	make_call_stubs((const uint8_t *)&f, sizeof(f), NULL, &(const struct insn_agent){ .call = 1, .tsc = 2, .traps = true }, wants, &asked, &s);
	memcpy(there, s.code, s.len);
	trap = memmem(there, s.len, "\xcd\x31", 2);
	test_ok(trap && !memmem(there, s.len, "\x0f\x31", 2), name);
	test_ok(trap && insn_tsc_place(trap, INSN_TSC_LOOK, s.at + (size_t)(trap - there)) == offsetof(struct file, code) + 64 + (size_t)(site - code), "and leads back");
	insn_stubs_clear(&s);
}

static void check_tsc(void)
{
	check_trap(tsc_no_op, tsc_no_op_end, "by a no-op: a trap in the routine");
	check_trap(tsc_alone, tsc_alone_end, "with what stands behind: a trap in the routine");
	test_int(tsc_edits(tsc_behind, tsc_behind_end, 2), 1, "rdtsc behind an instruction with room for a jump");
	test_int(tsc_edits(tsc_no_op, tsc_no_op_end, 2), 2, "rdtsc itself, by a no-op");
	test_int(tsc_edits(tsc_alone, tsc_alone_end, 2), 1, "rdtsc without either, and what stands behind it");
	test_int(tsc_edits(tsc_entered, tsc_entered_end, 2), 0, "a jump goes between them");
	test_int(tsc_edits(tsc_pointer, tsc_pointer_end, 2), 0, "what stands behind it could fault");
	test_int(tsc_edits(tsc_last, tsc_last_end, 2), 0, "what stands behind it has to stay");
	test_int(tsc_edits(tsc_behind, tsc_behind_end, 0), 0, "an agent that does not want it");
	check_tsc_run(tsc_behind, tsc_behind_end, tsc_answers, "behind an instruction: answered");
	check_tsc_run(tsc_behind, tsc_behind_end, tsc_passes, "behind an instruction: left to the processor");
	check_tsc_run(tsc_no_op, tsc_no_op_end, tsc_answers, "by a no-op: answered");
	check_tsc_run(tsc_no_op, tsc_no_op_end, tsc_passes, "by a no-op: left to the processor");
	check_tsc_run(tsc_alone, tsc_alone_end, tsc_answers, "with what stands behind: answered");
	check_tsc_run(tsc_alone, tsc_alone_end, tsc_passes, "with what stands behind: left to the processor");
	check_tsc_run(tsc_relative, tsc_relative_end, tsc_answers, "behind what names memory by distance");
	check_tsc_run(tsc_relative_behind, tsc_relative_behind_end, tsc_answers, "before what names memory by distance");
}

/* ---- ways into the middle ------------------------------------------------------------------------------------------------ */

enum { FUNCTION = 64, TABLE = PAGE, USER = 256 };

static void put(size_t at, const void *bytes, size_t n)
{
	memcpy(f.code + at, bytes, n);
}

/* Of the place behind rdtsc in tsc_alone. */
static size_t behind_rdtsc(void)
{
	const uint8_t *site = memmem(tsc_alone, (size_t)(tsc_alone_end - tsc_alone), "\x0f\x31", 2);

	return FUNCTION + (size_t)(site - tsc_alone) + 2;
}

static bool entered(size_t place)
{
	struct insn_ways w;
	bool ret;

	insn_find_ways((const uint8_t *)&f, sizeof(f), &w);
	ret = insn_leads_to(&w, text + place);
	insn_ways_clear(&w);
	return ret;
}

/* A table of distances from its begin, of which the second entry leads to the place; some instruction names the begin, or the four bytes before it. */
static void put_table(size_t place, uint32_t off)
{
	const uint32_t entries[3] = { (uint32_t)(FUNCTION - TABLE), (uint32_t)(place - TABLE), 1 << 30 };
	const uint32_t distance = (uint32_t)(TABLE - off - (USER + 7));

	put(TABLE, entries, sizeof(entries));
	put(USER, "\x48\x8d\x05", 3); /* lea distance(%rip), %rax */
	put(USER + 3, &distance, sizeof(distance));
}

static void check_ways(void)
{
	const size_t place = behind_rdtsc();
	const uint64_t addr = text + place;
	const uint32_t far = (uint32_t)(place - (USER + 5));
	const uint8_t near = (uint8_t)(place - (FUNCTION + 16 + 2));

	begin(1024);
	function(FUNCTION, tsc_alone, tsc_alone_end);
	test_ok(!entered(place), "nothing leads there");
	test_ok(entered((size_t)-1), "what is no code");
	f.load.p_filesz = sizeof(f);
	test_ok(entered(place), "a file that is cut off");
	begin(1024);
	put(USER, "\xe9", 1);
	put(USER + 1, &far, sizeof(far));
	test_ok(entered(place) && !entered(place + 1), "a jump");
	begin(1024);
	put(FUNCTION + 16, "\x74", 1);
	put(FUNCTION + 17, &near, 1);
	test_ok(entered(place) && !entered(place + 1), "a short jump");
	begin(1024);
	put(TABLE + 3, &addr, sizeof(addr));
	test_ok(entered(place) && !entered(place + 1), "an address in the file");
	begin(1024);
	put(TABLE + 3, &addr, 4);
	put(TABLE + 7, "1234", 4);
	test_ok(!entered(place), "half an address");
	f.head.e_type = ET_EXEC;
	test_ok(entered(place), "... is one in a program that is not relocated");
	begin(1024);
	put_table(place, 0);
	test_ok(entered(place) && !entered(place + 1), "an entry of a table of distances");
	put_table(place, 4);
	test_ok(!entered(place), "of a table that begins elsewhere");
	begin(1024);
	put(TABLE, "\0\0\0\0\1zPLR", 10);
	test_ok(entered(place), "exception tables");
}

/* ---- hostile files ------------------------------------------------------------------------------------------------------- */

/* Nothing but calls, in one function of many megabytes. */
static void check_many(void)
{
	enum { MANY = 64 << 20 };
	struct file *big = mmap(NULL, sizeof(*big) + MANY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned asked = 0;
	struct insn_stubs s;

	begin(1024);
	function(0, by_mov, by_mov_end);
	memcpy(big, &f, sizeof(f));
	big->list[0].st_size = big->load.p_filesz = MANY + 2 * PAGE - 1024;
	for (size_t i = 0; i < big->load.p_filesz; i++)
		big->code[i] = "\x31\xc0\x0f\x05"[i % 4];
	make_call_stubs((const uint8_t *)big, sizeof(*big) + MANY, NULL, &(const struct insn_agent){ .call = 1 }, wants, &asked, &s);
	test_ok(s.n == 0 && asked > 1000 && asked <= 65536, "calls without end");
	insn_stubs_clear(&s);
	munmap(big, sizeof(*big) + MANY);
}

/* ---- the libraries of this machine --------------------------------------------------------------------------------------- */

static const uint32_t numbers[NUMBERS] = { SYS_read, SYS_write, SYS_openat, SYS_newfstatat, SYS_readlink, SYS_access, SYS_clock_gettime };

struct count { uint32_t nr; unsigned asked; };

static bool wants_one(void *ctx, uint32_t nr)
{
	struct count *c = ctx;

	c->asked += nr == c->nr;
	return nr == c->nr;
}

static bool wants_listed(void *ctx, uint32_t nr)
{
	(void)ctx;
	for (unsigned k = 0; k < NUMBERS; k++)
		if (numbers[k] == nr)
			return true;
	return false;
}

/* How many of one's jumps the other has. A no-op's are not counted: it may serve another call. */
static size_t common(const struct insn_stubs *one, const struct insn_stubs *all, const uint8_t *bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < one->n; i++)
		for (size_t k = 0; k < all->n; k++)
			n += one->list[i].at == all->list[k].at && !memcmp(bytes + one->list[i].at + one->list[i].len, "\x0f\x05", 2);
	return n;
}

static void check_library(const char *name, const uint8_t *bytes, size_t n, unsigned needed)
{
	struct insn_sites sites;
	struct insn_stubs before, all, one;

	if (!find_in_elf(bytes, n, &sites))
		return;
	make_stubs(bytes, n, &sites, cpuid, NULL, &before);
	make_call_stubs(bytes, n, &before, &(const struct insn_agent){ .call = 1 }, wants_listed, NULL, &all);
	printf("# %s: %zu + %zu bytes\n", name, before.len, all.len);
	for (unsigned k = 0; k < NUMBERS; k++) {
		struct count c = { .nr = numbers[k] };
		size_t patched;

		make_call_stubs(bytes, n, &before, &(const struct insn_agent){ .call = 1 }, wants_one, &c, &one);
		patched = common(&one, &all, bytes);
		printf("# call %u: %u sites, %zu patched\n", c.nr, c.asked, patched);
		if (k < needed)
			test_ok(patched, "a call of the C library goes to the agent");
		insn_stubs_clear(&one);
	}
	test_ok(!overlap(&all, &all) && !overlap(&all, &before), "no two edits overlap");
	insn_stubs_clear(&all);
	insn_stubs_clear(&before);
	insn_sites_clear(&sites);
}

static int on_library(struct dl_phdr_info *info, size_t size, void *ctx)
{
	bool library = strstr(info->dlpi_name, "/libc.so.6"), loader = strstr(info->dlpi_name, "/ld-linux");
	FILE *file = library || loader ? fopen(info->dlpi_name, "re") : NULL;
	enum { MOST = 1 << 24 };
	uint8_t *bytes;

	(void)size;
	if (!file)
		return 0;
	bytes = malloc(MOST);
	check_library(info->dlpi_name, bytes, fread(bytes, 1, MOST, file), library ? 5 : 0);
	*(bool *)ctx |= library;
	free(bytes);
	fclose(file);
	return 0;
}

int main(void)
{
	bool seen = false;

	check_choice();
	check_pads();
	check_before();
	check_running();
	check_tsc();
	check_ways();
	check_many();
	dl_iterate_phdr(on_library, &seen);
	if (!seen)
		test_skip("the C library", "another one than glibc");
	return test_end();
}
