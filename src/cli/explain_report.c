/* explain_report.c: the words of `explain`. Owns no decision: what causes what was found by explain_lab.c. */
#include "cli/explain_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/explain_inputs.h"
#include "cli/verify_logs.h"
#include "cli/verify_report.h"
#include "report/evoutputs.h"

/* "time", "time with path"; malloc'ed. */
static char *set_name(input_set set)
{
	autostrv char **names = NULL;

	for (size_t i = 0; i < explain_input_count(); i++)
		if (set & INPUT_BIT(i))
			strv_add(&names, explain_inputs[i].name);
	return strv_join(names, " with ");
}

static int by_set(const void *a, const void *b)
{
	input_set x = ((const struct explain_cause *)a)->set, y = ((const struct explain_cause *)b)->set;

	return x < y ? -1 : x > y;
}

static void count_cause(struct explanation *x, input_set set)
{
	for (size_t i = 0; i < x->n_causes; i++)
		if (x->causes[i].set == set) {
			x->causes[i].differences++;
			return;
		}
	x->causes = xrealloc(x->causes, (x->n_causes + 1) * sizeof(*x->causes));
	x->causes[x->n_causes++] = (struct explain_cause){ .set = set, .differences = 1 };
}

void explanation_collect(struct explanation *x)
{
	const struct lab *l = x->lab;

	for (size_t u = 0; u < l->n_units; u++)
		for (size_t i = 0; i < l->units[u].n_causes; i++)
			count_cause(x, l->units[u].causes[i]);
	if (x->n_causes > 0)
		qsort(x->causes, x->n_causes, sizeof(*x->causes), by_set);
}

/* The first event that differs from the plain build's: JSON, or NULL. */
static char *first_event(const struct explanation *x, input_set set)
{
	struct evdiff_options o = { .context = 0, .json = true };
	struct error e = { 0 };
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int r = logs_compare(lab_find(x->lab, 0)->logs, lab_find(x->lab, set)->logs, &o, f, &e);

	fclose(f);
	if (r > 0)
		return text;
	free(text);
	return NULL;
}

/* Last components of what the set makes differ, without a compressor's ending: names of files that somebody wrote. */
static char **differing_files(const struct lab *l, input_set set)
{
	static const char *const endings[] = { ".gz", ".xz", ".zst" };
	char **files = NULL;

	for (size_t u = 0; u < l->n_units; u++) {
		const char *path = l->units[u].member[0] ? l->units[u].member : l->units[u].artefact, *name = strrchr(path, '/');
		size_t n;

		name = name ? name + 1 : path;
		n = strlen(name);
		for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
			if (n > strlen(endings[i]) && strcmp(name + n - strlen(endings[i]), endings[i]) == 0)
				n -= strlen(endings[i]);
		if (lab_see(l, set, u))
			strv_addf(&files, "%.*s", (int)n, name);
	}
	return files;
}

/* In which processes the cause shows. The number of the first of these writes in the log, or UINT64_MAX. */
static uint64_t compare_processes(const struct explanation *x, struct explain_cause *c)
{
	input_set set = c->set;
	autofree char *plain = xasprintf("%s/build%s", lab_find(x->lab, 0)->logs, LOG_SUFFIX);
	autofree char *other = xasprintf("%s/build%s", lab_find(x->lab, set)->logs, LOG_SUFFIX);
	autostrv char **files = differing_files(x->lab, set);
	uint64_t first_write = UINT64_MAX;
	struct error e = { 0 };
	size_t n[2];
	FILE *text = open_memstream(&c->shown, &n[0]), *array = open_memstream(&c->shown_json, &n[1]);
	struct json j;

	json_begin(&j, array);
	json_array(&j, NULL);
	if (evoutputs(plain, other, log_names(), files, text, &j, &first_write, &e) < 0)
		fprintf(text, "the event logs cannot be compared: %s\n", e.what);
	json_end(&j, ']');
	json_finish(&j);
	fclose(text);
	fclose(array);
	return first_write;
}

int explanation_stacks(struct explanation *x, struct error *e)
{
	autofree struct lab_stack *wanted = xzalloc((x->n_causes + 1) * sizeof(*wanted));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < x->n_causes; i++) {
		uint64_t at = compare_processes(x, &x->causes[i]);

		x->causes[i].stack_at = at;
		if (at != UINT64_MAX)
			wanted[n++] = (struct lab_stack){ .set = x->causes[i].set, .order = x->lab->order, .at = at };
	}
	r = lab_stacks(x->lab, wanted, n, e);
	for (size_t i = x->n_causes; i-- > 0;)
		if (x->causes[i].stack_at != UINT64_MAX)
			x->causes[i].stack = wanted[--n].frames;
	return r;
}

