/* dirs.c: where detbuild's own files are: the program, its scripts, the cache.
 *
 * 1. Everything is found from /proc/self/exe, so an installation can be moved and a checkout runs in place.
 * 2. The cache follows the XDG base directory rules: a relative $XDG_CACHE_HOME is ignored. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/option.h"

const char *dirs_self(void)
{
	static char path[PATH_MAX];
	ssize_t n;

	if (!path[0]) {
		n = readlink("/proc/self/exe", path, sizeof(path) - 1);
		if (n < 0)
			die_errno("cannot find the running program: readlink /proc/self/exe");
		path[n] = '\0';
	}
	return path;
}

static bool has_scripts(const char *dir)
{
	autofree char *probe = xasprintf("%s/chroot-tools", dir);

	return path_is_dir(probe);
}

const char *dirs_lib(void)
{
	static char *found;
	const char *env = getenv("DETBUILD_LIBDIR");
	autofree char *dir = NULL, *above = NULL, *canonical = NULL;

	if (env && *env)
		return env;
	if (found)
		return found;
	dir = xstrndup(dirs_self(), (size_t)(strrchr(dirs_self(), '/') - dirs_self()));
	/* A checkout: build/detbuild, or build/asan/detbuild. */
	above = xasprintf("%s/..", dir);
	if (!has_scripts(above)) {
		free(above);
		above = xasprintf("%s/../..", dir);
	}
	if (!has_scripts(above)) {
		free(above);
		above = xasprintf("%s/../lib/detbuild", dir);
	}
	canonical = path_absolute(above);
	found = canonical ? STEAL(canonical) : STEAL(above);
	return found;
}

const char *dirs_home(void)
{
	const char *home = getenv("HOME");
	struct passwd *pw;

	if (home && *home)
		return home;
	pw = getpwuid(getuid());
	return pw ? pw->pw_dir : "/";
}

static char *cache_path(void)
{
	const char *xdg = getenv("XDG_CACHE_HOME");

	return xdg && xdg[0] == '/' ? xasprintf("%s/detbuild", xdg) : xasprintf("%s/.cache/detbuild", dirs_home());
}

const char *dirs_searches(void)
{
	autofree char *cache = cache_path();

	return strncmp(cache, dirs_home(), strlen(dirs_home())) == 0 && !path_is_dir(dirs_home()) ? NULL : xasprintf("%s/code", cache);
}

const char *dirs_cache(void)
{
	static char *cache;
	int r;

	if (cache)
		return cache;
	cache = cache_path();
	r = mkdir_p(cache, 0755);
	if (r < 0) {
		errno = -r;
		die_errno("cannot make the cache directory %s (set XDG_CACHE_HOME to a place you can write)", cache);
	}
	return cache;
}

int chroot_resolve(const char *name_or_dir, char **ret_dir, struct error *e)
{
	autofree char *cached = NULL, *name = xstrdup(name_or_dir);
	size_t n = strlen(name);

	/* A directory here is meant when there is a slash; "bookworm/" is how shells complete one. */
	if (strchr(name, '/') && path_is_dir(name)) {
		*ret_dir = path_absolute(name);
		return *ret_dir ? 0 : error_set(e, errno, "--chroot %s", name_or_dir);
	}
	while (n > 1 && name[n - 1] == '/')
		name[--n] = '\0';
	if (!strchr(name, '/') && strcmp(name, ".") && strcmp(name, "..") && *name) {
		cached = xasprintf("%s/chroots/%s", dirs_cache(), name);
		if (path_is_dir(cached)) {
			*ret_dir = STEAL(cached);
			return 0;
		}
		usage_error(e, "there is no chroot '%s': neither %s nor a directory of that name with a slash", name_or_dir, cached);
		error_hint(e, "'detbuild chroot list' shows those that exist; 'detbuild chroot create %s' makes one from the Debian release %s",
			   name, name);
		return -EINVAL;
	}
	usage_error(e, "--chroot %s is not a directory", name_or_dir);
	error_hint(e, "give the root directory of a Debian system, or a NAME made with 'detbuild chroot create'");
	return -EINVAL;
}
