/* process.h: running helper programs (debootstrap, apt, diffoscope) from the supervisor. Never used on guests. */
#ifndef DETBUILD_BASE_PROCESS_H
#define DETBUILD_BASE_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

struct process_options {
	char *const *env;     /* NULL: ours */
	const char *cwd;      /* NULL: ours */
	int stdin_fd;         /* -1: /dev/null */
	int stdout_fd;        /* -1: inherit */
	int stderr_fd;        /* -1: inherit */
	uint64_t timeout_ns;  /* 0: none; then SIGTERM, 10 s later SIGKILL to the process group */
};

/* Runs argv (PATH search) and waits. Returns the exit status, 128+signal, 124 on time-out, or -errno when it could not be started. */
int process_run(char *const *argv, const struct process_options *opt);

#endif