/* The first unit that the set makes differ. */
static size_t unit_because_of(const struct lab *l, input_set set)
{
	for (size_t u = 0; u < l->n_units; u++)
		for (size_t i = 0; i < l->units[u].n_causes; i++)
			if (l->units[u].causes[i] == set)
				return u;
	invariant(false);
}

int explanation_turns(struct explanation *x, struct error *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->n_causes; i++) {
		struct explain_cause *c = &x->causes[i];

		if (!(c->set & explain_input_named("schedule")))
			continue;
		r = order_decide(x->lab, c->set, unit_because_of(x->lab, c->set), &c->turn, e);
		if (r < 0 && r != -EINTR) {
			warn("the turn that decides was not found: %s", e->what);
			r = 0;
		}
	}
	return r;
}

void explanation_clear(struct explanation *x)
{
	for (size_t i = 0; i < x->n_causes; i++) {
		order_turn_clear(&x->causes[i].turn);
		free(x->causes[i].shown);
		free(x->causes[i].shown_json);
		strv_free(x->causes[i].stack);
	}
	free(x->causes);
}

/* --- text -------------------------------------------------------------------------------------------------------------- */

static void put_input(const struct explanation *x, size_t i, FILE *f)
{
	fprintf(f, "  %-12s %s", explain_inputs[i].name, explain_inputs[i].what);
	if (INPUT_BIT(i) == explain_input_named("schedule"))
		fprintf(f, ": --sched-seed=%" PRIu64, x->lab->order);
	fputc('\n', f);
}

static void put_inputs(const struct explanation *x, FILE *f)
{
	fprintf(f, "inputs that were changed, against one plain build:\n");
	for (size_t i = 0; i < explain_input_count(); i++)
		if (x->changed & INPUT_BIT(i))
			put_input(x, i, f);
		else if (x->fixed[i])
			fprintf(f, "  %-12s not changed: the call says %s\n", explain_inputs[i].name, x->fixed[i]);
}

/* The difference as a cause makes it, below it the causes that make it so. */
static void put_unit(const struct lab *l, size_t at, FILE *f)
{
	const struct lab_unit *u = &l->units[at];
	const char *said = NULL;

	for (size_t i = 0; i < u->n_causes; i++) {
		autofree char *name = set_name(u->causes[i]);
		const struct lab_sight *s = lab_see(l, u->causes[i], at);
		const char *how = s ? s->how : "";

		if (!said || strcmp(said, how) != 0)
			fprintf(f, "    %s%s%s: %s\n", u->member, u->member[0] ? ": " : "", u->missing ? "artefact" : finding_kind_name(u->kind), how);
		fprintf(f, "        because of %s\n", name);
		said = how;
	}
}

static bool is_first_of_artefact(const struct lab *l, size_t u)
{
	for (size_t k = 0; k < u; k++)
		if (strcmp(l->units[k].artefact, l->units[u].artefact) == 0)
			return false;
	return true;
}

