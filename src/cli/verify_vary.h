/* verify_vary.h: the conditions under which the runs of `verify` differ. */
#ifndef DETBUILD_CLI_VERIFY_VARY_H
#define DETBUILD_CLI_VERIFY_VARY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "cli/verb.h"

enum vary {
	VARY_TIME, VARY_HOSTNAME, VARY_PATH, VARY_BUILD_PATH, VARY_USER, VARY_HOME, VARY_UMASK, VARY_LOCALE, VARY_TIMEZONE,
	VARY_ENVIRONMENT, VARY_FILESYSTEM, VARY_CPU, VARY_LOAD, VARY_PIDS, VARY_MTIMES,
	VARY_COUNT,
};

typedef uint32_t vary_set;                 /* one bit for each enum vary */
#define VARY_ALL ((vary_set)((1u << VARY_COUNT) - 1))

const char *vary_name(enum vary v);
/* "-time", "+all,-load", "locale,timezone" (exactly these), "none". NULL: all. Unknown names and sets that turn out empty
 * without "none" are mistakes of usage. */
int vary_parse(const char *text, vary_set *ret, struct error *e);

struct vary_context {
	vary_set set;
	bool native;         /* the variations reach the guest */
	bool package;        /* `pkg` runs it, not `run` */
	bool source_tree;    /* of a package: a directory, whose file times are the host's accident */
	const struct run_options *options; /* what the user fixed is not varied */
	const char *base;    /* work directory */
};

/* One run's conditions. */
struct vary_run {
	char *cells[VARY_COUNT]; /* what was done, for the table; NULL: not asked for */
	char *dir;               /* the run's directory, below base */
	char **env;              /* the complete environment of the detbuild process */
	char **args;             /* options for it */
	int umask;               /* -1: as is */
	const char *hostname;    /* of the host, NULL: as is */
	int64_t clock_shift;     /* seconds added to the host's monotonic and boottime clocks; 0: as they are */
	bool tree_in_memory;     /* of a command: its copy of the tree lies in /dev/shm */
	unsigned load;           /* busy processes beside it */
	unsigned burn_pids;
	int64_t mtime_shift;     /* seconds, for the copied tree of a command; 0: as it is */
};

/* Run k (from 0; run 0 is the plain one). */
void vary_make(const struct vary_context *c, size_t k, struct vary_run *ret);
void vary_clear(struct vary_run *r);
/* The table of what is varied in each run. */
void vary_print(const struct vary_run *runs, size_t n, FILE *f);

#endif
