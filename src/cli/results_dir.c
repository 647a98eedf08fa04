/* results_dir.c: makes the directory, either where the user says or anew in the cache.
 *
 * 1. A directory in the cache is locked while its verb lives, and holds a file UNFINISHED until the verb ends by itself. One with that
 *    file and no lock was left by a verb that was killed: the next one removes it. */
#include "cli/results_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/verb.h"

/* "tiny/" is how shells complete a directory. */
static char *last_name(const char *path)
{
	size_t end = strlen(path);
	size_t begin;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && path[begin - 1] != '/';)
		begin--;
	return end > begin ? xstrndup(path + begin, end - begin) : xstrdup("root");
}

#define UNFINISHED ".unfinished"

static char *results, *unfinished; /* the directory, and the file in it until we end */
static pid_t owner;

/* A directory in which nothing else is left goes, too. */
static void finish(void)
{
	if (getpid() != owner)
		return;
	unlink(unfinished);
	rmdir(results);
}

/* The descriptor stays open as long as we live. */
static void mark(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	results = xstrdup(dir);
	unfinished = xasprintf("%s/" UNFINISHED, dir);
	owner = getpid();
	if (atexit(finish) == 0)
		file_write(unfinished, "");
}

static bool was_left(const char *dir)
{
	autofree char *mark = xasprintf("%s/" UNFINISHED, dir);
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && path_exists(mark) && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void remove_left(const char *all)
{
	DIR *d = opendir(all);

	for (struct dirent *de; d && (de = readdir(d)) != NULL;) {
		autofree char *dir = xasprintf("%s/%s", all, de->d_name);

		if (de->d_name[0] != '.' && was_left(dir)) {
			notice("removing what an interrupted run left: %s", dir);
			remove_tree(dir);
		}
	}
	if (d)
		closedir(d);
}

static int given_dir(const char *output, char **ret, bool *ret_made, struct error *e)
{
	int r;

	*ret_made = !path_exists(output);
	r = mkdir_p(output, 0755);
	if (r < 0)
		return error_set(e, -r, "cannot make the directory %s", output);
	*ret = path_absolute(output);
	return *ret ? 0 : error_set(e, errno, "cannot use the directory %s", output);
}

int results_dir(const char *output, const char *verb, const char *subject, char **ret, bool *ret_made, struct error *e)
{
	autofree char *all = NULL, *name = NULL;
	int r;

	if (output)
		return given_dir(output, ret, ret_made, e);
	all = xasprintf("%s/%s", dirs_cache(), verb);
	name = last_name(subject);
	*ret = xasprintf("%s/%.60s-XXXXXX", all, name);
	r = mkdir_p(all, 0755);
	remove_left(all);
	if (r < 0 || !mkdtemp(*ret))
		return error_set(e, r < 0 ? -r : errno, "cannot make a directory in %s", all);
	chmod(*ret, 0755); /* the ordinary user in the box passes through */
	mark(*ret);
	*ret_made = true;
	return 0;
}
