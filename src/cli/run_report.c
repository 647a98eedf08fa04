/* run_report.c: how a run ended, what it was a function of, and what it counted. The document is made once; both --report and --html show it. */
#include "cli/run_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/shell_words.h"
#include "model/machine.h"
#include "report/document.h"
#include "report/evlives.h"

static const char *end_name(enum run_end end)
{
	switch (end) {
	case RUN_EXITED:
		return "exited";
	case RUN_SIGNALED:
		return "signaled";
	case RUN_TIMEOUT:
		return "timeout";
	case RUN_DEADLOCK:
		return "deadlock";
	case RUN_REFUSED:
		return "refused";
	case RUN_LOOP:
		return "loop";
	case RUN_OVERSHOT:
		return "overshot";
	case RUN_STACK:
		return "stack";
	case RUN_INTERRUPTED:
		return "interrupted";
	}
	return "unknown";
}

/* "count name" lines into an array of objects. */
static void write_counts(struct json *j, const char *name, const char *counts)
{
	autofree char *text = counts ? xstrdup(counts) : NULL;

	json_array(j, name);
	for (char *line = text ? strtok(text, "\n") : NULL; line; line = strtok(NULL, "\n")) {
		char *blank = strchr(line, ' ');
		uint64_t count = 0;

		if (!blank)
			continue;
		*blank = '\0';
		if (parse_u64(line, &count) < 0)
			continue;
		json_object(j, NULL);
		json_string(j, "call", blank + 1);
		json_uint(j, "count", count);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void write_stats(struct json *j, const struct run_stats *s)
{
	json_object(j, "stats");
	json_uint(j, "events", s->events);
	json_uint(j, "stops", s->stops);
	json_uint(j, "near_calls", s->near_calls);
	json_uint(j, "processes", s->processes);
	json_uint(j, "execs", s->execs);
	json_uint(j, "switches", s->switches);
	json_uint(j, "refused", s->refused);
	json_uint(j, "unknown", s->unknown);
	json_int(j, "clock_ns", s->clock_ns);
	json_end(j, '}');
}

static void write_list(struct json *j, const char *name, char *const *list)
{
	json_array(j, name);
	for (; list && *list; list++)
		json_string(j, NULL, *list);
	json_end(j, ']');
}

/* What the caller declared beyond the command, and whose content is not looked at here. */
static void write_inputs(struct json *j, const struct run_spec *s)
{
	json_object(j, "inputs");
	write_list(j, "env", s->with_env);
	json_array(j, "volumes");
	for (size_t i = 0; i < s->n_volumes; i++) {
		json_object(j, NULL);
		json_string(j, "target", s->volumes[i].target);
		json_bool(j, "writable", s->volumes[i].writable);
		json_string(j, "mtimes", s->volumes[i].mtimes == MTIMES_KEEP ? "keep" : "canonical");
		json_end(j, '}');
	}
	json_end(j, ']');
	json_string(j, "image_mtimes", s->image_mtimes == MTIMES_KEEP ? "keep" : "canonical");
	json_bool(j, "stdin", s->stdin_fd >= 0);
	json_end(j, '}');
}

/* The processes of the event log, where one was written. What is wrong with it was said when it was closed. */
static void put_log(const struct run_spec *spec, struct json *j)
{
	struct error ignored = { 0 };

	if (!spec->log_path || evlives_json(spec->log_path, j, "log", &ignored) < 0)
		json_string(j, "log", NULL);
}

/* The words that repeat the run: all options but those that say where to write about it. */
static char *repeat_words(const struct run_options *o, const struct run_spec *spec)
{
	static const char *const about[] = { "log", "report", "html" };
	autostrv char **words = NULL;

	strv_add(&words, "detbuild");
	strv_add(&words, "run");
	for (const struct opt *opt = run_opts; opt->name; opt++) {
		bool skip = false;
		for (size_t i = 0; i < ARRAY_SIZE(about); i++)
			skip = skip || strcmp(opt->name, about[i]) == 0;
		if (!skip)
			option_words(&words, "", opt, o);
	}
	strv_add(&words, "--");
	strv_extend(&words, spec->argv);
	return shell_words(words);
}

static void put_report(const struct run_options *o, const struct run_spec *spec, const struct run_result *result, FILE *f)
{
	autofree char *repeat = repeat_words(o, spec);
	struct json j;

	json_begin(&j, f);
	json_object(&j, NULL);
	json_array(&j, "command");
	for (char *const *arg = spec->argv; *arg; arg++)
		json_string(&j, NULL, *arg);
	json_end(&j, ']');
	json_string(&j, "end", end_name(result->end));
	json_int(&j, "status", result->status);
	json_int(&j, "exit_status", run_exit_status(result));
	json_bool(&j, "traced", spec->traced);
	json_int(&j, "epoch", spec->epoch);
	json_uint(&j, "seed", spec->seed);
	json_uint(&j, "sched_seed", spec->sched_seed);
	json_uint(&j, "sched_until", spec->sched_until);
	json_uint(&j, "dir_order", spec->dir_seed);
	json_uint(&j, "quantum", spec->quantum);
	json_uint(&j, "branches", result->branches);
	json_string(&j, "counted_loops", result->hints ? result->hints : "");
	json_string(&j, "cpu", machine_cpu_model_name(spec->cpu_model));
	json_uint(&j, "cpus", spec->cpus);
	json_string(&j, "executor", !spec->traced ? "none" : result->no_agent ? "ptrace" : "agent");
	json_string(&j, "no_agent", result->no_agent ? result->no_agent : "");
	write_list(&j, "relaxed", spec->relaxed);
	write_inputs(&j, spec);
	write_stats(&j, &result->stats);
	write_counts(&j, "refusals", result->refusals);
	write_counts(&j, "calls", result->calls);
	write_counts(&j, "near", result->near);
	put_log(spec, &j);
	json_string(&j, "repeat", repeat);
	json_end(&j, '}');
	json_finish(&j);
}

int run_report_write(const struct run_options *o, const struct late *report, const struct late *html, const struct run_spec *spec, const struct run_result *result, struct error *e)
{
	autofree char *text = NULL;
	size_t n = 0;
	int r = 0;

	if (!o->report && !o->html)
		return 0;
	FILE *f = open_memstream(&text, &n);
	if (!f)
		return error_set(e, errno, "cannot write the report");
	put_report(o, spec, result, f);
	if (fclose(f) != 0)
		return error_set(e, ENOMEM, "cannot write the report");
	if (o->report)
		r = late_write(report, text, n);
	if (r < 0)
		return error_set(e, -r, "--report: cannot write %s", o->report);
	return o->html ? document_write_html(text, n, NULL, html, o->html, e) : 0;
}
