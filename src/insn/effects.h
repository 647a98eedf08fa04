/* effects.h: what one instruction reads and writes, given the registers before it. Pure: bytes and registers in, effects out. */
#ifndef DETBUILD_INSN_EFFECTS_H
#define DETBUILD_INSN_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets of registers: bit 0 rax ... 15 r15 in the processor's order, then the flags, then everything else as one. */
enum { EFFECT_FLAGS = 16, EFFECT_OTHER = 17, EFFECT_RSP = 4, INSN_MEMS = 3 };

struct insn_mem { uint64_t at; uint32_t len; bool read, write, sure; }; /* sure: written whatever happens */

struct insn_effects {
	uint32_t read, write, kill; /* kill: written whole, whatever happens */
	uint32_t address;           /* used to find memory */
	struct insn_mem mem[INSN_MEMS];
	unsigned n_mem;
	bool control;               /* where it goes next, or whether it traps, depends on what it reads */
};

struct insn_state { uint64_t rip, reg[17], fs, gs; }; /* reg: in the order of the set */

/* False: not understood, or one that nobody may reason about (system, repeated string operation ...). */
bool insn_effects(const uint8_t *code, size_t n, const struct insn_state *s, struct insn_effects *ret);

#endif
