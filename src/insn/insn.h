/* insn.h: machine instructions that bring in what the host knows: where they are, and what stands in their place.
 *
 * Owns: the decoder (Zydis), the search in ELF files and in plain bytes, the traps. Pure: bytes in, sites out. Must not know
 * ptrace, processes, what an instruction is to answer.
 *
 * I1. Only what the decoder confirms, counted from a known instruction boundary, is a site; a byte pattern alone never is. Outside
 *     of functions that the file itself describes, everything from the boundary to a little after the site must make sense as well:
 *     data lies there, too. Zeros decode, as `add %al,(%rax)`, but no program has that: behind a jump they are padding, elsewhere data
 *     (GHC puts a table of small numbers before each function).
 * I2. A trap says in itself what it replaces: INT with a vector that faults in user mode, then the instruction's own prefixes and
 *     operand. No table is needed to answer it, so copies of code, forks and moved mappings keep their meaning.
 * I3. A trap is as long as its instruction, and the vectors belong to no system call or debugger (not 3, 4, 0x80). */
#ifndef DETBUILD_INSN_INSN_H
#define DETBUILD_INSN_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INSN_MOST = 15, INSN_TRAP_MOST = 8 };

enum insn_kind {
	INSN_NONE,
	INSN_CPUID, INSN_RDRAND, INSN_RDSEED, INSN_RDPID, INSN_XGETBV, INSN_XBEGIN, /* replaced by traps */
	INSN_RDTSC, INSN_RDTSCP,                                       /* fault by themselves (PR_SET_TSC), or are replaced as well */
	INSN_CALLS,                                                    /* syscall, sysenter, int, breakpoints */
};

/* The instruction at the first byte; INSN_NONE also when it is another one, or none. *ret_len: its length, 0: not an instruction. */
enum insn_kind insn_decode(const uint8_t *code, size_t n, size_t *ret_len);
/* An address in the decoder's code: what it finds depends on its version. */
uintptr_t insn_decoder(void);
/* What an instruction does with the flags as a whole; *ret_width: bytes on the stack. */
enum insn_flags { INSN_FLAGS_NONE, INSN_FLAGS_PUSHED, INSN_FLAGS_POPPED, INSN_FLAGS_RETURNED };
enum insn_flags insn_moves_flags(const uint8_t *code, size_t n, unsigned *ret_width);
/* True when whatever the first bytes are, programs use it: it decodes, and user mode may execute it. */
bool insn_is_plausible(const uint8_t *code, size_t n, size_t *ret_len);
/* True when nothing goes on behind it: ret, jmp, and what ends a program. */
bool insn_ends_flow(const uint8_t *code, size_t n);
/* True when it always goes on behind itself and does the same wherever it stands, once its distance to memory is made right (insn_move). */
bool insn_may_move(const uint8_t *code, size_t n);
/* The memory that it names: none, or its own program's data or stack, so that no fault will tell where it stands; by the frame pointer, if that is one; any. */
enum insn_names { INSN_NAMES_OWN, INSN_NAMES_FRAME, INSN_NAMES_ANY };
enum insn_names insn_names(const uint8_t *code, size_t n);
/* The instruction, which may be moved, as it has to be `by` bytes further on: to ret, as many bytes as it has. False: that is too far. */
bool insn_move(const uint8_t *code, size_t n, int64_t by, uint8_t ret[INSN_MOST]);

struct insn_trap {
	enum insn_kind kind;
	uint8_t len;            /* bytes of the instruction, and of what replaces it */
	uint8_t bits;           /* size of the operand: 16, 32, 64 */
	uint8_t reg;            /* number of the register operand, 0 .. 15 */
	int32_t target;         /* xbegin: where it goes on, relative to its end */
};

/* What to write over the instruction of this kind. False: it has a form that nobody writes, and stays. */
bool insn_make_trap(enum insn_kind kind, const uint8_t *code, size_t len, uint8_t ret[INSN_TRAP_MOST]);
/* What a trap stands for. False: it is not one. */
bool insn_read_trap(const uint8_t *code, size_t n, struct insn_trap *ret);
/* What the trap would stand for that the instruction at the first byte could be replaced by. False: none. */
bool insn_as_trap(const uint8_t *code, size_t n, struct insn_trap *ret);

struct insn_site {
	uint64_t at;            /* offset in the bytes searched */
	uint8_t kind, len;
	uint8_t code[INSN_TRAP_MOST], trap[INSN_TRAP_MOST];
};

/* No program has so many; memory for them would be a guest's to fill. */
enum { INSN_SITES_MOST = 1 << 16 };
struct insn_sites { struct insn_site *list; size_t n; bool cpuid, cut; /* cut: there were more */ };
void insn_sites_clear(struct insn_sites *s);

/* An ELF file (elf_code.c), as file offsets: executable ranges, and places where an instruction begins. Any bytes are welcome: what is no such file has no ranges. */
struct code_range { uint64_t from, to; };
struct insn_elf {
	const uint8_t *file;
	size_t n;
	struct code_range *ranges;
	size_t n_ranges;
	struct code_range *marks; /* sorted by `from`; `to`: the furthest end of a function that begins here or before */
	size_t n_marks, room;
	struct code_range *data;  /* sections that say they are none */
	size_t n_data;
};
/* The bytes stay the caller's. False: not such a file. */
bool insn_open_elf(const uint8_t *file, size_t n, struct insn_elf *ret);
void insn_close_elf(struct insn_elf *f);

/* Sites in order, at file offsets. tsc: those that read the time-stamp counter, too. */
void insn_find_in_elf(const struct insn_elf *f, bool tsc, struct insn_sites *ret);
/* Bytes of which nothing is known: swept from the first. */
void insn_find_in_bytes(const uint8_t *code, size_t n, bool tsc, struct insn_sites *ret);

/* pairs.c: a byte and one of those that may follow it, or another one and the one that may follow that. Any of them may be the same. */
enum { INSN_PAIRS = 4 };
struct insn_pairs { uint8_t first, second[INSN_PAIRS], other, behind_other; };
/* The next place at or after `from` where one of them begins; n: none. */
size_t insn_next_pair(const uint8_t *code, size_t n, size_t from, const struct insn_pairs *p);

/* cover.c: the byte at `at` belongs to an instruction that begins d bytes before it for one of the bits d of the answer, if code is read from any place
 * INSN_WINDOW bytes before it or more; at >= INSN_WINDOW. */
enum { INSN_WINDOW = 48 };
unsigned insn_may_cover(const uint8_t *code, size_t n, size_t at);

/* Where something in the file may lead inside its code (ways.c says what counts). */
struct insn_ways { uint64_t from, size; uint8_t *bits; bool all; };
void insn_find_ways(const uint8_t *file, size_t n, struct insn_ways *ret);
/* False: nothing leads to this place but what lies directly before it. */
bool insn_leads_to(const struct insn_ways *w, uint64_t at);
void insn_ways_clear(struct insn_ways *w);
/* What belongs to one function around `at` and has no other mark inside; empty where no function is described. */
struct code_range insn_piece(const struct insn_elf *f, uint64_t at);
/* What lies around `at` between the end of one function and the next mark; empty where it is not so. */
struct code_range insn_padding(const struct insn_elf *f, uint64_t at);

#endif
