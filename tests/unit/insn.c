/* Instructions that ask the host: what replaces them, what a replacement says, and which bytes are not touched. */
#include <elf.h>
#include <stdlib.h>

#include "insn/insn.h"
#include "test.h"

#define LLVMFuzzerTestOneInput fuzz_code
#include "../fuzz/code.c"
#undef LLVMFuzzerTestOneInput

struct pair { const char *name, *before, *after; size_t len; enum insn_kind kind; unsigned bits, reg; };

static const struct pair pairs[] = {
	{ "cpuid", "\x0f\xa2", "\xcd\xa2", 2, INSN_CPUID, 0, 0 },
	{ "xgetbv", "\x0f\x01\xd0", "\xcd\xd0\xd0", 3, INSN_XGETBV, 0, 0 },
	{ "rdrand %eax", "\x0f\xc7\xf0", "\xcd\xe8\xf0", 3, INSN_RDRAND, 32, 0 },
	{ "rdrand %dx, whose ModRM looks like a prefix", "\x66\x0f\xc7\xf2", "\xcd\xe9\x66\xf2", 4, INSN_RDRAND, 16, 2 },
	{ "rdrand %r11", "\x49\x0f\xc7\xf3", "\xcd\xe9\x49\xf3", 4, INSN_RDRAND, 64, 11 },
	{ "rdrand %r15w", "\x66\x41\x0f\xc7\xf7", "\xcd\xea\x66\x41\xf7", 5, INSN_RDRAND, 16, 15 },
	{ "rdseed %rax", "\x48\x0f\xc7\xf8", "\xcd\xe9\x48\xf8", 4, INSN_RDSEED, 64, 0 },
	{ "rdseed %edi", "\x0f\xc7\xff", "\xcd\xe8\xff", 3, INSN_RDSEED, 32, 7 },
	{ "rdpid %rax", "\xf3\x0f\xc7\xf8", "\xcd\xe9\xf3\xf8", 4, INSN_RDPID, 64, 0 },
	{ "rdpid %r9", "\xf3\x41\x0f\xc7\xf9", "\xcd\xea\xf3\x41\xf9", 5, INSN_RDPID, 64, 9 },
	{ "xbegin", "\xc7\xf8\x10\x00\x00\x00", "\xcd\xf8\x10\x00\x00\x00", 6, INSN_XBEGIN, 0, 0 },
	{ "rdtsc", "\x0f\x31", "\xcd\x31", 2, INSN_RDTSC, 0, 0 },
	{ "rdtscp", "\x0f\x01\xf9", "\xcd\xf9\xf9", 3, INSN_RDTSCP, 0, 0 },
};

static void test_pairs(void)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct pair *p = &pairs[i];
		const uint8_t *before = (const uint8_t *)p->before;
		uint8_t trap[INSN_TRAP_MOST];
		struct insn_trap t;
		size_t len;

		test_int(insn_decode(before, p->len, &len), p->kind, p->name);
		test_int(len, p->len, "its length");
		test_ok(insn_make_trap(p->kind, before, p->len, trap) && !memcmp(trap, p->after, p->len), "what replaces it");
		test_ok(insn_read_trap(trap, p->len, &t) && t.kind == p->kind && t.len == p->len, "and what that stands for");
		test_ok(t.bits == p->bits && t.reg == p->reg, "its operand");
		memset(&t, 0, sizeof(t));
		test_ok(insn_as_trap(before, p->len, &t) && t.kind == p->kind && t.len == p->len && t.reg == p->reg, "the instruction means the same");
		test_ok(!insn_as_trap(before, p->len - 1, &t) && !insn_as_trap(trap, p->len, &t), "a part of it does not, nor does the trap");
		test_ok(!insn_read_trap(before, p->len, &t), "the instruction itself is no trap");
		test_ok(!insn_read_trap(trap, p->len - 1, &t), "nor is a part of it");
	}
}

/* What no step may be taken over: it ends in a stop of its own, or in the kernel. And what looks like it. */
/* The fast search against the plain one, from every place, in pieces of every length that ends within two steps: each piece has its own memory, so that a
 * byte read behind its end shows with sanitizers. */
