/* explain_lab.c: each build is a traced run of detbuild itself, equal to the plain one but for the inputs of its set.
 *
 * 1. All builds are functions of their inputs: what differs between two of them is the work of what was changed, and nothing is
 *    built twice to make sure.
 * 2. The mode of a file that a command leaves is the umask at work and no finding; modes in archives are.
 * 3. Failure with a changed input is a difference like others; failure of the plain build ends everything. */
#include "cli/explain_lab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/explain_inputs.h"
#include "cli/explain_order.h"
#include "cli/verify_end.h"
#include "cli/verify_logs.h"
#include "cli/verify_work.h"
#include "report/cause.h"

#define REPORT "report.json"
#define OUTCOME "exit-status" /* name of the artefact that says how a build ended */
#define NEW_NAMES "new names"  /* stands for all artefacts that the plain build has not */

/* --- units ------------------------------------------------------------------------------------------------------------- */

static size_t unit_of(struct lab *l, const char *artefact, const char *member, enum finding_kind kind, bool missing)
{
	for (size_t u = 0; u < l->n_units; u++) {
		const struct lab_unit *x = &l->units[u];
		if (x->kind == kind && x->missing == missing && strcmp(x->artefact, artefact) == 0 && strcmp(x->member, member) == 0)
			return u;
	}
	l->units = xrealloc(l->units, (l->n_units + 1) * sizeof(*l->units));
	l->units[l->n_units] = (struct lab_unit){ .artefact = xstrdup(artefact), .member = xstrdup(member), .kind = kind, .missing = missing };
	return l->n_units++;
}

static void add_sight(struct lab_build *b, size_t unit, const char *how, const char *looks_like)
{
	for (size_t i = 0; i < b->n_sights; i++)
		if (b->sights[i].unit == unit)
			return; /* another new name */
	b->sights = xrealloc(b->sights, (b->n_sights + 1) * sizeof(*b->sights));
	b->sights[b->n_sights++] = (struct lab_sight){ unit, xstrdup(how), looks_like };
}

/* A name that only the build with the change has is often made from what was changed (a build-id, a date), another one in each build: as
 * units of their own such names would all be without a cause. All new names of one container are one unit. */
static void note_new_member(struct lab *l, struct lab_build *b, const char *artefact, const char *member)
{
	static const char separator[] = ": ";
	const char *name = member;

	for (const char *p = member; (p = strstr(p, separator)) != NULL;)
		name = p += strlen(separator);
	autofree char *container = xstrndup(member, name > member ? (size_t)(name - member) - strlen(separator) : 0);
	add_sight(b, unit_of(l, artefact, container, FINDING_ADDED, false), name, NULL);
}

static void note_new_artefact(struct lab *l, struct lab_build *b, const char *name)
{
	struct findings escaped = { 0 };

	findings_add(&escaped, FINDING_ADDED, "", "%s", name);
	add_sight(b, unit_of(l, NEW_NAMES, "", FINDING_ADDED, false), escaped.items[0].how, NULL);
	findings_clear(&escaped);
}

static void note_verdict(struct lab *l, struct lab_build *b, const struct verdict *v)
{
	if (v->kind == VERDICT_MISSING && v->run_b == 0)
		note_new_artefact(l, b, v->name);
	else if (v->kind == VERDICT_MISSING)
		add_sight(b, unit_of(l, v->name, "", FINDING_MISSING, true), "missing with the change", NULL);
	if (v->kind != VERDICT_DIFFERS)
		return;
	for (size_t i = 0; i < v->findings.n; i++) {
		const struct finding *f = &v->findings.items[i];
		if (f->kind == FINDING_ADDED)
			note_new_member(l, b, v->name, f->member);
		else
			add_sight(b, unit_of(l, v->name, f->member, f->kind, false), f->how, cause_of(f));
	}
}

/* --- a build ----------------------------------------------------------------------------------------------------------- */

const struct lab_build *lab_find(const struct lab *l, input_set set)
{
	for (size_t i = 0; i < l->n_builds; i++)
		if (l->builds[i]->set == set)
			return l->builds[i];
	return NULL;
}

