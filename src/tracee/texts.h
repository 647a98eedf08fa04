/* texts.h: what the agent is told of code in files, and the store of edited copies.
 *
 * X1. A copy is what a mapping would be after its edits, byte for byte, of a file that did not change while it was read; guests can only read it. */
#ifndef DETBUILD_TRACEE_TEXTS_H
#define DETBUILD_TRACEE_TEXTS_H

#include "tracee/tracee.h"

struct text;
struct text_key; /* agent/wire.h */

/* The edits that a mapping of this code at `base` needs are those of the agent's list from `from` on. What has no room is not told. Where a copy is wanted
 * it is made of the file fd. */
void texts_know(struct executor *x, const struct text_key *key, gaddr base, size_t from, int fd);
/* The code's entry, if it has a copy; else NULL, and it is counted that it was mapped. */
const struct text *texts_stored(struct executor *x, const struct text_key *key);
/* A copy of it is wanted. */
bool texts_wants(const struct executor *x, const struct text_key *key);
/* The code of this slot, which has no copy, was mapped. Any number: a guest says it. */
void texts_mapped(struct executor *x, uint64_t slot);
/* Nothing is known of this file any more: from now on its mappings are looked at. */
void texts_forget(struct executor *x, uint64_t dev, uint64_t ino);

/* Before its stack is looked at, when the run is over: in the thread's process the store's mappings become the files' own, where it can open them. */
void texts_as_files(struct executor *x, struct tracee *t);

#endif
