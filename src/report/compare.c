/* compare.c: lines up the trees of several runs and judges each name. */
#include "report/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

const char *verdict_kind_name(enum verdict_kind kind)
{
	static const char *const names[] = { "identical", "differs", "missing", "record" };

	return names[kind];
}

bool verdict_is_build_id_only(const struct verdict *v)
{
	bool any = false;

	if (v->kind != VERDICT_DIFFERS || v->findings.more > 0)
		return false;
	for (size_t i = 0; i < v->findings.n; i++) {
		if (v->findings.items[i].kind == FINDING_BUILD_ID)
			any = true;
		else if (v->findings.items[i].kind != FINDING_SUMS)
			return false;
	}
	return any;
}

/* The smallest path at the heads of all trees, or NULL at the end of all. */
static const char *smallest(const struct comparison_result *r, const size_t *at)
{
	const char *best = NULL;

	for (size_t k = 0; k < r->n_runs; k++)
		if (at[k] < r->trees[k].n) {
			const char *path = r->trees[k].entries[at[k]].path;
			if (!best || strcmp(path, best) < 0)
				best = path;
		}
	return best;
}

static bool equal(const struct tree_entry *a, const struct tree_entry *b, bool modes)
{
	if (a->hash_only || b->hash_only)
		return a->type == b->type && memcmp(&a->hash, &b->hash, sizeof(a->hash)) == 0;
	return a->type == b->type && a->size == b->size && (!modes || a->mode == b->mode) && memcmp(&a->hash, &b->hash, sizeof(a->hash)) == 0;
}

static void judge(struct verdict *v, size_t n_runs, bool modes)
{
	v->kind = VERDICT_IDENTICAL;
	for (size_t k = 0; k < n_runs; k++)
		if (v->runs[k]) {
			v->run_a = k;
			break;
		}
	for (size_t k = 0; k < n_runs; k++) {
		if (!v->runs[k]) {
			v->kind = VERDICT_MISSING;
			v->run_b = k;
			return;
		}
	}
	for (size_t k = 1; k < n_runs; k++)
		if (!equal(v->runs[0], v->runs[k], modes)) {
			v->kind = VERDICT_DIFFERS;
			v->run_b = k;
			return;
		}
}

struct mapping {
	void *p;
	size_t n;
};

static int map(const char *dir, const struct tree_entry *t, struct mapping *ret, struct error *e)
{
	autofree char *path = xasprintf("%s/%s", dir, t->path);
	autoclose int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	*ret = (struct mapping){ .n = t->size };
	if (fd < 0)
		return error_set(e, errno, "cannot read %s", path);
	if (lseek(fd, 0, SEEK_END) != (off_t)t->size)
		return error_set(e, 0, "%s changed while it was compared", path);
	if (t->size == 0)
		return 0;
	ret->p = mmap(NULL, t->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (ret->p == MAP_FAILED)
		return error_set(e, errno, "cannot map %s", path);
	return 0;
}

static void unmap(struct mapping *m)
{
	if (m->n > 0 && m->p && m->p != MAP_FAILED)
		munmap(m->p, m->n);
}

static int explain(struct verdict *v, const char *const *dirs, bool modes, uint64_t *unpacked, struct error *e)
{
	const struct tree_entry *a = v->runs[v->run_a], *b = v->runs[v->run_b];
	struct mapping ma = { 0 }, mb = { 0 };
	int r = 0;

	if (a->hash_only || b->hash_only) {
		findings_add(&v->findings, FINDING_LIMIT, "", "of the published file only the hash is here");
		return 0;
	}
	if (a->type != b->type) {
		findings_add(&v->findings, FINDING_TYPE, "", "%c / %c", a->type, b->type);
		return 0;
	}
	if (modes && a->mode != b->mode)
		findings_add(&v->findings, FINDING_MODE, "", "%04o / %04o", (unsigned)a->mode, (unsigned)b->mode);
	if (a->type == 'l' && strcmp(a->target, b->target) != 0)
		findings_add(&v->findings, FINDING_TARGET, "", "%s / %s", a->target, b->target);
	if (a->type != 'f')
		return 0;
	r = map(dirs[v->run_a], a, &ma, e);
	if (r == 0)
		r = map(dirs[v->run_b], b, &mb, e);
	if (r == 0)
		difference_find(ma.p, ma.n, mb.p, mb.n, unpacked, &v->findings);
	unmap(&ma);
	unmap(&mb);
	return r;
}

static struct verdict *add(struct comparison_result *r, const char *name)
{
	r->verdicts = xrealloc(r->verdicts, (r->n + 1) * sizeof(*r->verdicts));
	struct verdict *v = &r->verdicts[r->n++];
	*v = (struct verdict){ .name = xstrdup(name), .runs = xzalloc(r->n_runs * sizeof(*v->runs)) };
	return v;
}

static bool only_directories(const struct verdict *v, size_t n_runs)
{
	for (size_t k = 0; k < n_runs; k++)
		if (v->runs[k] && v->runs[k]->type != 'd')
			return false;
	return true;
}

static int judge_all(struct comparison_result *r, const char *const *dirs, const struct compare_options *o, struct error *e)
{
	autofree size_t *at = xzalloc(r->n_runs * sizeof(*at));
	uint64_t unpacked = 0;
	const char *path;

	while ((path = smallest(r, at)) != NULL) {
		struct verdict *v = add(r, path);
		for (size_t k = 0; k < r->n_runs; k++)
			if (at[k] < r->trees[k].n && strcmp(r->trees[k].entries[at[k]].path, v->name) == 0)
				v->runs[k] = &r->trees[k].entries[at[k]++];
		if (!o->modes && only_directories(v, r->n_runs)) {
			free(v->name);
			free(v->runs);
			r->n--;
			continue;
		}
		judge(v, r->n_runs, o->modes);
		if (o->is_record && o->is_record(v->name))
			v->kind = VERDICT_RECORD;
		int rc = v->kind == VERDICT_DIFFERS ? explain(v, dirs, o->modes, &unpacked, e) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

int compare_dirs(const char *const *dirs, size_t n, const struct compare_options *o, struct comparison_result *ret, struct error *e)
{
	struct comparison_result r = { .n_runs = n, .trees = xzalloc(n * sizeof(*r.trees)) };
	bool any = false, all = true;
	int rc = 0;

	for (size_t k = 0; rc == 0 && k < n; k++)
		rc = tree_walk_ours(dirs[k], &r.trees[k], e);
	if (rc == 0 && o->sums)
		rc = tree_add_sums(&r.trees[0], o->sums, e);
	if (rc == 0)
		rc = judge_all(&r, dirs, o, e);
	if (rc < 0) {
		if (rc == -EFBIG || rc == -ELOOP)
			e->exit_code = 3; /* the build's own doing */
		comparison_clear(&r);
		return rc;
	}
	for (size_t i = 0; i < r.n; i++) {
		any |= r.verdicts[i].kind == VERDICT_IDENTICAL;
		all &= r.verdicts[i].kind == VERDICT_IDENTICAL || r.verdicts[i].kind == VERDICT_RECORD;
	}
	r.same = any && all;
	*ret = r;
	return 0;
}

void comparison_clear(struct comparison_result *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->verdicts[i].name);
		free(r->verdicts[i].runs);
		findings_clear(&r->verdicts[i].findings);
	}
	free(r->verdicts);
	for (size_t k = 0; k < r->n_runs; k++)
		tree_clear(&r->trees[k]);
	free(r->trees);
	*r = (struct comparison_result){ 0 };
}
