/* stub.h: cpuid, rdtsc and system calls answered by code in the guest, without a stop.
 *
 * Owns: short routines, and the jumps to them: routines that hold the answers to cpuid, and routines that lead from a system call's place
 * to an agent in the guest. Pure: a file's bytes and sites in, bytes out. Must not know ptrace, nor the processor, nor what the agent
 * does: the answers are asked for.
 *
 * S1. A routine touches what the instruction of the site touches, and nothing else: eax, ebx, ecx and edx for cpuid, rcx and r11 for syscall, rax and rdx for rdtsc.
 *     No flag, no stack, no memory. What it does not know it asks with the trap (insn.h) that would have stood in the site's place.
 * S2. A jump replaces instructions at their own boundary only; whoever jumps to a later boundary finds what was there, or the trap:
 *      - an instruction of five bytes or more a little before the site, which the routine executes: the site itself stays;
 *      - or a shorter one (the two bytes of cpuid themselves) by a short jump to a no-op of seven bytes or more, in a function or in
 *        the padding behind one, which becomes a jump over a jump;
 *      - or, for rdtsc, it and what stands behind it, when nothing in the file leads to a boundary between (insn_leads_to): the routine
 *        executes all of it.
 * S3. Routines lie behind the last byte of the segment, in its last page, where the file has zeros.
 * S4. Unlike a trap, such a jump means nothing in a copy of the code elsewhere: only for code that nobody copies.
 * S5. A syscall instruction stays as it is: whoever comes to it by another way, or is sent back to it by the agent, makes the call. */
#ifndef DETBUILD_INSN_STUB_H
#define DETBUILD_INSN_STUB_H

#include "insn/insn.h"

/* eax ebx ecx edx of a leaf and sub-leaf. */
typedef void insn_cpuid_fn(void *ctx, uint32_t leaf, uint32_t sub, uint32_t ret[4]);

struct insn_edit { uint64_t at; uint8_t len, old[INSN_MOST], new[INSN_MOST]; };

struct insn_stubs {
	struct insn_edit *list;     /* at file offsets; to be made before the traps are written */
	size_t n, room;
	uint64_t at;                /* the routines, at this file offset */
	uint8_t *code;
	size_t len;
};

/* The routines for the sites of an ELF file; none, when there is no room. */
void insn_make_stubs(const struct insn_elf *f, const struct insn_sites *s, insn_cpuid_fn *cpuid, void *ctx, struct insn_stubs *ret);

/* Whether calls of this number are to go to the agent. */
typedef bool insn_call_fn(void *ctx, uint32_t nr);

/* Where the agent begins (addresses), for calls, and for rdtsc; tsc 0: that is left alone. traps: where a routine holds an rdtsc, it is the trap for it. */
struct insn_agent { uint64_t call, tsc; bool traps; };

/* The routines for system calls of an ELF file, any bytes are welcome: in the first executable segment that has a wanted call and room; none
 * when there is no such. They jump to `to->call` with the registers that the call has, but rcx: the address of the syscall instruction. The
 * agent goes on behind it (two bytes) or at it, where the call is then made. The number is a guess: in rax is what is called for.
 * Those of rdtsc jump to `to->tsc` with the address of an rdtsc instruction in rax, and rdx free: behind that instruction it goes on, and there it
 * is read where the agent does not.
 * before: what insn_make_stubs made for the same file, or NULL; what it uses is left alone. */
void insn_make_call_stubs(const struct insn_elf *f, const struct insn_stubs *before, const struct insn_agent *to, insn_call_fn *wants, void *ctx,
			  struct insn_stubs *ret);

void insn_stubs_clear(struct insn_stubs *s);

#endif