static void test_next_pair(void)
{
	static const struct insn_pairs sought = { 0x0f, { 5, 0xa2, 1, 9 }, 7, 5 };
	uint64_t state = 88172645463325252;
	bool same = true;

	for (size_t n = 0; n < 50; n++) {
		uint8_t *bytes = malloc(n + !n);

		for (size_t k = 0; k < n; k++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			bytes[k] = (uint8_t[]){ 0x0f, 5, 0xa2, 1, 9, 7, 0x0f }[state % 7];
		}
		for (size_t from = 0; from <= n; from++) {
			size_t want = from;

			while (want + 1 < n && !(bytes[want] == 0x0f && memchr("\5\xa2\1\x09", bytes[want + 1], 4)) && !(bytes[want] == 7 && bytes[want + 1] == 5))
				want++;
			same &= insn_next_pair(bytes, n, from, &sought) == (want + 1 < n ? want : n);
		}
		free(bytes);
	}
	test_ok(same, "two bytes in a row are found where they are");
}

/* From wherever bytes without any order are read, the instruction that holds a place is one that was told; where all are of one byte, no other one is. */
static void test_may_cover(void)
{
	enum { SIZE = 120, ROUNDS = 30 };
	uint64_t state = 88172645463325252;
	uint8_t code[SIZE];
	size_t asked = 0;
	bool told = true;

	for (int round = 0; round < ROUNDS; round++) {
		for (size_t k = 0; k < SIZE; k++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			code[k] = (uint8_t)(state >> 32);
		}
		for (size_t at = INSN_WINDOW; at < SIZE; at++) {
			unsigned may = insn_may_cover(code, SIZE, at);

			for (size_t from = 0; from <= at - INSN_WINDOW; from++) {
				size_t i = from, len;

				for (;; i += len) {
					insn_decode(code + i, SIZE - i < INSN_MOST ? SIZE - i : INSN_MOST, &len);
					len += !len;
					if (i + len > at)
						break;
				}
				told &= may >> (at - i) & 1;
				asked++;
			}
		}
	}
	test_ok(told && asked > ROUNDS, "the instruction that holds a byte is among those that may");
	memset(code, 0x90, sizeof(code));
	test_ok(insn_may_cover(code, SIZE, INSN_WINDOW) == 1 && insn_may_cover(code, SIZE, SIZE - 1) == 1, "and where it is clear, it alone");
	memset(code, 0, sizeof(code)); /* add %al,(%rax), two bytes: either may be its first */
	test_ok(insn_may_cover(code, SIZE, INSN_WINDOW) == 3, "where it is not, all that it could be");
	memset(code, 0xb8, sizeof(code)); /* mov $0xb8b8b8b8,%eax, from five places */
	test_ok(insn_may_cover(code, SIZE, INSN_WINDOW + 1) == 31, "however many");
}

static void test_calls(void)
{
	static const struct { const char *name, *code; size_t n; enum insn_kind kind; } all[] = {
		{ "syscall", "\x0f\x05", 2, INSN_CALLS }, { "sysenter", "\x0f\x34", 2, INSN_CALLS }, { "int $0x80", "\xcd\x80", 2, INSN_CALLS },
		{ "int3", "\xcc", 1, INSN_CALLS }, { "int1", "\xf1", 1, INSN_CALLS }, { "a trap", "\xcd\xa2", 2, INSN_CALLS },
		{ "rdtscp", "\x0f\x01\xf9", 3, INSN_RDTSCP }, { "rdtsc", "\x0f\x31", 2, INSN_RDTSC },
		{ "cmpxchg16b", "\x48\x0f\xc7\x0f", 4, INSN_NONE }, { "pause", "\xf3\x90", 2, INSN_NONE }, { "xtest", "\x0f\x01\xd6", 3, INSN_NONE },
	};
	size_t len;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		test_int(insn_decode((const uint8_t *)all[i].code, all[i].n, &len), all[i].kind, all[i].name);
}

