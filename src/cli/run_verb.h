/* run_verb.h: what the verbs run and enter share: one command, its report, its exit status. */
#ifndef DETBUILD_CLI_RUN_VERB_H
#define DETBUILD_CLI_RUN_VERB_H

#include "cli/verb.h"

/* Runs args with the options; the exit status for main, or -errno with e. */
int run_verb_command(const struct run_options *o, const struct run_defaults *d, char **args, struct error *e);

#endif
