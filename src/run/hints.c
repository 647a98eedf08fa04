/* hints.c: the file of loops to be counted. See hints.h. */
#include "run/hints.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"

enum { FILE_MOST = 1 << 20 };

bool hints_add(struct hints *h, const struct engine_hint *one)
{
	for (unsigned k = 0; k < h->n; k++)
		if (h->list[k].at == one->at && strcmp(h->list[k].program, one->program) == 0)
			return false;
	if (h->n == ENGINE_HINTS)
		return false;
	if (!h->list)
		h->list = xzalloc(ENGINE_HINTS * sizeof(*h->list));
	h->list[h->n++] = *one;
	return true;
}

static int parse_line(const char *path, char *line, struct hints *ret, struct error *e)
{
	struct engine_hint one;
	char *end;

	if (line[0] == '#' || !line[strspn(line, " \t")])
		return 0;
	errno = 0;
	one.at = strtoull(line, &end, 16);
	if (errno || strncmp(line, "0x", 2) != 0 || *end != ' ' || end[1] != '/' || strlen(end + 1) >= sizeof(one.program)) {
		error_set(e, EINVAL, "%s: '%s' is not an address and a program's path", path, line);
		e->exit_code = 2;
		return -EINVAL;
	}
	snprintf(one.program, sizeof(one.program), "%s", end + 1);
	hints_add(ret, &one);
	return 0;
}

static int hints_load(const char *path, struct hints *ret, struct error *e)
{
	autofree char *text = NULL;
	ssize_t n = file_read(path, &text, FILE_MOST);
	int r = 0;

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return error_set(e, (int)-n, "cannot read %s", path);
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line && r == 0; line = strtok_r(NULL, "\n", &save))
		r = parse_line(path, line, ret, e);
	return r;
}

int hints_open(const char *path, struct late *ret_file, struct hints *ret, struct error *e)
{
	int r = hints_load(path, ret, e);

	if (r < 0)
		return r;
	r = late_open(path, false, ret_file);
	return r < 0 ? error_set(e, -r, "cannot write %s", path) : 0;
}

/* One write at the end, unless the disk is full: several runs may learn at once. */
int hints_append(const struct late *file, const char *path, const struct engine_hint *h, struct error *e)
{
	autofree char *line = xasprintf("%#llx %s\n", (unsigned long long)h->at, h->program);
	int r = late_append(file, line, strlen(line));

	return r < 0 ? error_set(e, -r, "cannot write %s", path) : 0;
}

char *hints_text(const struct hints *h)
{
	char *text = xstrdup("");

	for (unsigned k = 0; k < h->n; k++) {
		char *more = xasprintf("%s%s%#llx %s", text, k ? ", " : "", (unsigned long long)h->list[k].at, h->list[k].program);

		free(text);
		text = more;
	}
	return text;
}
