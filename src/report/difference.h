/* difference.h: how two artefacts differ, named by the innermost member and the kind of difference. */
#ifndef DETBUILD_REPORT_DIFFERENCE_H
#define DETBUILD_REPORT_DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"

#define FINDINGS_MAX 100u /* per artefact; the rest is counted */

enum finding_kind {
	FINDING_CONTENT,   /* the bytes of a file */
	FINDING_BUILD_ID,  /* an ELF file whose program is the same: only build-id or debug link differ */
	FINDING_TYPE,      /* file, directory, link ... */
	FINDING_TARGET,    /* of a link */
	FINDING_MODE,
	FINDING_OWNER,
	FINDING_MTIME,
	FINDING_ORDER,     /* of the members of an archive */
	FINDING_MISSING,   /* a member of the first that the second lacks */
	FINDING_ADDED,     /* the other way round */
	FINDING_CONTAINER, /* all members are equal; compression, padding or headers are not */
	FINDING_SUMS,      /* a list of checksums: the same names in the same order, other sums; follows from other findings */
	FINDING_LIMIT,     /* not looked at: why */
};

struct finding {
	enum finding_kind kind;
	char *member;      /* "data.tar.xz: ./usr/bin/hello", "" for the artefact itself */
	char *how;         /* one line, printable ASCII */
};

struct findings {
	struct finding *items;
	size_t n, more;
};

void findings_add(struct findings *f, enum finding_kind kind, const char *member, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void findings_clear(struct findings *f);
void findings_print(const struct findings *f, FILE *out, const char *indent);
void findings_json(const struct findings *f, struct json *j, const char *name);
const char *finding_kind_name(enum finding_kind kind);

/* What may be unpacked to explain all differences of one comparison: a minute or two of work. What is not looked into then is said. */
#define DIFFERENCE_BYTES_MAX (UINT64_C(16) << 30)

/* Compares two contents and, where they are archives, their members. Adds at least one finding when they differ. *unpacked: bytes unpacked so
 * far in this comparison, 0 at its beginning. */
void difference_find(const void *a, size_t an, const void *b, size_t bn, uint64_t *unpacked, struct findings *ret);

#endif
