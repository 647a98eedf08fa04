/* run_report.h: the report of one run, as JSON (detbuild-json(5)) and as a page. */
#ifndef DETBUILD_CLI_RUN_REPORT_H
#define DETBUILD_CLI_RUN_REPORT_H

#include "base/late.h"
#include "cli/verb.h"

/* Writes what --report and --html ask for, into files opened before the run. */
int run_report_write(const struct run_options *o, const struct late *report, const struct late *html, const struct run_spec *spec, const struct run_result *result, struct error *e);

#endif
