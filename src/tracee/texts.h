/* texts.h: what the agent is told of code in files. For code.c only. */
#ifndef DETBUILD_TRACEE_TEXTS_H
#define DETBUILD_TRACEE_TEXTS_H

#include "tracee/tracee.h"

struct text_key; /* agent/wire.h */

/* The edits that a mapping of this code at `base` needs are those of the agent's list from `from` on. What has no room is not told. */
void texts_know(struct executor *x, const struct text_key *key, gaddr base, size_t from);
/* Nothing is known of this file any more: from now on its mappings are looked at. */
void texts_forget(struct executor *x, uint64_t dev, uint64_t ino);

#endif
