/* document_explain.c: what `explain` found, as a page. */
#include "report/document_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct json_object *item(struct json_object *array, size_t i)
{
	return json_object_array_get_idx(array, i);
}

/* One artefact or member, and what makes it differ. */
static void put_difference(struct page *p, struct json_object *d)
{
	struct json_object *reasons = doc_array(d, "because_of");
	const char *member = doc_string(d, "member");
	autofree char *name = xasprintf("%s%s%s", doc_string(d, "artefact"), *member ? ": " : "", member);

	page_item(p, TONE_BAD, doc_string(d, "kind"), name, NULL);
	for (size_t i = 0; i < doc_length(reasons); i++) {
		autofree char *inputs = doc_join(doc_array(item(reasons, i), "inputs"), " with ");
		page_paragraph(p, "because of %s: %s", inputs, doc_string(item(reasons, i), "how"));
	}
	page_item_end(p);
}

static void put_differences(struct page *p, struct json_object *all)
{
	page_section(p, "Differences");
	if (doc_length(all) == 0) {
		page_paragraph(p, "There are none.");
		return;
	}
	page_list(p);
	for (size_t i = 0; i < doc_length(all) && i < ROWS_MAX; i++)
		put_difference(p, item(all, i));
	page_list_end(p);
	doc_more(p, doc_length(all), "differences");
}

static void put_passers(struct page *p, struct json_object *maker)
{
	autofree char *names = doc_join(doc_array(maker, "passed_on_by"), ", ");
	uint64_t n = doc_number(maker, "passed_on");

	if (n)
		page_paragraph(p, "Read and passed on by %" PRIu64 " process%s: %s", n, n == 1 ? "" : "es", names);
}

static void put_shown_in(struct page *p, struct json_object *shown)
{
	for (size_t i = 0; i < doc_length(shown) && i < ROWS_MAX; i++) {
		struct json_object *one = item(shown, i), *event = doc_get(one, "event");
		autofree char *line = doc_join(doc_array(one, "processes"), "\n    started by: ");
		autofree char *summary = xasprintf("%s, event %" PRIu64, doc_is(one, "writes_artefact") ? "First writes what differs" : "Writes or starts something else", doc_number(event, "event"));

		page_details(p, summary);
		page_code(p, line);
		put_passers(p, one);
		page_details_end(p);
	}
}

static void put_frames(struct page *p, const char *of, struct json_object *stack)
{
	autofree char *frames = doc_join(doc_array(stack, "frames"), "\n");

	if (!*frames)
		return;
	page_paragraph(p, "The stack %s event %" PRIu64 ":", of, doc_number(stack, "event"));
	page_code(p, frames);
}

static void put_turn(struct page *p, struct json_object *turn)
{
	uint64_t until = doc_number(turn, "sched_until");

	if (!until)
		return;
	page_section(p, "The turn that decides");
	autofree char *seed = xasprintf("--sched-seed=%" PRIu64, doc_number(turn, "sched_seed"));
	autofree char *a = until > 1 ? xasprintf("%s --sched-until=%" PRIu64, seed, until - 1) : xstrdup("neither");

	page_paragraph(p, "Drawn up to event %" PRIu64 " of the scheduler the order makes the difference (run B), drawn up to the event before it does not (run A). "
		       "To repeat B: %s --sched-until=%" PRIu64 "; A: %s.", until, seed, until, a);
	put_frames(p, "in run A at", doc_get(turn, "stack_without"));
	put_frames(p, "in run B at", doc_get(turn, "stack_with"));
	part_divergence(p, doc_get(turn, "first_event"), "", "");
}

static void put_cause(struct page *p, struct json_object *cause)
{
	autofree char *inputs = doc_join(doc_array(cause, "inputs"), " with "), *title = xasprintf("Because of %s", inputs);
	autofree char *helps = doc_join(doc_array(cause, "what_helps"), "\n");

	page_section(p, title);
	page_paragraph(p, "%" PRIu64 " difference%s. What helps: %s", doc_number(cause, "differences"), doc_number(cause, "differences") == 1 ? "" : "s", helps);
	put_shown_in(p, doc_array(cause, "shown_in"));
	put_frames(p, "of the first of these writes, at", doc_get(cause, "stack"));
	part_divergence(p, doc_get(cause, "first_event"), "", "The event logs are the same: the cause does not show in what is logged.");
	put_turn(p, doc_get(cause, "turn"));
}

static void put_inputs(struct page *p, struct json_object *inputs)
{
	static const char *const heads[] = { "input", "changed", "how", NULL };

	page_section(p, "Inputs that were changed, against one plain build");
	page_table(p, "inputs", heads);
	for (size_t i = 0; i < doc_length(inputs) && i < ROWS_MAX; i++) {
		struct json_object *one = item(inputs, i);
		bool changed = doc_is(one, "changed");
		autofree char *fixed = xasprintf("the call says %s", doc_string(one, "fixed_by"));

		page_row(p);
		page_cell(p, CELL_TEXT, doc_string(one, "name"));
		page_cell(p, CELL_TEXT, changed ? "yes" : "no");
		page_cell(p, CELL_TEXT, changed ? doc_string(one, "what") : *doc_string(one, "fixed_by") ? fixed : "not asked for");
		page_row_end(p);
	}
	page_table_end(p);
}

static void put_builds(struct page *p, struct json_object *builds)
{
	static const char *const heads[] = { "build", "changed", "exit status", "milliseconds", "differences", NULL };

	page_section(p, "Builds");
	page_table(p, "builds", heads);
	for (size_t i = 0; i < doc_length(builds) && i < ROWS_MAX; i++) {
		struct json_object *one = item(builds, i);
		autofree char *changed = doc_join(doc_array(one, "changed"), " ");

		page_row(p);
		page_cell_number(p, i);
		page_cell(p, CELL_TEXT, *changed ? changed : "nothing");
		page_cell_number(p, doc_number(one, "exit_status"));
		page_cell_number(p, doc_number(one, "wall_ms"));
		page_cell_number(p, doc_number(one, "differences"));
		page_row_end(p);
	}
	page_table_end(p);
}

/* It has no log of one run: `log` is none of its. */
void document_explain(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form)
{
	struct json_object *causes = doc_array(d, "causes");
	const char *verdict = doc_string(d, "verdict");

	(void)log;
	page_open(p, out, form, "explain", doc_string(d, "subject"), strcmp(verdict, "explained") == 0 ? TONE_BAD : TONE_GOOD, verdict, NULL);
	put_differences(p, doc_array(d, "differences"));
	for (size_t i = 0; i < doc_length(causes) && i < ROWS_MAX; i++)
		put_cause(p, item(causes, i));
	put_inputs(p, doc_array(d, "inputs"));
	put_builds(p, doc_array(d, "builds"));
	if (*doc_string(d, "kept_in"))
		page_paragraph(p, "All builds are kept in %s.", doc_string(d, "kept_in"));
	page_close(p);
}