/* What a processor without them raises SIGILL at. */
static void test_unknown_to_the_processor(void)
{
	struct insn_trap t;
	size_t len;

	test_int(insn_decode((const uint8_t *)"\x0f\x01\xf9", 3, &len), INSN_RDTSCP, "rdtscp");
	test_ok(insn_as_trap((const uint8_t *)"\x0f\x01\xf9", 3, &t) && t.kind == INSN_RDTSCP, "and it means what its trap would");
	test_ok(!insn_as_trap((const uint8_t *)"\x0f\x0b", 2, &t), "ud2 stays what it is");
	test_int(insn_decode((const uint8_t *)"\xf0\x0f\x01\xf9", 4, &len), INSN_NONE, "with a lock no processor takes it");
}

static size_t found_with(const char *bytes, size_t n, bool tsc)
{
	struct insn_sites s;
	size_t found;

	insn_find_in_bytes((const uint8_t *)bytes, n, tsc, &s);
	found = s.n;
	insn_sites_clear(&s);
	return found;
}

static size_t found_in(const char *bytes, size_t n)
{
	return found_with(bytes, n, false);
}

/* Where the machine cannot make them fault the counter's instructions are sites as well. */
static void test_counter(void)
{
	static const char both[] = "\x31\xc0\x0f\x31\x0f\xa2\x0f\x01\xf9\xc3";

	test_int(found_in(both, sizeof(both) - 1), 1, "cpuid alone");
	test_int(found_with(both, sizeof(both) - 1, true), 3, "with rdtsc and rdtscp");
	test_int(found_with("\xb8\x0f\x31\x0f\x31\xc3", 6, true), 0, "rdtsc's bytes in a constant");
	test_int(found_with("\xcd\x31\xcd\xf9\xf9\xc3", 6, true), 0, "traps are not replaced again");
	test_int(found_with("\x0f\x31\xc3", 3, true) + found_with("\x90\x90\x0f\x01\xf9", 5, true), 2, "at the begin, and at the end");
}

static void test_bytes(void)
{
	test_int(found_in("\x31\xc0\x0f\xa2\xc3", 5), 1, "xor, cpuid, ret");
	test_int(found_in("\xb8\x0f\xa2\x90\x90\xc3", 6), 0, "cpuid's bytes in a constant");
	test_int(found_in("\x48\xb8\x0f\xa2\x0f\xa2\x0f\xa2\x0f\xa2\x0f\xa2\xc3", 13), 1, "a long constant, then the instruction");
	test_int(found_in("\x06\x0e\x0f\xa2\xc3", 5), 0, "behind bytes that are no code");
	test_int(found_in("\x0f\xa2\xf4\xc3", 4), 0, "before what no program may do");
	test_int(found_in("\x0f", 1) + found_in("\x0f\xc7", 2) + found_in("\xc7\xf8\x00", 3) + found_in("", 0), 0, "cut off");
	test_int(found_in("\xcd\xa2\xc3", 3), 0, "a trap is not replaced again");
	test_int(found_in("\xc3\0\0\0\0\0\0\xf8\x0f\xa2\x01\0\0\0\0\xb8\x21\x70\x04\0", 20), 0, "GHC's tables: an offset");
	test_int(found_in("\xc3\0\0\0\0\0\0\x09\x0f\xa2\x01\0\0\0\0\xb0\x0f\xa2\x01\0", 20), 0, "two of them");
	test_int(found_in("\x90\0\0\0\0\0\0\xd8\xc7\xf8\0\0\0\0\0\x50\xe1\x96\x01\0", 20), 0, "one that would be xbegin");
	test_int(found_in("\x31\xc0\x0f\xa2\xc3\0\0\0\0\0\0", 11), 1, "zeros behind the end of the code");
	test_int(found_in("\x31\xc0\x0f\xa2\0\0\0\0\0\0", 10), 0, "zeros where it would go on");
	test_int(found_in("\x90\xc3\0\0\0\0\0\x31\xc0\x0f\xa2\xc3", 12), 1, "padding before a function");
	test_int(found_in("\x90\0\0\0\0\x90\x90\x90\x31\xc0\x0f\xa2\xc3", 13), 1, "code behind something else that is zero");
	test_int(found_in("\x90\0\0\0\0\x31\xc0\x0f\xa2\xc3", 10), 0, "too little of it");
	test_int(found_in("\x40\0\0\0\0\0\0\0\x53\x89\xf8\x89\xf1\x0f\xa2\xc3", 16), 1, "code behind a size");
	test_int(found_in("\x10\x52\x55\x55\x55\x55\0\0\x53\x89\xf8\x89\xf1\x0f\xa2\xc3", 16), 1, "code behind a pointer");
}

