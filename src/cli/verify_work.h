/* verify_work.h: what `verify` and `explain` share around the builds that they start and compare. */
#ifndef DETBUILD_CLI_VERIFY_WORK_H
#define DETBUILD_CLI_VERIFY_WORK_H

#include "cli/verb.h"

bool work_path_in(const char *path, const char *dir); /* both absolute */
/* An empty directory for a run's results; what an earlier run left there goes. */
int work_clear_dir(const char *dir, struct error *e);
/* The last lines of a file on standard error. Were these all? */
bool work_show_end(const char *path);
/* Results that are records of the build, not its products: of every build, and of builds whose conditions they tell. */
bool work_is_record(const char *name);
bool work_is_native_record(const char *name);
bool work_is_source_tree(const char *name);
/* Names in --env get the values that they have now. */
void work_resolve_env(struct run_options *o);
/* args[0], a path to sources, becomes absolute. */
void work_absolute_subject(char **args);

#endif
