/* compare.h: the artefacts of N runs, one directory each: which are the same in all of them. */
#ifndef DETBUILD_REPORT_COMPARE_H
#define DETBUILD_REPORT_COMPARE_H

#include <stdbool.h>

#include "base/error.h"
#include "report/difference.h"
#include "report/tree.h"

enum verdict_kind {
	VERDICT_IDENTICAL,
	VERDICT_DIFFERS,
	VERDICT_MISSING,   /* in at least one run */
	VERDICT_RECORD,    /* a record of the build itself (logs, .buildinfo ...): listed, not judged */
};

struct verdict {
	char *name;              /* path in the directories */
	enum verdict_kind kind;
	size_t run_a, run_b;     /* differs: the first two runs that are not equal; missing: run_b lacks it, run_a has it */
	struct findings findings;
	const struct tree_entry **runs; /* [n]: the entry in each run, NULL where missing; point into comparison.trees */
};

struct compare_options {
	bool modes;                        /* permission bits count (whole trees); false: only content and type (collected artefacts) */
	bool (*is_record)(const char *name); /* NULL: nothing is */
	const char *sums;          /* a list of hashes: files of the first directory of which nothing else is here; or NULL */
};

struct comparison_result {
	struct tree *trees;      /* [n_runs] */
	size_t n_runs;
	struct verdict *verdicts; /* sorted by name */
	size_t n;
	bool same;               /* every verdict is IDENTICAL or RECORD, and there is at least one IDENTICAL */
};

/* dirs: n >= 2 directories, ours to make readable. Directories as entries count only when modes is set. */
int compare_dirs(const char *const *dirs, size_t n, const struct compare_options *o, struct comparison_result *ret, struct error *e);
void comparison_clear(struct comparison_result *r);
/* A difference in nothing but the identity of the build (ELF build-id, debug link) and in checksums that follow from it. */
bool verdict_is_build_id_only(const struct verdict *v);
const char *verdict_kind_name(enum verdict_kind kind);

#endif