/* A file with one executable segment of 64 bytes at 0x1000, and no sections. */
static size_t make_file(uint8_t *file, const char *code, size_t n)
{
	Elf64_Ehdr head = { .e_type = ET_DYN, .e_machine = EM_X86_64, .e_entry = 0x1000, .e_phoff = sizeof(head), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1 };
	Elf64_Phdr p = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x1000, .p_vaddr = 0x1000, .p_filesz = 64, .p_memsz = 64 };

	memcpy(head.e_ident, ELFMAG, SELFMAG);
	head.e_ident[EI_CLASS] = ELFCLASS64;
	head.e_ident[EI_DATA] = ELFDATA2LSB;
	memset(file, 0x90, 0x1040);
	memcpy(file, &head, sizeof(head));
	memcpy(file + sizeof(head), &p, sizeof(p));
	memcpy(file + 0x1000, code, n);
	return 0x1040;
}

static void test_file(void)
{
	static uint8_t file[0x2000];
	size_t n = make_file(file, "\x31\xc0\x0f\xa2\xc3", 5);
	struct insn_sites s;

	test_ok(find_in_elf(file, n, &s) && s.n == 1 && s.list[0].at == 0x1002 && s.cpuid, "one site, at its offset in the file");
	insn_sites_clear(&s);
	for (size_t cut = 0; cut < n; cut += 7) {
		find_in_elf(file, cut, &s);
		insn_sites_clear(&s);
	}
	test_ok(!find_in_elf(file, 32, &s), "half a header");
	file[18] = EM_386;
	test_ok(!find_in_elf(file, n, &s), "another machine's file");
}

/* Far from the begin of a long function: what is part of another instruction is passed over, what is one is found behind it, and its prefixes with it. */
static void test_far_inside(void)
{
	uint8_t code[256];
	struct code_range all = { 0, sizeof(code) };
	const struct insn_elf f = { .file = code, .n = sizeof(code), .ranges = &all, .n_ranges = 1, .marks = &all, .n_marks = 1 };
	struct insn_sites s;

	memset(code, 0x90, sizeof(code));
	memcpy(code + 70, "\x48\xb8\x0f\xa2\x0f\xa2\x0f\xa2\x0f\xa2", 10); /* movabs $0xa20fa20fa20fa20f,%rax */
	memcpy(code + 150, "\x0f\xa2", 2);
	memcpy(code + 220, "\x48\x0f\xc7\xf0", 4); /* rdrand %rax */
	insn_find_in_elf(&f, false, &s);
	test_ok(s.n == 2 && s.list[0].at == 150 && s.list[0].kind == INSN_CPUID && s.list[1].at == 220 && s.list[1].kind == INSN_RDRAND, "sites far inside of a function, and no lookalike");
	insn_sites_clear(&s);
}

/* Go's programs have no unwind entries, and are often stripped. Before the function lies what is no code. The table begins `at` into its
 * section, which is at 0x1100; its text's beginning is there, or is what relocations say. */
