/* maps.c: what is mapped where in a guest, from /proc/PID/maps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/layout.h"
#include "tracee/tracee.h"

enum { MOST = 1 << 17 }; /* vm.max_map_count of the canonical machine is half of it */

static FILE *open_maps(const struct tracee *t, bool grows)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)t->tid, grows ? "smaps" : "maps");
	return fopen(path, "re");
}

/* "FROM-TO PERMS OFFSET DEV INODE PATH"; other lines are smaps' own. */
static bool parse_span(const char *line, struct span *ret)
{
	char *end;

	ret->from = strtoull(line, &end, 16);
	if (end == line || *end != '-')
		return false;
	line = end + 1;
	ret->to = strtoull(line, &end, 16);
	ret->grows_down = strstr(end, "[stack]") != NULL;
	return *end == ' ' && ret->to > ret->from;
}

static bool says_grows_down(const char *line)
{
	return !strncmp(line, "VmFlags:", 8) && strstr(line, " gd ");
}

/* Keeps the order; neighbours become one, which is all the same to who looks for room. */
static size_t add(struct span *to, size_t n, const struct span *s)
{
	if (n && to[n - 1].to == s->from && !s->grows_down) {
		to[n - 1].to = s->to;
		return n;
	}
	to[n] = *s;
	return n + 1;
}

int64_t x_spans(struct call *c, bool grows, struct span **ret)
{
	const struct span ours = { SCRATCH_BASE, SCRATCH_BASE + SCRATCH_SIZE, false };
	struct span *to = x_arena(c, MOST * sizeof(*to)), s;
	FILE *f = to ? open_maps(&c->x->tracees[c->task], grows) : NULL;
	char *line = NULL;
	size_t size = 0, n = 0;
	bool told = false;

	if (!f)
		return -ENOMEM;
	while (n + 2 < MOST && getline(&line, &size, f) > 0) {
		if (n && grows && says_grows_down(line))
			to[n - 1].grows_down = true;
		if (!parse_span(line, &s))
			continue;
		if (!told && s.from >= ours.from) {
			told = true;
			if (s.from > ours.from)
				n = add(to, n, &ours);
		}
		n = grows ? (to[n] = s, n + 1) : add(to, n, &s);
	}
	if (!told)
		n = add(to, n, &ours);
	free(line);
	fclose(f);
	*ret = to;
	return (int64_t)n;
}

/* Pages that the kernel gives every program, whatever it calls them. */
static bool is_kernels(const char *line)
{
	return strstr(line, "[vdso]") || strstr(line, "[vvar");
}

bool tracee_vdso_extent(const struct tracee *t, gaddr vdso, uint64_t *ret_before, uint64_t *ret_after)
{
	FILE *f = open_maps(t, false);
	char *line = NULL;
	size_t size = 0;
	struct span all = { 0 }, s;

	while (f && getline(&line, &size, f) > 0) {
		if (!is_kernels(line) || !parse_span(line, &s))
			continue;
		if (all.to == s.from)
			all.to = s.to;
		else
			all = s;
		if (all.from <= vdso && vdso < all.to) {
			*ret_before = vdso - all.from;
			*ret_after = all.to - vdso;
		}
	}
	free(line);
	if (f)
		fclose(f);
	return all.from <= vdso && vdso < all.to;
}
