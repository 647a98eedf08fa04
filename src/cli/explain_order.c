/* explain_order.c: which order, and which choice in it.
 *
 * 1. Up to an event the order is the drawn one, from there on the plain one (--sched-until). Drawn to the end the unit differs, never
 *    drawn it does not; so between two neighbouring ends it changes, and halving finds such a pair. There may be others.
 * 2. The two runs of the pair are equal up to one choice of who has the turn. What each does next is the race; where the choice only changes
 *    who is next but one, the logs part later.
 * 3. An end is a count of the scheduler's events, which are more than the records of the log. */
#include "cli/explain_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/explain_inputs.h"
#include "cli/verify_logs.h"

enum { AT_ONCE = 16, CONTEXT = 2 };
#define UNTIL_MOST (UINT64_C(1) << 48) /* more than any run has */

static size_t at_once(const struct lab *l)
{
	return l->parallel < 1 ? 1 : l->parallel < AT_ONCE ? l->parallel : AT_ONCE;
}

/* --- which seed ---------------------------------------------------------------------------------------------------------- */

/* Some orders at once. *ret: the first that makes something differ, or NULL; the others are gone. */
static int try_orders(struct lab *l, uint64_t from, size_t n, struct lab_build **ret, struct error *e)
{
	struct lab_build *builds[AT_ONCE] = { NULL };
	int r;

	*ret = NULL;
	for (size_t k = 0; k < n; k++) {
		builds[k] = lab_build_new(l, "order-", from + k, explain_input_named("schedule"));
		builds[k]->order = from + k;
	}
	r = lab_run(l, builds, n, e);
	for (size_t k = 0; r == 0 && !*ret && k < n; k++) {
		r = lab_compare(l, builds[k], e);
		if (r < 0 || !builds[k]->n_sights)
			continue;
		*ret = builds[k];
		builds[k] = NULL;
	}
	for (size_t k = 0; k < n; k++)
		lab_build_drop(builds[k]);
	return r;
}

int order_choose(struct lab *l, uint64_t most, struct error *e)
{
	for (uint64_t from = 1; from <= most; from += at_once(l)) {
		size_t n = most - from + 1 < at_once(l) ? (size_t)(most - from + 1) : at_once(l);
		struct lab_build *found;
		int r = try_orders(l, from, n, &found, e);

		if (r < 0)
			return r;
		if (!found)
			continue;
		l->order = found->order;
		lab_build_keep(l, found);
		return 0;
	}
	return 0;
}

/* --- which choice -------------------------------------------------------------------------------------------------------- */

/* How many records its log has. */
static int records_of(const struct lab_build *b, uint64_t *ret, struct error *e)
{
	autofree char *path = xasprintf("%s/build%s", b->logs, LOG_SUFFIX);
	struct evlog_reader *reader;
	struct evlog_record record;
	struct evlog_head head;
	int r = evlog_open(path, &reader, &head, e);

	*ret = 0;
	if (r < 0)
		return r;
	while ((r = evlog_next(reader, &record, e)) == 1)
		++*ret;
	evlog_reader_free(reader);
	return r;
}

static bool build_shows(const struct lab_build *b, size_t unit)
{
	for (size_t i = 0; i < b->n_sights; i++)
		if (b->sights[i].unit == unit)
			return true;
	return false;
}

/* The ends between which it changes, with their builds where there are any. */
struct ends { uint64_t without, with; struct lab_build *build[2]; };

static void take_end(struct ends *s, struct lab_build *b, bool shows)
{
	lab_build_drop(s->build[shows]);
	s->build[shows] = b;
	*(shows ? &s->with : &s->without) = b->until;
}

static struct lab_build *new_end(const struct lab *l, input_set set, uint64_t until)
{
	autofree char *prefix = xasprintf("until-%x-", set);
	struct lab_build *b = lab_build_new(l, prefix, until, set);

	b->until = until;
	return b;
}

/* Builds with n ends between the two, spread evenly; the pair moves to where it changes. */
static int narrow(struct lab *l, input_set set, size_t unit, size_t n, struct ends *s, struct error *e)
{
	struct lab_build *builds[AT_ONCE] = { NULL };
	uint64_t from = s->without, width = s->with - s->without;
	bool beyond = false;
	int r;

	for (size_t k = 0; k < n; k++) {
		uint64_t until = from + width / (n + 1) * (k + 1) + width % (n + 1) * (k + 1) / (n + 1);

		builds[k] = new_end(l, set, until);
	}
	r = lab_run(l, builds, n, e);
	for (size_t k = 0; k < n; k++) {
		if (r == 0 && !beyond)
			r = lab_compare(l, builds[k], e);
		if (r < 0 || beyond) {
			lab_build_drop(builds[k]);
			continue;
		}
		beyond = build_shows(builds[k], unit);
		take_end(s, builds[k], beyond);
	}
	return r;
}