static size_t sites_of_go(uint8_t *file, const uint64_t table[static 9], uint64_t at, const Elf64_Rela *relocation)
{
	const uint32_t functions[3] = { 16, 0, 21 };
	Elf64_Shdr sections[2] = {
		{ .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, .sh_addr = 0x5100, .sh_offset = 0x1100, .sh_size = at + 84 },
		{ .sh_type = SHT_RELA, .sh_flags = SHF_ALLOC, .sh_offset = 0x1300, .sh_size = 2 * sizeof(*relocation), .sh_entsize = sizeof(*relocation) },
	};
	Elf64_Ehdr head;
	struct insn_sites s;
	size_t found;

	make_file(file, "\x06\x06\x06\x06\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x31\xc0\x0f\xa2\xc3\x06\x06", 23);
	memcpy(&head, file, sizeof(head));
	head.e_shoff = 0x1200;
	head.e_shentsize = sizeof(sections[0]);
	head.e_shnum = 2;
	memcpy(file, &head, sizeof(head));
	memset(file + 0x1100, 0, at);
	memcpy(file + 0x1100 + at, table, 9 * sizeof(*table));
	memcpy(file + 0x1100 + at + 72, functions, sizeof(functions));
	memcpy(file + 0x1200, sections, sizeof(sections));
	memset(file + 0x1300, 0, 2 * sizeof(*relocation));
	if (relocation)
		memcpy(file + 0x1300 + sizeof(*relocation), relocation, sizeof(*relocation));
	found = find_in_elf(file, 0x1400, &s) ? s.n : SIZE_MAX;
	if (s.n == 1)
		test_ok(s.list[0].at == 0x1012, "and it is the right one");
	insn_sites_clear(&s);
	return found;
}

static void test_go(void)
{
	static uint8_t file[0x2000];
	uint64_t table[9] = { UINT64_C(0x08010000fffffff1), 1, 0, 0x1000, 0, 0, 0, 0, 72 };
	Elf64_Rela text = { .r_offset = 0x5100 + 16 + 24, .r_info = ELF64_R_INFO(0, R_X86_64_RELATIVE), .r_addend = 0x1000 };

	table[0]++;
	test_int(sites_of_go(file, table, 0, NULL), 0, "amid bytes that are no code, nothing is taken for a site");
	table[0]--;
	test_int(sites_of_go(file, table, 0, NULL), 1, "a function that only Go's table knows");
	test_int(sites_of_go(file, table, 32, NULL), 1, "the table lies behind other things");
	table[3] = 0;
	test_int(sites_of_go(file, table, 16, NULL), 0, "where the text begins is not said");
	test_int(sites_of_go(file, table, 16, &text), 1, "a relocation says it");
	text.r_info = ELF64_R_INFO(1, R_X86_64_64);
	test_int(sites_of_go(file, table, 16, &text), 0, "one of another kind does not");
	table[3] = 0x1000;
	table[1] = UINT64_MAX / 4;
	test_int(sites_of_go(file, table, 0, NULL), 0, "more functions than the table has room for");
	table[1] = 1;
	table[8] = UINT64_MAX - 7;
	test_int(sites_of_go(file, table, 0, NULL), 0, "a table that begins beyond its section");
}

/* Unwind entries without a table: a common one with this encoding of addresses, and one for the function behind what is no code. */
static size_t sites_of_entries(uint8_t *file, uint8_t encoding, uint32_t back)
{
	const uint8_t common[24] = { 20, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16, 1, encoding };
	const uint32_t entry[6] = { 20, back, 0x1010u - 0x5120u, 5, 0, 0 };
	Elf64_Shdr sections[2] = {
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, .sh_addr = 0x5100, .sh_offset = 0x1100, .sh_size = sizeof(common) + sizeof(entry) },
		{ .sh_type = SHT_STRTAB, .sh_offset = 0x1300, .sh_size = 11 },
	};
	Elf64_Ehdr head;
	struct insn_sites s;
	size_t found;

	make_file(file, "\x06\x06\x06\x06\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x31\xc0\x0f\xa2\xc3\x06\x06", 23);
	memcpy(&head, file, sizeof(head));
	head.e_shoff = 0x1200;
	head.e_shentsize = sizeof(sections[0]);
	head.e_shnum = 2;
	head.e_shstrndx = 1;
	memcpy(file, &head, sizeof(head));
	memcpy(file + 0x1100, common, sizeof(common));
	memcpy(file + 0x1100 + sizeof(common), entry, sizeof(entry));
	memcpy(file + 0x1200, sections, sizeof(sections));
	memcpy(file + 0x1300, "\0.eh_frame", 11);
	found = find_in_elf(file, 0x1400, &s) ? s.n : SIZE_MAX;
	insn_sites_clear(&s);
	return found;
}

