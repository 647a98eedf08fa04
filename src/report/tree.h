/* tree.h: what a directory holds, in an order and form that depend on its content only. */
#ifndef DETBUILD_REPORT_TREE_H
#define DETBUILD_REPORT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/hash.h"

struct tree_entry {
	char *path;          /* relative to the root, no leading "./" */
	char type;           /* f file, d directory, l link, p fifo, s socket, c and b devices */
	mode_t mode;         /* permission bits, 07777 */
	uint64_t size;       /* files: bytes; devices: st_rdev; else 0 */
	struct sha256 hash;  /* files: of the content; links: of the target */
	char *target;        /* links */
	bool hash_only;      /* the file itself is not here: nothing but its path and hash is known (tree_add_sums) */
};

struct tree {
	struct tree_entry *entries; /* sorted bytewise by path */
	size_t n;
};

/* What the files of one tree may hold, a hole counting as its zeros: at a gigabyte of hashes a second two minutes' work. */
#define TREE_BYTES_MAX (UINT64_C(128) << 30)

/* Walks dir (not itself an entry), never follows a link below it. -ELOOP: deeper than 200 levels; -EFBIG: more than TREE_BYTES_MAX. */
int tree_walk(const char *dir, struct tree *ret, struct error *e);
/* The same for a tree that is ours to change: what its owner may not read becomes readable, after its mode was noted. */
int tree_walk_ours(const char *dir, struct tree *ret, struct error *e);
/* Adds the files of a list as sha256sum(1) writes it that the tree does not have, by their hashes. No list: nothing. */
int tree_add_sums(struct tree *t, const char *list, struct error *e);
void tree_clear(struct tree *t);
const struct tree_entry *tree_find(const struct tree *t, const char *path);

#endif
