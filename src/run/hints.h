/* hints.h: loops whose rounds are counted, as a file: one a line, "0xADDRESS PROGRAM"; lines that begin with '#' are comments, and a
 * path may hold one. Part of a run's recipe. */
#ifndef DETBUILD_RUN_HINTS_H
#define DETBUILD_RUN_HINTS_H

#include "base/error.h"
#include "base/late.h"
#include "engine/engine.h"

struct hints { struct engine_hint *list; unsigned n; };

/* What ends turns in a run: rounds of loops, and branches (a turn's number of them; 0: not counted, or the processor cannot). */
struct counting { struct hints hints; uint64_t branches, branch_margin; };

/* A file that does not exist holds none. -errno with e. Frees nothing of *ret on failure. *ret_file: for hints_append(), after a run. */
int hints_open(const char *path, struct late *ret_file, struct hints *ret, struct error *e);
int hints_append(const struct late *file, const char *path, const struct engine_hint *h, struct error *e); /* 0, or -errno with e */
bool hints_add(struct hints *h, const struct engine_hint *one); /* false: it is there already, or there is no room */
char *hints_text(const struct hints *h); /* for reports: "0xADDRESS PROGRAM, ..." or "" ; malloc'ed */

#endif
