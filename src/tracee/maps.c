/* maps.c: what is mapped where in a guest, from /proc/PID/maps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/layout.h"
#include "tracee/tracee.h"

enum { MOST = 1 << 17 }; /* vm.max_map_count of the canonical machine is half of it */

bool mapping_parse(char *line, struct mapping *ret)
{
	char *at;

	ret->from = strtoull(line, &at, 16);
	if (at == line || *at++ != '-')
		return false;
	ret->to = strtoull(at, &at, 16);
	if (*at != ' ' || ret->to <= ret->from || strnlen(at, 6) < 6)
		return false;
	memcpy(ret->perms, at + 1, 4);
	ret->perms[4] = '\0';
	ret->offset = strtoull(at + 5, &at, 16);
	ret->dev = strtoull(at, &at, 16) << 20;
	if (*at++ != ':')
		return false;
	ret->dev |= strtoull(at, &at, 16);
	ret->ino = strtoull(at, &at, 10);
	at += strspn(at, " ");
	at[strcspn(at, "\n")] = '\0';
	ret->name = at;
	return true;
}

static FILE *open_file(const struct tracee *t, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)t->tid, name);
	return fopen(path, "re");
}

void maps_open(struct maps *m, const struct tracee *t)
{
	*m = (struct maps){ .f = open_file(t, "maps") };
}

/* Whole lines, however long: the guest chooses the paths, and what follows a cut would pass for a line. */
bool maps_next(struct maps *m, struct mapping *ret)
{
	while (m->f && getline(&m->line, &m->size, m->f) > 0)
		if (mapping_parse(m->line, ret))
			return true;
	return false;
}

void maps_close(struct maps *m)
{
	free(m->line);
	if (m->f)
		fclose(m->f);
}

static bool says_grows_down(const char *line)
{
	return !strncmp(line, "VmFlags:", 8) && strstr(line, " gd ");
}

int64_t x_spans(struct call *c, bool grows, struct span **ret)
{
	const struct span ours = { OURS_BASE, OURS_END, false };
	struct span *to = x_arena(c, MOST * sizeof(*to));
	FILE *f = to ? open_file(&c->x->tracees[c->task], grows ? "smaps" : "maps") : NULL;
	char *line = NULL;
	size_t size = 0, n = 0;
	bool told = false;

	if (!f)
		return -ENOMEM;
	while (n + 2 < MOST && getline(&line, &size, f) > 0) {
		struct mapping m;
		struct span s;

		if (n && grows && says_grows_down(line))
			to[n - 1].grows_down = true;
		if (!mapping_parse(line, &m) || (m.from >= ours.from && m.from < ours.to))
			continue;
		s = (struct span){ m.from, m.to, !strcmp(m.name, "[stack]") };
		if (!told && s.from >= ours.from) {
			told = true;
			n = layout_add(to, n, &ours);
		}
		n = grows ? (to[n] = s, n + 1) : layout_add(to, n, &s);
	}
	if (!told)
		n = layout_add(to, n, &ours);
	free(line);
	fclose(f);
	*ret = to;
	return (int64_t)n;
}

/* Pages that the kernel gives every program, whatever it calls them. */
static bool is_kernels(const char *name)
{
	return !strcmp(name, "[vdso]") || !strncmp(name, "[vvar", 5);
}

bool tracee_vdso_extent(const struct tracee *t, gaddr vdso, uint64_t *ret_before, uint64_t *ret_after)
{
	struct mapping m, all = { 0 };
	struct maps maps;

	maps_open(&maps, t);
	while (maps_next(&maps, &m)) {
		if (!is_kernels(m.name))
			continue;
		if (all.to == m.from)
			all.to = m.to;
		else
			all = m;
		if (all.from <= vdso && vdso < all.to) {
			*ret_before = vdso - all.from;
			*ret_after = all.to - vdso;
		}
	}
	maps_close(&maps);
	return all.from <= vdso && vdso < all.to;
}
