/* searches.h: what searches of files' code found (code_file.h), kept over runs in a directory of the user's.
 *
 * Owns: the entries, one a file, and what must be equal for an entry to count. Must not know what is searched for, nor how.
 *
 * K1. An entry counts for the very file that was searched, as it was: device, inode, size, times of change and of status change, first page; and for the same
 *     detbuild and decoder (build ids), asked the same. The file is looked up where it lies, below the box's image and layers, which no guest of the run writes to:
 *     what is not found there as the guest has it (it is from the upper directory, or a volume, or was changed since), what changed since the run began, and what
 *     lies in a volume that the run may write to or on a file system that is not known to note each change with a time is neither looked up nor kept.
 * K2. An entry is data: it is read with checks, and its sum must be right. What it says counts as much as what a search says: nothing is
 *     written unless the bytes there are the instruction that was found (code.h, C2).
 * K3. Directory and entries belong to the user, and nobody else may write to them. Boxes do not show it (box/ops.c), so that what was kept is no input. A build that may
 *     write to a directory above it can put another in its place, as it can the user's images and settings.
 * K4. Nothing here fails: what cannot be read or written is searched for, as if there were no directory.
 * K5. The same result comes from an entry and from a search: no guest can tell, and no log does. */
#ifndef DETBUILD_TRACEE_SEARCHES_H
#define DETBUILD_TRACEE_SEARCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "tracee/code_file.h"

enum { SEARCHES_ASKED = 6 };

/* What the search depends on. */
struct search_key {
	uint8_t detbuild[20], decoder[20];  /* build ids */
	uint64_t asked[SEARCHES_ASKED];     /* as the searcher likes */
	uint64_t dev, fsid, ino, size;      /* of the file below the overlay */
	int64_t mtime, mtime_ns, ctime, ctime_ns;
	uint64_t page;                      /* sum of the first one */
};

struct searches;

/* lower, writable: NULL-terminated lists (or NULL) of paths without links: what lies below the box's upper directory, and what guests may write to. dir NULL: nothing is kept; the
 * answer is NULL as well where nothing tells versions apart. The lists stay the caller's, until searches_close(). */
struct searches *searches_open(const char *dir, char *const *lower, char *const *writable);
void searches_close(struct searches *s);
/* False: nothing is kept of this file. before_ns: when the run began; NULL s is welcome. */
bool searches_key(const struct searches *s, const struct code_file *f, int fd, const uint64_t asked[SEARCHES_ASKED], int64_t before_ns, struct search_key *ret);
/* True: f has sites, stubs, calls, segments, entry and interpreter as they were kept; else it is as it was. */
bool searches_find(const struct searches *s, const struct search_key *key, struct code_file *f);
/* fd: of the file; one that has changed meanwhile is not kept. */
void searches_keep(struct searches *s, const struct search_key *key, const struct code_file *f, int fd);

#endif
