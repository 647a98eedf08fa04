/* document_parts.c: members of documents, and the sections that more than one document has. */
#include "report/document_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

/* --- members ----------------------------------------------------------------------------------------------------------------- */

struct json_object *doc_get(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	if (json_object_is_type(o, json_type_object))
		json_object_object_get_ex(o, name, &value);
	return value;
}

struct json_object *doc_array(struct json_object *o, const char *name)
{
	struct json_object *value = doc_get(o, name);

	return json_object_is_type(value, json_type_array) ? value : NULL;
}

size_t doc_length(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

const char *doc_string(struct json_object *o, const char *name)
{
	struct json_object *value = doc_get(o, name);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

uint64_t doc_number(struct json_object *o, const char *name)
{
	struct json_object *value = doc_get(o, name);

	return json_object_is_type(value, json_type_int) ? json_object_get_uint64(value) : 0;
}

bool doc_is(struct json_object *o, const char *name)
{
	struct json_object *value = doc_get(o, name);

	return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

char *doc_join(struct json_object *array, const char *separator)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	for (size_t i = 0; f && i < doc_length(array); i++)
		fprintf(f, "%s%s", i ? separator : "", json_object_get_string(json_object_array_get_idx(array, i)));
	if (f)
		fclose(f);
	return text ? text : xstrdup("");
}

/* A value in words: a string, a number, yes or no, a list; "none" for null; malloc'ed. */
static char *doc_words(struct json_object *value)
{
	if (!value)
		return xstrdup("none");
	if (json_object_is_type(value, json_type_boolean))
		return xstrdup(json_object_get_boolean(value) ? "yes" : "no");
	if (json_object_is_type(value, json_type_array))
		return json_object_array_length(value) > 0 ? doc_join(value, " ") : xstrdup("none");
	const char *text = json_object_get_string(value);
	return xstrdup(*text ? text : "none");
}

static bool is_moment(const char *name, struct json_object *value)
{
	return json_object_is_type(value, json_type_int) && (strcmp(name, "epoch") == 0 || strcmp(name, "changelog_date") == 0);
}

/* Seconds since 1970, and what a calendar calls them; malloc'ed. */
static char *moment(struct json_object *value)
{
	time_t seconds = (time_t)json_object_get_int64(value);
	struct tm tm;
	char text[64];

	if (!gmtime_r(&seconds, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return doc_words(value);
	return xasprintf("%s (@%lld)", text, (long long)seconds);
}

void doc_facts(struct page *p, struct json_object *o, const char *const *names)
{
	page_facts(p);
	for (; *names; names += 2) {
		struct json_object *value = NULL;
		if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, names[0], &value))
			continue;
		autofree char *words = is_moment(names[0], value) ? moment(value) : doc_words(value);
		page_fact(p, names[1], words);
	}
	page_facts_end(p);
}

void doc_more(struct page *p, size_t all, const char *of_what)
{
	if (all > ROWS_MAX)
		page_paragraph(p, "%zu more %s are in the JSON document.", all - ROWS_MAX, of_what);
}

/* What a log calls "?" did its work before any program was started. */
static const char *command_of(struct json_object *process)
{
	const char *command = doc_string(process, "command");

	return strcmp(command, "?") == 0 ? "(the box's own, no program)" : command;
}

/* --- sections ---------------------------------------------------------------------------------------------------------------- */

void part_differences(struct page *p, struct json_object *file)
{
	struct json_object *all = doc_array(file, "differences");

	if (doc_length(all) == 0)
		return;
	page_list(p);
	for (size_t i = 0; i < doc_length(all); i++) {
		struct json_object *one = json_object_array_get_idx(all, i);
		const char *member = doc_string(one, "member"), *cause = doc_string(one, "likely_cause");
		autofree char *note = *cause ? xasprintf("likely cause: %s", cause) : NULL;

		page_item(p, TONE_PLAIN, doc_string(one, "kind"), *member ? member : "the file itself", note);
		page_code(p, doc_string(one, "how"));
		page_item_end(p);
	}
	page_list_end(p);
	if (doc_number(file, "more_differences") > 0)
		page_paragraph(p, "and %" PRIu64 " more differences", doc_number(file, "more_differences"));
}

static void put_lines(struct page *p, const char *title, struct json_object *lines)
{
	autofree char *text = doc_join(lines, "\n");

	if (doc_length(lines) == 0)
		return;
	page_details(p, title);
	page_code(p, text);
	page_details_end(p);
}

static void put_processes(struct page *p, struct json_object *side)
{
	struct json_object *all = doc_array(side, "processes");

	for (size_t i = 0; i < doc_length(all); i++) {
		struct json_object *one = json_object_array_get_idx(all, i);
		autofree char *value = xasprintf("task %" PRIu64 ": %s", doc_number(one, "task"), command_of(one));
		page_fact(p, i == 0 ? "process" : "parent", value);
	}
}

static const char *line_of(struct json_object *side)
{
	const char *line = doc_string(side, "line"), *end = doc_string(side, "end");

	return *line ? line : strcmp(end, "end") == 0 ? "the run has ended" : end;
}

void part_divergence(struct page *p, struct json_object *divergence, const char *first_event, const char *advice)
{
	struct json_object *a = doc_get(divergence, "a"), *b = doc_get(divergence, "b");

	page_section(p, "First divergence");
	if (!a || !b) {
		if (*first_event)
			page_code(p, first_event);
		else
			page_paragraph(p, "%s", advice);
		return;
	}
	page_paragraph(p, "The event logs are equal up to event %" PRIu64 "%s.", doc_number(divergence, "equal_events"),
		       doc_is(divergence, "heads_differ") ? ", but the runs were asked for different things" : "");
	page_facts(p);
	if (*doc_string(divergence, "differs_in"))
		page_fact(p, "differs in", doc_string(divergence, "differs_in"));
	put_processes(p, doc_length(doc_array(a, "processes")) > 0 ? a : b);
	page_facts_end(p);
	page_sides(p);
	page_side(p, "Run A", line_of(a));
	page_side(p, "Run B", line_of(b));
	page_sides_end(p);
	put_lines(p, "Events before, equal in both", doc_array(divergence, "before_lines"));
	put_lines(p, "Events after, in run A", doc_array(a, "after_lines"));
	put_lines(p, "Events after, in run B", doc_array(b, "after_lines"));
}

static void put_life(struct page *p, struct json_object *one, uint64_t whole)
{
	const char *end = doc_string(one, "end");
	bool known = strcmp(doc_string(one, "command"), "?") != 0;
	autofree char *note = xasprintf("%s%" PRIu64 " events, %" PRIu64 "–%" PRIu64 ", %s", doc_is(one, "thread") ? "thread, " : "", doc_number(one, "events"),
					doc_number(one, "born"), doc_number(one, "last"), *end ? end : "no end in the log");
	struct page_life life = {
		.depth = (unsigned)doc_number(one, "depth"), .name = known ? doc_string(one, "program") : "box", .note = note,
		.command = command_of(one),
		.tone = doc_is(one, "failed") ? TONE_BAD : TONE_PLAIN, .from = doc_number(one, "born"), .to = doc_number(one, "last"), .whole = whole,
	};

	page_life(p, &life);
}

void part_processes(struct page *p, struct json_object *log, const char *advice)
{
	struct json_object *all = doc_array(log, "processes");

	page_section(p, "Processes");
	if (!log) {
		page_paragraph(p, "%s", advice);
		return;
	}
	page_paragraph(p, "%" PRIu64 " processes and threads in %" PRIu64 " ordered events, in the order of their births; a bar is the time between the "
			  "first and the last event of one.%s", doc_number(log, "tasks"), doc_number(log, "events"), doc_is(log, "complete") ? "" : " The log is cut short.");
	page_lives(p);
	for (size_t i = 0; i < doc_length(all) && i < ROWS_MAX; i++)
		put_life(p, json_object_array_get_idx(all, i), doc_number(log, "events"));
	page_lives_end(p);
	if (doc_number(log, "more_processes") > 0)
		page_paragraph(p, "%" PRIu64 " more did less: %" PRIu64 " events together. 'detbuild log stat' lists all.", doc_number(log, "more_processes"),
			       doc_number(log, "more_events"));
}

static int by_count(const void *a, const void *b)
{
	uint64_t x = doc_number(*(struct json_object *const *)a, "count"), y = doc_number(*(struct json_object *const *)b, "count");

	return x != y ? (x < y) - (x > y) : strcmp(doc_string(*(struct json_object *const *)a, "call"), doc_string(*(struct json_object *const *)b, "call"));
}

static void put_counts(struct page *p, const char *what, const char *head, struct json_object *counts)
{
	const char *const heads[] = { head, "count", NULL };

	if (counts)
		json_object_array_sort(counts, by_count);
	page_table(p, what, heads);
	for (size_t i = 0; i < doc_length(counts) && i < ROWS_MAX; i++) {
		struct json_object *one = json_object_array_get_idx(counts, i);
		page_row(p);
		page_cell(p, CELL_CODE, doc_string(one, "call"));
		page_cell_number(p, doc_number(one, "count"));
		page_row_end(p);
	}
	page_table_end(p);
}

void part_calls(struct page *p, struct json_object *run, const char *advice)
{
	static const char *const counters[] = { "events", "ordered events", "stops", "stops of the tracer", "near_calls", "calls answered by the agent in the program", "processes", "processes and threads", "execs", "programs started",
						"switches", "turns handed over", "refused", "refused calls", "unknown", "calls unknown to the policy", "clock_ns",
						"logical nanoseconds", NULL };

	page_section(p, "System calls");
	if (!run) {
		page_paragraph(p, "%s", advice);
		return;
	}
	if (!doc_is(run, "traced")) {
		page_paragraph(p, "Without the tracer nothing was counted.");
		return;
	}
	doc_facts(p, doc_get(run, "stats"), counters);
	if (doc_length(doc_array(run, "refusals")) > 0)
		put_counts(p, "refused calls", "refused call", doc_array(run, "refusals"));
	if (doc_length(doc_array(run, "calls")) > 0) {
		page_details(p, "Calls that a handler saw");
		put_counts(p, "calls", "call", doc_array(run, "calls"));
		page_details_end(p);
	}
	if (doc_length(doc_array(run, "near")) > 0) {
		page_details(p, "Of these, answered by the agent in the program");
		put_counts(p, "calls answered by the agent", "call", doc_array(run, "near"));
		page_details_end(p);
	}
}

void part_relaxed(struct page *p, struct json_object *relaxed, bool traced)
{
	autofree char *all = doc_join(relaxed, ", ");

	page_section(p, "Relaxed switches");
	if (!traced)
		page_paragraph(p, "There was no tracer (--native): nothing was held fixed.");
	else if (*all)
		page_paragraph(p, "%s: what the command saw was not a function of its inputs alone, so equal results are no evidence.", all);
	else
		page_paragraph(p, "None: what the command saw was a function of its inputs alone.");
}

void part_build(struct page *p, struct json_object *build)
{
	static const char *const facts[] = { "source", "source", "version", "version", "dsc", ".dsc", "dsc_sha256", ".dsc, SHA-256", "traced", "traced", "epoch", "begun at (logical)",
					     "changelog_date", "date of the changelog", "seed", "seed", "image", "image", "image_id", "image, identity", "layer_id",
					     "layer of build dependencies", "build_path", "build path", "build_options", "build options", "command", "command", "started",
					     "started", "ended", "ended", NULL };

	page_section(p, "The build");
	doc_facts(p, build, facts);
}
