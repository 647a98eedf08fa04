/* evdiff.h: the first event in which two logs differ. */
#ifndef DETBUILD_REPORT_EVDIFF_H
#define DETBUILD_REPORT_EVDIFF_H

#include "report/evlog_text.h"

struct evdiff_options {
	unsigned context;    /* events shown before and after the difference */
	bool json;
	bool brief;          /* text without the names of the logs and what the runs were asked for */
	uint64_t *ret_equal; /* how many records are equal, so the number of the first that differs; NULL: not asked for */
};

/* Compares two logs and writes what differs to out, as text or JSON. 0: equal; 1: they differ; negative: trouble with a
 * log (e is filled): unreadable, or cut short or damaged before any difference was found. */
int evdiff_files(const char *path_a, const char *path_b, const struct evdiff_options *o, const struct evlog_names *names, FILE *out, struct error *e);

#endif
