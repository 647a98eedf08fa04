/* results_dir.h: where a verb that builds more than one thing puts them. */
#ifndef DETBUILD_CLI_RESULTS_DIR_H
#define DETBUILD_CLI_RESULTS_DIR_H

#include <stdbool.h>

#include "base/error.h"

/* `output`, or when it is NULL a new directory <cache>/VERB/NAME-XXXXXX, NAME being the end of `subject`. *ret_made: it did not exist
 * before. The path is absolute and malloc'ed. */
int results_dir(const char *output, const char *verb, const char *subject, char **ret, bool *ret_made, struct error *e);

#endif