static void put_indented(const char *text, FILE *f)
{
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");

		fprintf(f, "    %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

static void put_frames(char **frames, const char *whose, uint64_t at, FILE *f)
{
	if (frames)
		fprintf(f, "  the stack %s event %" PRIu64 ":\n", whose, at);
	for (; frames && *frames; frames++)
		fprintf(f, "    %s\n", *frames);
}

static void put_turn(const struct order_turn *t, FILE *f)
{
	if (!t->until)
		return;
	fprintf(f, "  the turn that decides: drawn up to event %" PRIu64 " of the scheduler the order makes the difference (B), drawn up to the event before it does not (A)\n", t->until);
	put_indented(t->text, f);
	put_frames(t->stack[0], "in A at", t->at, f);
	put_frames(t->stack[1], "in B at", t->at, f);
	fprintf(f, "  to repeat B: --sched-seed=%" PRIu64 " --sched-until=%" PRIu64 "; A: ", t->build[1]->order, t->until);
	if (t->until > 1)
		fprintf(f, "--sched-seed=%" PRIu64 " --sched-until=%" PRIu64 "\n", t->build[1]->order, t->until - 1);
	else
		fprintf(f, "neither\n");
}

static void put_cause(const struct explain_cause *c, FILE *f)
{
	autofree char *name = set_name(c->set);

	fprintf(f, "%s%s%s: %zu difference%s\n", report_colour("\033[1m"), name, report_colour("\033[0m"), c->differences, c->differences == 1 ? "" : "s");
	for (size_t i = 0; i < explain_input_count(); i++)
		if (c->set & INPUT_BIT(i))
			fprintf(f, "  what helps: %s\n", explain_inputs[i].remedy);
	put_turn(&c->turn, f);
	if (!*c->shown)
		return;
	fprintf(f, "  who first writes what then differs, or is started with other words; the first of each:\n");
	put_indented(c->shown, f);
	put_frames(c->stack, "at", c->stack_at, f);
}

bool explain_fails(const struct explanation *x)
{
	return x->lab->n_units == 0 && x->lab->builds[0]->job.status != 0;
}

static void put_nothing(const struct explanation *x, FILE *f)
{
	size_t n = input_set_size(x->changed);

	if (explain_fails(x))
		fprintf(f, "%sit fails, whatever is changed%s: %s: status %d each time; its messages are in %s\n", report_colour("\033[31m"), report_colour("\033[0m"), x->subject,
			x->lab->builds[0]->job.status, x->lab->builds[0]->job.stderr_path);
	else
		fprintf(f, "%snothing makes it differ%s: %s: %zu input%s changed, %zu builds\n", report_colour("\033[32m"), report_colour("\033[0m"), x->subject, n,
			n == 1 ? "" : "s", x->lab->runs);
}

static void put_last_line(const struct explanation *x, FILE *f)
{
	autostrv char **names = NULL;
	autofree char *all = NULL;
	size_t n = 0;

	for (size_t u = 0; u < x->lab->n_units; u++)
		n += is_first_of_artefact(x->lab, u);
	for (size_t i = 0; i < x->n_causes; i++) {
		autofree char *name = set_name(x->causes[i].set);
		strv_add(&names, name);
	}
	all = strv_join(names, ", ");
	if (n == 0)
		put_nothing(x, f);
	else
		fprintf(f, "%sexplained%s: %s: %zu artefact%s because of %s (%zu builds)\n", report_colour("\033[31m"), report_colour("\033[0m"), x->subject, n,
			n == 1 ? " differs" : "s differ", all, x->lab->runs);
}

/* The builds that show what a cause does, and what they are compared with. */
static void put_kept(const struct explanation *x, FILE *f)
{
	fprintf(f, "kept in %s: build-0 is plain", x->lab->base);
	for (size_t i = 0; i < x->n_causes; i++) {
		autofree char *name = set_name(x->causes[i].set);
		const struct lab_build *b = lab_find(x->lab, x->causes[i].set);

		if (b)
			fprintf(f, ", %s changes %s", strrchr(b->dir, '/') + 1, name);
	}
	fputc('\n', f);
}

void explain_report_text(const struct explanation *x, FILE *f)
{
	const struct lab *l = x->lab;

	put_inputs(x, f);
	for (size_t u = 0; u < l->n_units; u++) {
		if (!is_first_of_artefact(l, u))
			continue;
		verdict_put_head(VERDICT_DIFFERS, l->units[u].artefact, f);
		fputc('\n', f);
		for (size_t k = u; k < l->n_units; k++)
			if (strcmp(l->units[k].artefact, l->units[u].artefact) == 0)
				put_unit(l, k, f);
	}
	for (size_t i = 0; i < x->n_causes; i++)
		put_cause(&x->causes[i], f);
	if (x->kept)
		put_kept(x, f);
	put_last_line(x, f);
}

/* --- JSON -------------------------------------------------------------------------------------------------------------- */

static void json_set(struct json *j, const char *name, input_set set)
{
	json_array(j, name);
	for (size_t i = 0; i < explain_input_count(); i++)
		if (set & INPUT_BIT(i))
			json_string(j, NULL, explain_inputs[i].name);
	json_end(j, ']');
}

static void json_inputs(const struct explanation *x, struct json *j)
{
	json_array(j, "inputs");
	for (size_t i = 0; i < explain_input_count(); i++) {
		json_object(j, NULL);
		json_string(j, "name", explain_inputs[i].name);
		json_bool(j, "changed", x->changed & INPUT_BIT(i));
		json_string(j, "what", explain_inputs[i].what);
		if (INPUT_BIT(i) == explain_input_named("schedule"))
			json_uint(j, "sched_seed", x->lab->order);
		json_string(j, "fixed_by", x->fixed[i]);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void json_unit(const struct lab *l, size_t at, struct json *j)
{
	const struct lab_unit *u = &l->units[at];

	json_object(j, NULL);
	json_string(j, "artefact", u->artefact);
	json_string(j, "member", u->member);
	json_string(j, "kind", u->missing ? "artefact" : finding_kind_name(u->kind));
	json_array(j, "because_of");
	for (size_t i = 0; i < u->n_causes; i++) {
		const struct lab_sight *s = lab_see(l, u->causes[i], at);

		json_object(j, NULL);
		json_set(j, "inputs", u->causes[i]);
		json_string(j, "how", s ? s->how : NULL);
		json_string(j, "looks_like", s ? s->looks_like : NULL);
		json_end(j, '}');
	}
	json_end(j, ']');
	json_end(j, '}');
}

static void json_events(const struct explanation *x, const struct explain_cause *c, struct json *j)
{
	autofree char *first = first_event(x, c->set);

	json_raw(j, "first_event", first ? first : "null");
	json_raw(j, "shown_in", c->shown_json);
}

static void json_stack(const char *name, char **frames, uint64_t at, struct json *j)
{
	if (!frames) {
		json_string(j, name, NULL);
		return;
	}
	json_object(j, name);
	json_uint(j, "event", at);
	json_array(j, "frames");
	for (; *frames; frames++)
		json_string(j, NULL, *frames);
	json_end(j, ']');
	json_end(j, '}');
}

static void json_turn(const struct order_turn *t, struct json *j)
{
	if (!t->until) {
		json_string(j, "turn", NULL);
		return;
	}
	json_object(j, "turn");
	json_uint(j, "sched_seed", t->build[1]->order);
	json_uint(j, "sched_until", t->until);
	json_raw(j, "first_event", t->json);
	json_stack("stack_without", t->stack[0], t->at, j);
	json_stack("stack_with", t->stack[1], t->at, j);
	json_end(j, '}');
}

static void json_causes(const struct explanation *x, struct json *j)
{
	json_array(j, "causes");
	for (size_t i = 0; i < x->n_causes; i++) {
		json_object(j, NULL);
		json_set(j, "inputs", x->causes[i].set);
		json_uint(j, "differences", x->causes[i].differences);
		json_array(j, "what_helps");
		for (size_t k = 0; k < explain_input_count(); k++)
			if (x->causes[i].set & INPUT_BIT(k))
				json_string(j, NULL, explain_inputs[k].remedy);
		json_end(j, ']');
		json_events(x, &x->causes[i], j);
		json_stack("stack", x->causes[i].stack, x->causes[i].stack_at, j);
		json_turn(&x->causes[i].turn, j);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void json_builds(const struct lab *l, bool kept, struct json *j)
{
	json_array(j, "builds");
	for (size_t i = 0; i < l->n_builds; i++) {
		const struct lab_build *b = l->builds[i];

		json_object(j, NULL);
		json_set(j, "changed", b->set);
		json_string(j, "directory", kept ? b->dir : NULL);
		json_int(j, "exit_status", b->job.status);
		json_uint(j, "wall_ms", b->job.wall_ns / 1000000);
		json_uint(j, "differences", b->n_sights);
		json_end(j, '}');
	}
	json_end(j, ']');
}

void explain_report_json(const struct explanation *x, FILE *f)
{
	struct json j;

	json_begin(&j, f);
	json_object(&j, NULL);
	json_string(&j, "subject", x->subject);
	json_string(&j, "kind", x->lab->package ? "package" : "command");
	json_string(&j, "verdict", x->lab->n_units ? "explained" : explain_fails(x) ? "fails whatever is changed" : "nothing makes it differ");
	json_inputs(x, &j);
	json_array(&j, "differences");
	for (size_t u = 0; u < x->lab->n_units; u++)
		json_unit(x->lab, u, &j);
	json_end(&j, ']');
	json_causes(x, &j);
	json_builds(x->lab, x->kept, &j);
	json_string(&j, "kept_in", x->kept ? x->lab->base : NULL);
	json_end(&j, '}');
	json_finish(&j);
}
