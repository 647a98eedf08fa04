/* evoutputs.h: in which processes of one run something else comes out than in another run. */
#ifndef DETBUILD_REPORT_EVOUTPUTS_H
#define DETBUILD_REPORT_EVOUTPUTS_H

#include "report/evlog_text.h"

/* Compares process by process what they write and which programs they start, and tells of the first processes of run B that do not do
 * what their counterparts in A do, though nothing that they were seen to read differs: to out as text, and as objects into the array that
 * is open in j. Who only passes on what another wrote is counted there. Before all others (in JSON: marked) come the first whose
 * work gets into a file whose last component is one of `files` (may be NULL).
 * *ret_first_write (may be NULL): number of the first event of B that is told of so, and is a call that writes; UINT64_MAX: none.
 * How many it told of, or -errno with e. */
int evoutputs(const char *path_a, const char *path_b, const struct evlog_names *names, char *const *files, FILE *out, struct json *j, uint64_t *ret_first_write, struct error *e);

#endif
