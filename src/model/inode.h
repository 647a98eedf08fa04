/* inode.h: the hash table of inode.c, for those who read it and those who change it. Private to src/model. */
#ifndef DETBUILD_MODEL_INODE_H
#define DETBUILD_MODEL_INODE_H

#include "model/world.h"

/* The n-th slot. */
static inline uint32_t inode_at(const struct world *w, uint32_t n) { return WORLD_INODE_SLOTS - 1 - (n & (w->inode_slots - 1)); }
uint32_t inode_home(const struct world *w, uint64_t dev, uint64_t ino);       /* the slot where the search begins */
/* The slot that leads to the entry, or the empty one where it belongs. The table is never more than half full. */
uint32_t inode_slot(const struct world *w, uint64_t dev, uint64_t ino);

#endif
