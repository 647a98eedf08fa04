/* attest.h: the verdict of a rebuild as a statement that somebody can sign. No key is ever read here, none enters the box. */
#ifndef DETBUILD_CLI_ATTEST_H
#define DETBUILD_CLI_ATTEST_H

#include "cli/rebuild_report.h"

/* Writes an in-toto statement: its subjects are the published files that were built with the same bytes, its predicate the document of
 * `rebuild --json`. When no file is identical, nothing is written, and that is said. 0 or -errno with e. */
int attest_write(const struct rebuild_result *r, const char *path, struct error *e);

#endif
