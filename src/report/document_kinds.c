/* document_kinds.c: one function for each kind of document: which sections its page has, in which order. The verdict comes first, then what
 * a reader does about it, then what explains it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/document_parts.h"

static const char no_log[] = "No event log was written. Repeat the run with --log FILE and the time line of its processes stands here.";

/* --- run --------------------------------------------------------------------------------------------------------------------- */

static void put_repeat(struct page *p, const char *command)
{
	if (!*command)
		return;
	page_section(p, "How to repeat");
	page_code(p, command);
}

static void put_run_inputs(struct page *p, struct json_object *d)
{
	static const char *const facts[] = { "epoch", "begins at (logical)", "seed", "seed", "sched_seed", "seed of the order of threads", "sched_until", "drawn up to event", "dir_order", "seed of the order of directories", "quantum", "events in a turn",
					     "branches", "branches in a turn", "counted_loops", "counted loops", "cpu", "processor", "cpus", "CPUs", NULL };
	static const char *const declared[] = { "env", "environment", "image_mtimes", "times of the image", "stdin", "standard input", NULL };
	struct json_object *inputs = doc_get(d, "inputs"), *volumes = doc_array(inputs, "volumes");

	page_section(p, "Inputs");
	doc_facts(p, d, facts);
	doc_facts(p, inputs, declared);
	for (size_t i = 0; i < doc_length(volumes) && i < ROWS_MAX; i++) {
		struct json_object *one = json_object_array_get_idx(volumes, i);
		page_paragraph(p, "volume %s, %s", doc_string(one, "target"), doc_is(one, "writable") ? "writable" : "read-only");
	}
}

void document_run(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form)
{
	autofree char *command = doc_join(doc_array(d, "command"), " ");
	bool ended = strcmp(doc_string(d, "end"), "exited") == 0, good = ended && doc_number(d, "exit_status") == 0;
	autofree char *word = ended ? xasprintf("exited with %" PRIu64, doc_number(d, "exit_status")) : xasprintf("%s", doc_string(d, "end"));
	autofree char *sentence = ended ? NULL : xasprintf("detbuild ended with status %" PRIu64, doc_number(d, "exit_status"));

	page_open(p, out, form, "run", command, good ? TONE_GOOD : TONE_BAD, word, sentence);
	put_run_inputs(p, d);
	part_relaxed(p, doc_array(d, "relaxed"), doc_is(d, "traced"));
	part_processes(p, doc_get(d, "log") ? doc_get(d, "log") : log, no_log);
	part_calls(p, d, "");
	put_repeat(p, doc_string(d, "repeat"));
	page_close(p);
}

/* --- verify ------------------------------------------------------------------------------------------------------------------ */

static void put_artefact(struct page *p, struct json_object *file)
{
	struct json_object *sums = doc_array(file, "sha256");
	const char *verdict = doc_string(file, "verdict");
	bool same = strcmp(verdict, "identical") == 0, record = strcmp(verdict, "record") == 0;
	const char *first = doc_length(sums) > 0 ? json_object_get_string(json_object_array_get_idx(sums, 0)) : NULL;
	autofree char *between = doc_number(file, "run_a") > 0 ?
		xasprintf("%s between run %" PRIu64 " and run %" PRIu64, verdict, doc_number(file, "run_a"), doc_number(file, "run_b")) : NULL;

	page_item(p, same ? TONE_GOOD : record ? TONE_PLAIN : TONE_BAD, record ? "a record of the run, not judged" : between ? between : verdict, doc_string(file, "name"),
		  same ? first : NULL);
	part_differences(p, file);
	page_item_end(p);
}

/* What is wrong comes first, what was not judged last. */
static int rank_of(struct json_object *file)
{
	const char *verdict = doc_string(file, "verdict");

	return strcmp(verdict, "identical") == 0 ? 1 : strcmp(verdict, "record") == 0 || strcmp(verdict, "not judged") == 0 ? 2 : 0;
}

static void put_artefacts(struct page *p, struct json_object *files, void (*put)(struct page *p, struct json_object *file))
{
	size_t shown = 0;

	page_section(p, "Artefacts");
	if (doc_length(files) == 0) {
		page_paragraph(p, "There are none.");
		return;
	}
	page_list(p);
	for (int rank = 0; rank <= 2; rank++)
		for (size_t i = 0; i < doc_length(files); i++) {
			struct json_object *one = json_object_array_get_idx(files, i);
			if (rank_of(one) == rank && shown++ < ROWS_MAX)
				put(p, one);
		}
	page_list_end(p);
	doc_more(p, shown, "artefacts");
}

