/* tsc_place.h: where an rdtsc stood that was moved into a routine. Pure; the agent links it as well. */
#ifndef DETBUILD_INSN_TSC_PLACE_H
#define DETBUILD_INSN_TSC_PLACE_H

#include <stddef.h>
#include <stdint.h>

enum { INSN_TSC_LOOK = 9 }; /* bytes that tell */

/* The place of an rdtsc at this address, whose bytes and what follows them are `code`: its own, or, where a jump follows (or a
 * jump over one), two bytes before that jump's target: a routine of ours (or a program that looks like one, and has the same place by either executor). */
uint64_t insn_tsc_place(const uint8_t *code, size_t n, uint64_t at);

#endif