static void test_unwind_entries(void)
{
	static uint8_t file[0x2000];

	test_int(sites_of_entries(file, 0x1b, 0x1c), 1, "a function that only an unwind entry knows");
	test_int(sites_of_entries(file, 0x00, 0x1c), 0, "an encoding that is not the usual one");
	test_int(sites_of_entries(file, 0x1b, 0x18), 0, "an entry that belongs to another common one");
}

/* Sites of a file whose code lies in one section of this kind. */
static size_t sites_in_section(uint32_t type, uint64_t flags, bool small)
{
	enum { LARGE = 1 << 18 };
	static uint8_t file[0x1000 + LARGE];
	size_t n = make_file(file, "\x31\xc0\x0f\xa2\xc3", 5);
	Elf64_Shdr section = { .sh_type = type, .sh_flags = flags, .sh_offset = 0x1000, .sh_size = small ? 64 : LARGE };
	Elf64_Ehdr head;
	struct insn_sites s;

	memcpy(&head, file, sizeof(head));
	head.e_shoff = 0x800;
	head.e_shentsize = sizeof(section);
	head.e_shnum = 1;
	memcpy(file, &head, sizeof(head));
	memcpy(file + 0x800, &section, sizeof(section));
	find_in_elf(file, small ? n : sizeof(file), &s);
	n = s.n;
	insn_sites_clear(&s);
	return n;
}

/* Old linkers put it into the executable segment. */
static void test_data(void)
{
	test_int(sites_in_section(SHT_PROGBITS, SHF_ALLOC, false), 0, "a section of data in the executable segment");
	test_int(sites_in_section(SHT_PROGBITS, SHF_ALLOC, true), 1, "a small one is looked through");
	test_int(sites_in_section(SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, false), 1, "a section of code");
	test_int(sites_in_section(SHT_PROGBITS, 0, false), 1, "a section that is not loaded says nothing of what is");
}

/* Sections that overlap: looked through once, not once each. (Else this takes minutes: the test's time is up.) */
static void test_overlapping(void)
{
	enum { SIZE = 64 << 20, SECTIONS = 4000 };
	uint8_t *file = calloc(1, SIZE);
	Elf64_Shdr section = { .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, .sh_offset = 0x1040, .sh_size = SIZE - 0x1040 };
	Elf64_Ehdr head;
	struct insn_sites s;

	if (!file)
		return;
	make_file(file, "\x31\xc0\x0f\xa2\xc3", 5);
	memcpy(&head, file, sizeof(head));
	head.e_shoff = 0x2000;
	head.e_shentsize = sizeof(section);
	head.e_shnum = SECTIONS;
	memcpy(file, &head, sizeof(head));
	for (size_t i = 0; i < SECTIONS; i++)
		memcpy(file + 0x2000 + i * sizeof(section), &section, sizeof(section));
	test_ok(find_in_elf(file, SIZE, &s) && s.n == 1, "four thousand sections that are nearly the whole file");
	insn_sites_clear(&s);
	free(file);
}

/* The fuzz entry over a real program, this one, with a few bytes changed in its headers each time. */
static void test_hostile(void)
{
	FILE *f = fopen("/proc/self/exe", "re");
	static uint8_t program[1 << 21], changed[1 << 21];
	size_t n = f ? fread(program, 1, sizeof(program), f) : 0;
	uint64_t state = 88172645463325252u;
	bool found;

	if (f)
		fclose(f);
	found = fuzz_code(program, n) == 0;
	for (int round = 0; round < 60; round++) {
		memcpy(changed, program, n);
		for (int k = 0; k < 8; k++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			changed[(state >> 8) % (round % 2 ? n : 1024)] = (uint8_t)state;
		}
		fuzz_code(changed, round % 3 ? n : (size_t)(state % n));
	}
	test_ok(found, "damaged files do no harm");
}

int main(void)
{
	test_pairs();
	test_next_pair();
	test_may_cover();
	test_calls();
	test_unknown_to_the_processor();
	test_bytes();
	test_counter();
	test_file();
	test_far_inside();
	test_go();
	test_data();
	test_overlapping();
	test_unwind_entries();
	test_hostile();
	return test_end();
}