/* An end at which it shows. Not every event has a record (readings of the clock by instructions, calls that pass unseen), so their number is
 * where to begin. */
static int find_upper_end(struct lab *l, input_set set, size_t unit, struct ends *s, struct error *e)
{
	uint64_t until;
	int r = records_of(lab_find(l, set), &until, e);

	for (until++; r == 0; until *= 2) {
		struct lab_build *b = new_end(l, set, until);

		r = lab_run(l, &b, 1, e);
		if (r == 0)
			r = lab_compare(l, b, e);
		if (r < 0) {
			lab_build_drop(b);
			return r;
		}
		take_end(s, b, build_shows(b, unit));
		if (s->build[1])
			return 0;
		if (until > UNTIL_MOST)
			return error_set(e, 0, "with the order drawn up to event %llu nothing differs yet", (unsigned long long)until);
	}
	return r;
}

/* The plain order from the beginning: no step of the search has built that. */
static int build_plain_end(struct lab *l, input_set set, struct lab_build **ret, struct error *e)
{
	*ret = new_end(l, set, 0);
	(*ret)->order = 0;
	return lab_run(l, ret, 1, e);
}

static int compare_ends(struct order_turn *t, struct error *e)
{
	uint64_t records = 0;
	struct evdiff_options text = { .context = CONTEXT, .brief = true, .ret_equal = &t->at }, json = { .context = CONTEXT, .json = true };
	size_t n[2];
	FILE *f = open_memstream(&t->text, &n[0]), *g = open_memstream(&t->json, &n[1]);
	int r = logs_compare(t->build[0]->logs, t->build[1]->logs, &text, f, e);

	if (r > 0)
		r = logs_compare(t->build[0]->logs, t->build[1]->logs, &json, g, e);
	fclose(f);
	fclose(g);
	if (r > 0)
		r = records_of(t->build[1], &records, e);
	if (r == 0 && t->at >= records) /* what they were asked for differs always */
		return error_set(e, 0, "the logs of %s and %s are equal, their results are not", t->build[0]->logs, t->build[1]->logs);
	return r;
}

static int find_stacks(struct lab *l, struct order_turn *t, struct error *e)
{
	struct lab_stack s[2];
	int r;

	for (size_t i = 0; i < 2; i++)
		s[i] = (struct lab_stack){ .set = t->set, .order = t->build[i]->order, .until = t->build[i]->until, .at = t->at };
	r = lab_stacks(l, s, 2, e);
	for (size_t i = 0; i < 2; i++)
		t->stack[i] = s[i].frames;
	return r;
}

static int search(struct lab *l, struct order_turn *t, size_t unit, struct ends *s, struct error *e)
{
	int r = find_upper_end(l, t->set, unit, s, e);

	while (r == 0 && s->with - s->without > 1) {
		size_t n = at_once(l) < s->with - s->without - 1 ? at_once(l) : (size_t)(s->with - s->without - 1);
		r = narrow(l, t->set, unit, n, s, e);
	}
	if (r == 0 && !s->build[0])
		r = build_plain_end(l, t->set, &s->build[0], e);
	t->build[0] = s->build[0];
	t->build[1] = s->build[1];
	return r == 0 ? compare_ends(t, e) : r;
}

int order_decide(struct lab *l, input_set set, size_t unit, struct order_turn *ret, struct error *e)
{
	struct ends s = { 0 };
	size_t known = l->n_units;
	int r;

	*ret = (struct order_turn){ .set = set };
	r = search(l, ret, unit, &s, e);
	lab_forget_units(l, known); /* seen on the way only: no causes of theirs were looked for */
	if (r == 0)
		r = find_stacks(l, ret, e);
	if (r == 0)
		ret->until = s.with;
	return r;
}

void order_turn_clear(struct order_turn *t)
{
	for (size_t i = 0; i < 2; i++) {
		strv_free(t->stack[i]);
		if (t->build[i])
			lab_build_free(t->build[i]);
	}
	free(t->text);
	free(t->json);
}