/* What run 1 has is the plain state: no variation is a row of it, and what another run has in common with it is none. */
static bool is_plain(struct json_object *runs, const char *name, const char *how)
{
	return strcmp(doc_string(doc_get(json_object_array_get_idx(runs, 0), "varied"), name), how) == 0;
}

static void put_varied_run(struct page *p, struct json_object *runs, size_t k, bool *any)
{
	static const char *const heads[] = { "what", "run", "how", NULL };
	struct json_object *varied = doc_get(json_object_array_get_idx(runs, k), "varied");

	if (!json_object_is_type(varied, json_type_object))
		return;
	json_object_object_foreach(varied, name, value)
	{
		const char *how = json_object_get_string(value);
		if (!how || is_plain(runs, name, how))
			continue;
		if (!*any)
			page_table(p, "variations", heads);
		*any = true;
		page_row(p);
		page_cell(p, CELL_TEXT, name);
		page_cell_number(p, k + 1);
		page_cell(p, CELL_TEXT, how);
		page_row_end(p);
	}
}

static void put_varied(struct page *p, struct json_object *runs)
{
	bool any = false;

	page_section(p, "What was varied");
	for (size_t k = 1; k < doc_length(runs); k++)
		put_varied_run(p, runs, k, &any);
	if (any)
		page_table_end(p);
	page_paragraph(p, "%s", any ? "Run 1 is plain." : "Nothing: the runs had the same conditions.");
}

static void put_runs(struct page *p, struct json_object *runs)
{
	static const char *const heads[] = { "run", "exit status", "milliseconds", NULL };

	page_section(p, "Runs, and how to repeat one");
	page_table(p, "runs", heads);
	for (size_t k = 0; k < doc_length(runs); k++) {
		struct json_object *one = json_object_array_get_idx(runs, k);
		page_row(p);
		page_cell_number(p, k + 1);
		page_cell_number(p, doc_number(one, "exit_status"));
		page_cell_number(p, doc_number(one, "wall_ms"));
		page_row_end(p);
	}
	page_table_end(p);
	for (size_t k = 0; k < doc_length(runs); k++) {
		struct json_object *one = json_object_array_get_idx(runs, k);
		autofree char *title = xasprintf("Run %zu", k + 1), *words = doc_join(doc_array(one, "command"), " ");
		const char *repeat = doc_string(one, "repeat");
		page_details(p, title);
		page_code(p, *repeat ? repeat : words);
		page_details_end(p);
	}
}

void document_verify(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form)
{
	const char *verdict = doc_string(d, "verdict");
	struct json_object *runs = doc_array(d, "runs"), *first = doc_length(runs) > 0 ? json_object_array_get_idx(runs, 0) : NULL;
	enum page_tone tone = strcmp(verdict, "reproducible") == 0 && doc_is(d, "traced") ? TONE_GOOD : strcmp(verdict, "not reproducible") == 0 || strcmp(verdict, "failed") == 0 ? TONE_BAD : TONE_DOUBT;
	bool same = strcmp(verdict, "not reproducible") != 0;

	page_open(p, out, form, "verify", doc_string(d, "subject"), tone, verdict, doc_string(d, "summary"));
	put_artefacts(p, doc_array(d, "files"), put_artefact);
	if (doc_number(d, "unchanged_sources") > 0)
		page_paragraph(p, "%" PRIu64 " more files and directories of the source are as they were before the runs.", doc_number(d, "unchanged_sources"));
	if (*doc_string(d, "kept_in"))
		page_paragraph(p, "The results of all runs are kept in %s.", doc_string(d, "kept_in"));
	part_divergence(p, doc_get(d, "divergence"), doc_string(d, "first_event"),
			!doc_is(d, "traced") ? "Without the tracer there are no events to compare: leave out --native." :
			same ? "There is none: all artefacts are the same." : "The event logs could not be compared.");
	put_varied(p, runs);
	put_runs(p, runs);
	part_relaxed(p, doc_array(d, "relaxed"), doc_is(d, "traced"));
	part_processes(p, doc_get(d, "log") ? doc_get(d, "log") : log, "No event log was written. Verify with --keep-logs and the time line of the first run's processes stands here.");
	part_calls(p, doc_get(first, "report"), "This document holds no counters of its runs.");
	page_close(p);
}

