/* script.c: hands a verb over to its script. The process is replaced, so signals and the exit status need no relaying. */
#include "cli/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/verb.h"

int script_exec(const char *path, char *const *args, struct error *e)
{
	autofree char *script = xasprintf("%s/%s", dirs_lib(), path);
	autostrv char **argv = NULL;

	if (!path_exists(script)) {
		error_set(e, ENOENT, "the script %s is missing", script);
		error_hint(e, "detbuild looks for its scripts beside the program or in $DETBUILD_LIBDIR: is the installation whole?");
		return -ENOENT;
	}
	strv_add(&argv, "bash");
	strv_add(&argv, script);
	strv_extend(&argv, args);
	setenv("DETBUILD", dirs_self(), 1);
	setenv("DETBUILD_CACHE", dirs_cache(), 1);
	setenv("DETBUILD_QUIET", log_is_quiet() ? "1" : "0", 1);
	setenv("DETBUILD_VERBOSE", log_is_verbose() ? "1" : "0", 1);
	fflush(stdout);
	execvp(argv[0], argv);
	return error_set(e, errno, "cannot run bash for %s", script);
}
