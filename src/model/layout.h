/* layout.h: where mappings lie, as Linux 6.1 would place them. Freestanding, pure.
 *
 * Kernels differ in where they put large mappings (from 6.7 on some are aligned to 2 MiB, by rules that changed again, and by
 * filesystem), so calls that ask for LAYOUT_LARGE bytes and more get their address from here.
 *
 * Invariants
 *  L1. The result is a function of the guest's mappings and of the call.
 *  L2. For mappings below LAYOUT_LARGE every kernel that we support gives what this file would give: they are left to it. */
#ifndef DETBUILD_MODEL_LAYOUT_H
#define DETBUILD_MODEL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAYOUT_PAGE = 4096, LAYOUT_GUARD = 256 * LAYOUT_PAGE, LAYOUT_LARGE = 2 << 20 };

#define LAYOUT_TOP UINT64_C(0x7ffffffff000)    /* end of the address space, and of the stack */
#define LAYOUT_LEGACY_BASE UINT64_C(0x2aaaaaaab000)
#define LAYOUT_NOWHERE UINT64_MAX

struct span {
	uint64_t from, to;
	bool grows_down;                        /* needs a guard gap below it */
};

struct layout_request {
	uint64_t len;                           /* whole pages, not 0 */
	uint64_t hint;                          /* 0: anywhere */
	uint64_t base;                          /* layout_base() */
	bool low;                               /* MAP_32BIT */
};

/* The end of the area that is filled from above, by the soft stack limit at exec. LAYOUT_LEGACY_BASE: filled from there upwards. */
uint64_t layout_base(uint64_t stack_limit);
/* Puts a span behind the n that are there, which lie before it. Neighbours become one, which is all the same to who looks for room. How many there are then. */
size_t layout_add(struct span *spans, size_t n, const struct span *s);
/* A place among the spans, which are sorted and disjoint; LAYOUT_NOWHERE: none is free. */
uint64_t layout_find(const struct span *spans, size_t n, const struct layout_request *r);

#endif
