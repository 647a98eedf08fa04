/* verify_logs.h: comparing the event logs of two runs; shared by `diff` and `verify`. */
#ifndef DETBUILD_CLI_VERIFY_LOGS_H
#define DETBUILD_CLI_VERIFY_LOGS_H

#include "report/evdiff.h"

#define LOG_SUFFIX ".log.bin"

/* Names of calls, from the policy table. */
const struct evlog_names *log_names(void);
/* run_a and run_b: two logs, or two directories that hold logs (*.log.bin, at any depth) of the same names.
 * Stops at the first pair that differs. 0 equal, 1 they differ, -errno with e: trouble, or nothing to compare. */
int logs_compare(const char *run_a, const char *run_b, const struct evdiff_options *o, FILE *out, struct error *e);

#endif