const struct lab_sight *lab_see(const struct lab *l, input_set set, size_t unit)
{
	const struct lab_build *b = lab_find(l, set);

	for (size_t i = 0; b && i < b->n_sights; i++)
		if (b->sights[i].unit == unit)
			return &b->sights[i];
	return NULL;
}

static char **words_for(const struct lab *l, const struct lab_build *b)
{
	char **argv = NULL;

	strv_add(&argv, dirs_self());
	strv_add(&argv, l->package ? "pkg" : "run");
	strv_add(&argv, "--quiet");
	explain_input_words(b->set, l->package, &argv);
	if (b->set & explain_input_named("schedule"))
		strv_addf(&argv, "--sched-seed=%llu", (unsigned long long)b->order);
	if (b->until)
		strv_addf(&argv, "--sched-until=%llu", (unsigned long long)b->until);
	strv_extend(&argv, l->words);
	strv_addf(&argv, "--log=%s/build%s", b->logs, LOG_SUFFIX);
	if (l->package)
		strv_addf(&argv, "--output=%s", b->dir);
	else
		strv_addf(&argv, "--report=%s/" REPORT, b->logs);
	if (b->stack_at_plus_1)
		strv_addf(&argv, "--stack-at=%llu", (unsigned long long)(b->stack_at_plus_1 - 1));
	strv_add(&argv, "--");
	strv_extend(&argv, l->args);
	return argv;
}

static int prepare(const struct lab *l, struct lab_build *b, struct error *e)
{
	struct verify_job *j = &b->job;
	int r = work_clear_dir(b->dir, e);

	if (r == 0)
		r = work_clear_dir(b->logs, e);
	if (r < 0)
		return r;
	b->vary = (struct vary_run){ .umask = -1, .env = strv_copy(environ), .dir = b->dir };
	*j = (struct verify_job){ .vary = &b->vary, .argv = words_for(l, b) };
	if (l->package) {
		j->stdout_path = "/dev/null";
		j->stderr_path = xasprintf("%s.messages", b->dir);
		return 0;
	}
	j->stdout_path = xasprintf("%s/stdout", b->dir);
	j->stderr_path = xasprintf("%s/stderr", b->dir);
	j->cwd = xasprintf("%s/tree", b->dir);
	j->source = l->here;
	return verify_copy_tree(l->here, j->cwd, 0, e);
}

struct lab_build *lab_build_new(const struct lab *l, const char *prefix, uint64_t number, input_set set)
{
	struct lab_build *b = xzalloc(sizeof(*b));

	b->set = set;
	b->order = l->order;
	b->dir = xasprintf("%s/%sbuild-%llu", l->base, prefix, (unsigned long long)number);
	b->logs = xasprintf("%s/%slogs-%llu", l->base, prefix, (unsigned long long)number);
	return b;
}

void lab_build_keep(struct lab *l, struct lab_build *b)
{
	l->builds = xrealloc(l->builds, (l->n_builds + 1) * sizeof(struct lab_build *));
	l->builds[l->n_builds++] = b;
}

/* What it left. A command's messages lie in its directory. */
static void remove_build(const struct lab_build *b)
{
	autofree char *messages = xasprintf("%s.messages", b->dir);

	remove_tree(b->dir);
	remove_tree(b->logs);
	unlink(messages);
}

void lab_build_free(struct lab_build *b)
{
	for (size_t k = 0; k < b->n_sights; k++)
		free(b->sights[k].how);
	free(b->sights);
	strv_free(b->job.argv);
	vary_clear(&b->vary); /* with dir */
	free(b->logs);
	free(b);
}

void lab_build_drop(struct lab_build *b)
{
	if (!b)
		return;
	if (!b->failed)
		remove_build(b);
	lab_build_free(b);
}

/* A command may end as it likes, but not be ended by detbuild (a time-out, a deadlock), or never begin. */
static bool has_result(const struct lab *l, const struct lab_build *b)
{
	enum { BUILD_FAILED = 3 };
	autofree char *report = xasprintf("%s/" REPORT, b->logs);

	if (!l->package)
		return verify_command_ended(report);
	return b->job.status == 0 || (b->job.status == BUILD_FAILED && b->set != 0);
}

