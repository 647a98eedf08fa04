/* script.h: verbs that are bash scripts below dirs_lib(): chroot-tools/ and pkgbuild/. */
#ifndef DETBUILD_CLI_SCRIPT_H
#define DETBUILD_CLI_SCRIPT_H

#include "base/error.h"

/* Replaces this process by the script at `path` below dirs_lib(), with args (NULL-terminated) after its name. The script finds
 * the program in $DETBUILD, the cache in $DETBUILD_CACHE, and how much to say in $DETBUILD_QUIET and $DETBUILD_VERBOSE.
 * Returns -errno with e when it could not be started. */
int script_exec(const char *path, char *const *args, struct error *e);

#endif
