/* loop.h: does a loop go on for ever by itself? See loop.c. */
#ifndef DETBUILD_INSN_LOOP_H
#define DETBUILD_INSN_LOOP_H

#include "insn/effects.h"

enum { LOOP_STEPS = 4096 };

/* One instruction of a trace: the state before it, what it does, and what its reads of memory will find (up to 8 bytes each). */
struct loop_step {
	struct insn_state state;
	struct insn_effects effects;
	uint64_t found[INSN_MEMS];
	bool known;                 /* effects are understood */
};

struct loop { uint64_t lowest; size_t period; };

/* The trace's last element is where it stands; its instruction has not been executed. True: it ends in a loop without end; the loop's
 * lowest instruction address, and its length. */
bool loop_prove(const struct loop_step *trace, size_t n, struct loop *ret);

#endif