/* 0: it ended in a way that can be compared. */
static int check_end(const struct lab *l, struct lab_build *b, struct error *e)
{
	b->failed = !has_result(l, b);
	if (!b->failed)
		return 0;
	return verify_run_failed(b->set ? "the build with changed inputs" : "the plain build", &b->job, l->base, e);
}

static void note_outcome(struct lab *l, struct lab_build *b)
{
	autofree char *how = xasprintf("%d / %d", l->builds[0]->job.status, b->job.status);

	if (b->job.status != l->builds[0]->job.status)
		add_sight(b, unit_of(l, OUTCOME, "", FINDING_CONTENT, false), how, NULL);
}

int lab_compare(struct lab *l, struct lab_build *b, struct error *e)
{
	const char *dirs[] = { l->builds[0]->dir, b->dir };
	struct compare_options o = { .is_record = l->package ? work_is_native_record : NULL };
	struct comparison_result found;
	int r;

	note_outcome(l, b);
	if (l->package && b->job.status != 0)
		return 0; /* its artefacts are not there */
	r = compare_dirs(dirs, ARRAY_SIZE(dirs), &o, &found, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < found.n; i++)
		note_verdict(l, b, &found.verdicts[i]);
	comparison_clear(&found);
	return 0;
}

int lab_run(struct lab *l, struct lab_build *const *builds, size_t n, struct error *e)
{
	autofree struct verify_job *jobs = xzalloc((n + 1) * sizeof(*jobs));
	int r = 0;

	for (size_t k = 0; r == 0 && k < n; k++) {
		r = prepare(l, builds[k], e);
		jobs[k] = builds[k]->job;
	}
	if (r == 0 && n > 0)
		r = verify_run_all(jobs, n, l->parallel < n ? l->parallel : (unsigned)n, 0, e);
	for (size_t k = 0; k < n; k++)
		builds[k]->job = jobs[k];
	for (size_t k = 0; r == 0 && k < n; k++)
		r = check_end(l, builds[k], e);
	l->runs += n;
	return r;
}

/* Makes the builds of these sets that are not there. A failing plain build, or one that detbuild could not do, is an error. */
static int make(struct lab *l, const input_set *sets, size_t n, struct error *e)
{
	size_t from = l->n_builds;
	int r;

	for (size_t k = 0; k < n; k++)
		if (!lab_find(l, sets[k]))
			lab_build_keep(l, lab_build_new(l, "", l->n_builds, sets[k]));
	r = lab_run(l, l->builds + from, l->n_builds - from, e);
	for (size_t k = from > 0 ? from : 1; r == 0 && k < l->n_builds; k++)
		r = lab_compare(l, l->builds[k], e);
	return r;
}

/* --- the search -------------------------------------------------------------------------------------------------------- */

static int ask_build(void *ctx, const input_set *sets, size_t n, struct error *e)
{
	return make(ctx, sets, n, e);
}

static bool ask_changed(void *ctx, input_set set)
{
	const struct lab_build *b = lab_find(ctx, set);

	return b && b->n_sights > 0;
}

static bool ask_shows(void *ctx, input_set set, size_t u)
{
	return lab_see(ctx, set, u) != NULL;
}

static void add_cause(struct lab_unit *u, input_set set)
{
	u->causes = xrealloc(u->causes, (u->n_causes + 1) * sizeof(*u->causes));
	u->causes[u->n_causes++] = set;
}

/* The smallest set that was built and in which the unit differs. */
static input_set smallest_with(const struct lab *l, size_t unit)
{
	input_set best = 0;

	for (size_t i = 0; i < l->n_builds; i++)
		if (lab_see(l, l->builds[i]->set, unit) && (!best || input_set_size(l->builds[i]->set) < input_set_size(best)))
			best = l->builds[i]->set;
	return best;
}

