/* verify_end.h: what the ends of the runs mean. */
#ifndef DETBUILD_CLI_VERIFY_END_H
#define DETBUILD_CLI_VERIFY_END_H

#include "cli/verify_run.h"

/* The run of a command whose report is the file `report`: did the command itself come to an end, so that the job's status is the
 * command's? false: the status is detbuild's own, for a run that it ended (time-out, deadlock, refused call ...) or could not make. */
bool verify_command_ended(const char *report);
/* The log of a package's build, which pkg leaves beside the results in dir if the build began; malloc'ed. NULL: it did not. */
char *verify_build_log(const char *dir);
/* A run without a result: shows the last of what it said, and fills e with how it ended, where to look and how to repeat it. `which` begins the
 * sentence. -ECHILD: what lies in `base` is worth a look, and e says so; -ENODATA: all that there is was shown, so nothing needs to stay. */
int verify_run_failed(const char *which, const struct verify_job *j, const char *base, struct error *e);
/* The status other than 0 with which every one of the jobs ended; 0 when there is no such one. */
int verify_common_failure(const struct verify_job *jobs, size_t n);

#endif