/* --- rebuild and pkg --------------------------------------------------------------------------------------------------------- */

static void put_published(struct page *p, struct json_object *file)
{
	const char *verdict = doc_string(file, "verdict");
	bool same = strcmp(verdict, "identical") == 0, judged = strcmp(verdict, "not judged") != 0;

	page_item(p, same ? TONE_GOOD : !judged ? TONE_PLAIN : strcmp(verdict, "build-id only") == 0 ? TONE_DOUBT : TONE_BAD, verdict, doc_string(file, "name"),
		  same ? doc_string(file, "built_sha256") : NULL);
	part_differences(p, file);
	page_item_end(p);
}

/* The packages that are other versions now than when the published ones were built. */
static void put_environment(struct page *p, struct json_object *buildinfo)
{
	static const char *const heads[] = { "package", "there", "here", NULL };
	struct json_object *all = doc_array(buildinfo, "differences");

	if (!buildinfo)
		return;
	page_section(p, "Environment");
	page_paragraph(p, "The .buildinfo names %" PRIu64 " packages; %zu of them differ here. Its signature: %s.", doc_number(buildinfo, "packages"), doc_length(all),
		       doc_string(buildinfo, "signature"));
	if (doc_length(all) == 0)
		return;
	page_table(p, "packages", heads);
	for (size_t i = 0; i < doc_length(all) && i < ROWS_MAX; i++) {
		struct json_object *one = json_object_array_get_idx(all, i);
		const char *have = doc_string(one, "have");

		page_row(p);
		page_cell(p, CELL_TEXT, doc_string(one, "package"));
		page_cell(p, CELL_TEXT, doc_string(one, "wanted"));
		page_cell(p, CELL_TEXT, *have ? have : "not installed");
		page_row_end(p);
	}
	page_table_end(p);
	doc_more(p, doc_length(all), "packages");
}

void document_rebuild(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form)
{
	const char *verdict = doc_string(d, "verdict"), *repeat = doc_string(d, "repeat");
	struct json_object *run = doc_get(d, "report"), *build = doc_get(d, "build");
	enum page_tone tone = strcmp(verdict, "identical") == 0 ? TONE_GOOD : strcmp(verdict, "build-id only") == 0 ? TONE_DOUBT : TONE_BAD;
	autofree char *words = doc_join(doc_array(d, "command"), " ");

	page_open(p, out, form, "rebuild", doc_string(d, "subject"), tone, verdict, doc_string(d, "summary"));
	put_artefacts(p, doc_array(d, "files"), put_published);
	page_section(p, "Compared with");
	page_paragraph(p, "%s", doc_string(d, "against"));
	if (*doc_string(d, "kept_in"))
		page_paragraph(p, "Both sides are kept in %s.", doc_string(d, "kept_in"));
	put_environment(p, doc_get(d, "buildinfo"));
	if (build)
		part_build(p, build);
	if (run)
		part_relaxed(p, doc_array(run, "relaxed"), doc_is(run, "traced"));
	part_processes(p, doc_get(run, "log") ? doc_get(run, "log") : log, no_log);
	part_calls(p, run, "The build was not run, or this document holds no counters of it.");
	put_repeat(p, *repeat ? repeat : words);
	page_close(p);
}

void document_build(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form)
{
	bool built = strcmp(doc_string(d, "verdict"), "built") == 0;
	autofree char *subject = xasprintf("%s %s", doc_string(d, "source"), doc_string(d, "version"));
	autofree char *sentence = xasprintf("detbuild ended with status %" PRIu64, doc_number(d, "exit_code"));
	struct json_object *files = doc_get(d, "files");

	page_open(p, out, form, "pkg", subject, built ? TONE_GOOD : TONE_BAD, doc_string(d, "verdict"), built ? NULL : sentence);
	if (json_object_is_type(files, json_type_object) && json_object_object_length(files) > 0) {
		page_section(p, "Results");
		page_list(p);
		json_object_object_foreach(files, name, sum)
		{
			page_item(p, TONE_PLAIN, "", name, json_object_get_string(sum));
			page_item_end(p);
		}
		page_list_end(p);
	}
	part_build(p, d);
	part_processes(p, log, no_log);
	page_close(p);
}