int lab_explain(struct lab *l, input_set all, uint64_t orders, struct error *e)
{
	const input_set begin[] = { 0, all };
	struct search_lab search = { .ctx = l, .build = ask_build, .changed = ask_changed, .shows = ask_shows };
	int r;

	l->order = 1;
	r = make(l, begin, orders > 1 ? 1 : ARRAY_SIZE(begin), e);
	if (r == 0 && orders > 1)
		r = order_choose(l, orders, e);
	if (r == 0)
		r = make(l, &all, 1, e);
	if (r == 0 && ask_changed(l, all))
		r = search_single(&search, all, e);
	for (size_t u = 0; r == 0 && u < l->n_units; u++) {
		input_set joint = 0;

		if (input_set_size(smallest_with(l, u)) > 1)
			r = search_joint(&search, smallest_with(l, u), u, &joint, e);
		if (joint)
			add_cause(&l->units[u], joint);
	}
	for (size_t u = 0; r == 0 && u < l->n_units; u++)
		for (size_t i = 0; i < explain_input_count(); i++)
			if (lab_see(l, INPUT_BIT(i), u) && !(l->units[u].n_causes && l->units[u].causes[0] == INPUT_BIT(i)))
				add_cause(&l->units[u], INPUT_BIT(i));
	return r;
}

/* --- stacks ------------------------------------------------------------------------------------------------------------ */

/* The frames stand as notes behind the call (engine.h). */
static void read_frames(const char *log, char ***ret)
{
	static const char prefix[] = "stack ";
	struct error why = { 0 };
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record r;

	if (evlog_open(log, &reader, &head, &why) < 0)
		return;
	while (evlog_next(reader, &r, &why) == 1)
		if (r.kind == EVLOG_NOTE && r.text_len >= strlen(prefix) && strncmp(r.text, prefix, strlen(prefix)) == 0)
			strv_addf(ret, "%.*s", (int)(r.text_len - strlen(prefix)), r.text + strlen(prefix));
	evlog_reader_free(reader);
}

static void fetch_stack(const struct lab_build *b, struct lab_stack *s)
{
	enum { AT_STACK = 12 };
	autofree char *log = xasprintf("%s/build" LOG_SUFFIX, b->logs);

	if (b->job.status == AT_STACK)
		read_frames(log, &s->frames);
	else
		warn("the build could not be repeated up to event %llu: it ended with status %d", (unsigned long long)s->at, b->job.status);
}

int lab_stacks(const struct lab *l, struct lab_stack *s, size_t n, struct error *e)
{
	autofree struct lab_build **builds = xzalloc((n + 1) * sizeof(*builds));
	autofree struct verify_job *jobs = xzalloc((n + 1) * sizeof(*jobs));
	int r = 0;

	for (size_t k = 0; k < n; k++) {
		builds[k] = lab_build_new(l, "stack-", k, s[k].set);
		builds[k]->order = s[k].order;
		builds[k]->until = s[k].until;
		builds[k]->stack_at_plus_1 = s[k].at + 1;
		if (r == 0)
			r = prepare(l, builds[k], e);
		jobs[k] = builds[k]->job;
	}
	if (r == 0 && n > 0)
		r = verify_run_all(jobs, n, l->parallel < n ? l->parallel : (unsigned)n, 0, e);
	for (size_t k = 0; k < n; k++) {
		builds[k]->job = jobs[k];
		if (r == 0)
			fetch_stack(builds[k], &s[k]);
		lab_build_drop(builds[k]);
	}
	return r;
}

/* --- the end ----------------------------------------------------------------------------------------------------------- */

void lab_remove(const struct lab *l)
{
	for (size_t i = 0; i < l->n_builds; i++)
		remove_build(l->builds[i]);
}

void lab_forget_units(struct lab *l, size_t from)
{
	for (; l->n_units > from; l->n_units--) {
		free(l->units[l->n_units - 1].artefact);
		free(l->units[l->n_units - 1].member);
		free(l->units[l->n_units - 1].causes);
	}
}

void lab_clear(struct lab *l)
{
	for (size_t i = 0; i < l->n_builds; i++)
		lab_build_free(l->builds[i]);
	lab_forget_units(l, 0);
	free(l->builds);
	free(l->units);
}
