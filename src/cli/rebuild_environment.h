/* rebuild_environment.h: what the driver found out about the .buildinfo whose build is repeated, and about the packages installed now. */
#ifndef DETBUILD_CLI_REBUILD_ENVIRONMENT_H
#define DETBUILD_CLI_REBUILD_ENVIRONMENT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/json.h"

struct package_difference {
	char *package, *wanted, *have; /* have: NULL when it is not installed */
};

struct rebuild_environment {
	bool known;                    /* false: nothing was read, for the subject is no .buildinfo */
	char *signature;               /* none, unverified or verified */
	unsigned long packages;        /* that were installed where it was built */
	struct package_difference *differences;
	size_t n;
};

/* path: what `pkg --environment-report` wrote; *ret stays empty when there is no such file. */
void rebuild_environment_read(const char *path, struct rebuild_environment *ret);
void rebuild_environment_clear(struct rebuild_environment *r);
void rebuild_environment_text(const struct rebuild_environment *r, FILE *f);
/* A member "buildinfo": an object, or null. */
void rebuild_environment_json(const struct rebuild_environment *r, struct json *j);

#endif
