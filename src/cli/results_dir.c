/* results_dir.c: makes the directory, either where the user says or anew in the cache. */
#include "cli/results_dir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
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
	if (r < 0 || !mkdtemp(*ret))
		return error_set(e, r < 0 ? -r : errno, "cannot make a directory in %s", all);
	chmod(*ret, 0755); /* the ordinary user in the box passes through */
	*ret_made = true;
	return 0;
}
