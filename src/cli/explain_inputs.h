/* explain_inputs.h: the inputs of a build that `explain` changes, one row each. */
#ifndef DETBUILD_CLI_EXPLAIN_INPUTS_H
#define DETBUILD_CLI_EXPLAIN_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/explain_search.h"
#include "cli/verb.h"

struct explain_input {
	const char *name;
	const char *what;                  /* what is changed, for people */
	const char *const *command, *const *package; /* options of `run` and of `pkg` that change it; NULL-terminated */
	const char *remedy;                /* what a maintainer does about it */
};

/* In the order in which they are to be suspected: the likely ones first. */
extern const struct explain_input explain_inputs[];
size_t explain_input_count(void);
input_set explain_input_named(const char *name); /* 0: there is none */

/* Why input i cannot be changed here (an option of the user's says what it is to be), or NULL. */
const char *explain_input_fixed(size_t i, bool package, const struct run_options *o, char *const *build_options);
/* The options that change the inputs of a set. */
void explain_input_words(input_set set, bool package, char ***argv);

#endif
