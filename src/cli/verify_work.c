/* verify_work.c: the parts of these verbs that know neither conditions nor verdicts. */
#include "cli/verify_work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/strv.h"
#include "base/utf8.h"

#define SHOWN_LINES 20
#define SHOWN_BYTES 16384 /* as pkg shows the end of its logs */

bool work_path_in(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0' || strcmp(dir, "/") == 0);
}

/* Results of an earlier verification in the same --output would be taken for ours. */
int work_clear_dir(const char *dir, struct error *e)
{
	autofree char *upper = xasprintf("%s.upper", dir), *work = xasprintf("%s.work", dir), *report = xasprintf("%s.report.json", dir);
	const char *const all[] = { dir, upper, work, report };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		int r = path_exists(all[i]) ? remove_tree(all[i]) : 0;
		if (r < 0)
			return error_set(e, -r, "cannot remove %s of an earlier run", all[i]);
	}
	int r = mkdir_p(dir, 0755);
	return r < 0 ? error_set(e, -r, "cannot make the directory %s", dir) : 0;
}

/* The build wrote it: what would steer the terminal becomes '?'. */
static void put_text(const unsigned char *p, FILE *f)
{
	while (*p) {
		size_t n = utf8_length(p);
		uint32_t c = n > 0 ? utf8_character(p, n) : 0;

		if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f) || c >= 0xa0)
			fwrite(p, 1, n, f);
		else
			fputc('?', f);
		p += n > 0 ? n : 1;
	}
}

static const char *last_lines(const char *text, size_t n, int lines)
{
	const char *p = text + n - 1;

	while (p > text && (p[-1] != '\n' || --lines > 0))
		p--;
	return p;
}

bool work_show_end(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	autofree char *text = NULL;
	const char *last;
	off_t from;

	if (fd < 0)
		return true;
	from = lseek(fd, -SHOWN_BYTES, SEEK_END); /* a shorter file: from its beginning */
	ssize_t n = fd_read_all(fd, &text, SHOWN_BYTES);
	if (n <= 0)
		return n == 0;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = '?';
	last = last_lines(text, (size_t)n, SHOWN_LINES);
	put_text((const unsigned char *)last, stderr);
	if (text[n - 1] != '\n')
		fputc('\n', stderr);
	return from <= 0 && last == text;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* The driver's sidecar says when the run really happened; the sums repeat what is compared anyway. */
bool work_is_record(const char *name)
{
	return ends_with(name, ".detbuild.json") || strcmp(name, "SHA256SUMS") == 0;
}

/* Without the tracer the build's own records name its time, too. */
bool work_is_native_record(const char *name)
{
	return work_is_record(name) || ends_with(name, ".buildinfo") || ends_with(name, ".changes") || ends_with(name, ".detbuild.log");
}

/* As pkg understands it: a bare name is a package unless a source tree of that name lies here. */
bool work_is_source_tree(const char *name)
{
	autofree char *changelog = xasprintf("%s/debian/changelog", name);

	return path_is_dir(name) && (strchr(name, '/') || name[0] == '.' || path_exists(changelog));
}

/* --env NAME means the caller's value, which a variation may have replaced in the environment of the runs. */
void work_resolve_env(struct run_options *o)
{
	char **env = NULL;

	for (char **p = o->env; p && *p; p++) {
		const char *value = strchr(*p, '=') ? NULL : getenv(*p);
		if (value)
			strv_addf(&env, "%s=%s", *p, value);
		else
			strv_add(&env, *p);
	}
	strv_free(o->env);
	o->env = env;
}

/* The runs of a package start elsewhere no more than we do, but paths must not depend on it. */
void work_absolute_subject(char **args)
{
	char *path = strchr(args[0], '/') || strcmp(args[0], ".") == 0 || ends_with(args[0], ".dsc") ? path_absolute(args[0]) : NULL;

	if (path)
		args[0] = path;
}
