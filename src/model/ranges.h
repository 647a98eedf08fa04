/* ranges.h: a few ranges of addresses. Pure, freestanding. */
#ifndef DETBUILD_MODEL_RANGES_H
#define DETBUILD_MODEL_RANGES_H

#include <stdbool.h>
#include <stdint.h>

enum { RANGES_MOST = 16 };

/* Sorted, apart from each other, none empty. All zero: none. */
struct ranges { struct { uint64_t from, to; } list[RANGES_MOST]; uint32_t n; };

/* Adds from .. to - 1. False: there are too many, and nothing was added. */
bool ranges_add(struct ranges *r, uint64_t from, uint64_t to);
/* Takes away. Where a range would be cut in two and there is no room for that, its upper part goes as well. */
void ranges_remove(struct ranges *r, uint64_t from, uint64_t to);
bool ranges_have(const struct ranges *r, uint64_t at);

#endif
