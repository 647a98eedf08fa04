/* verify_run.h: starting the runs of `verify`, some at a time, each under its own conditions. */
#ifndef DETBUILD_CLI_VERIFY_RUN_H
#define DETBUILD_CLI_VERIFY_RUN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/verify_vary.h"

struct verify_job {
	const struct vary_run *vary;
	char **argv;              /* of detbuild; argv[0] is dirs_self() */
	const char *cwd;          /* NULL: ours */
	const char *source;       /* the tree that cwd is a copy of, or NULL */
	const char *stdout_path, *stderr_path; /* files made for its output */
	pid_t pid;                /* while it runs */
	pid_t load[8];            /* busy processes beside it */
	uint64_t started_ns;
	int status;               /* exit status, or 128 + signal */
	uint64_t wall_ns;
};

/* Runs all jobs, at most `parallel` at a time, each started at least `stagger_ns` after the one before. 0 when all ran (look
 * at their status), or -EINTR with e->exit_code set when a signal ended it; then nothing of it runs any more. */
int verify_run_all(struct verify_job *jobs, size_t n, unsigned parallel, uint64_t stagger_ns, struct error *e);
/* CPUs that this process may use. */
unsigned verify_cpus(void);
/* What a shell takes to repeat a job, in one line; malloc'ed. */
char *verify_command_line(const struct verify_job *j);
/* Copies the tree `from` to the new directory `to`; file times moved by `shift` seconds. */
int verify_copy_tree(const char *from, const char *to, int64_t shift, struct error *e);
/* The same for the tree that a run left, and that is not needed afterwards: also what its owner may not read, with its modes. */
int verify_fetch_tree(const char *from, const char *to, struct error *e);

#endif
