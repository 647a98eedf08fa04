/* identity.h: who the command is in the box: --user against the image's passwd and group files. */
#ifndef DETBUILD_CLI_IDENTITY_H
#define DETBUILD_CLI_IDENTITY_H

#include <sys/types.h>

#include "base/error.h"

struct identity {
	uid_t uid;
	gid_t gid;
	const char *name;   /* for USER and LOGNAME */
	const char *home;   /* "/root" or "/nonexistent" */
	const char *passwd; /* file to show as /etc/passwd, NULL: the image's own has the user */
	const char *group;  /* the same for /etc/group */
};

/* user: "root", "builder", a name of the image, or UID[:GID]; called: the name to be shown for it, or NULL. Memory lives until the process ends. */
int identity_find(const char *user, const char *called, const char *image, char *const *layers, struct identity *ret, struct error *e);

#endif
