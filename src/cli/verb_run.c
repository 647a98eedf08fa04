/* verb_run.c: detbuild [run] [OPTION]... [--] COMMAND [ARG]...: one command in one box.
 *
 * 1. On success nothing is printed but what the command printed, and the exit status is the command's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/late.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/run_verb.h"
#include "model/machine.h"

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

static void warn_relaxed(const struct run_spec *s)
{
	autofree char *all = s->relaxed && s->traced ? strv_join(s->relaxed, ", ") : NULL;

	if (all)
		warn("relaxed: %s: what the command sees is not a function of its inputs alone", all);
}

static int write_report(const char *path, const struct late *file, const struct run_spec *spec, const struct run_result *result, struct error *e)
{
	autofree char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct json j;
	int r;

	if (!f)
		return error_set(e, errno, "no memory for the report");
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
	json_uint(&j, "quantum", spec->quantum);
	json_uint(&j, "branches", result->branches);
	json_string(&j, "counted_loops", result->hints ? result->hints : "");
	json_string(&j, "cpu", machine_cpu_model_name(spec->cpu_model));
	json_uint(&j, "cpus", spec->cpus);
	write_list(&j, "relaxed", spec->relaxed);
	write_inputs(&j, spec);
	write_stats(&j, &result->stats);
	write_counts(&j, "refusals", result->refusals);
	write_counts(&j, "calls", result->calls);
	json_end(&j, '}');
	json_finish(&j);
	if (fclose(f) != 0)
		return error_set(e, errno, "no memory for the report");
	r = late_write(file, text, n);
	return r < 0 ? error_set(e, -r, "--report: cannot write %s", path) : 0;
}

int run_verb_command(const struct run_options *o, const struct run_defaults *d, char **args, struct error *e)
{
	/* Static: the spec's strings stay reachable until the process ends. */
	static struct run_spec spec;
	struct run_result result = { 0 };
	struct late report = LATE_NONE;
	int r, status;

	if (!args[0]) {
		usage_error(e, "no command to run");
		error_hint(e, "for example: detbuild -- make; 'detbuild help run' explains it");
		return -EINVAL;
	}
	r = run_spec_from_options(o, d, args, &spec, e);
	if (r < 0)
		return r;
	r = o->report ? late_open(o->report, true, &report) : 0;
	if (r < 0)
		return usage_error(e, "--report: cannot write %s: %s", o->report, strerror(-r));
	warn_relaxed(&spec);
	r = run_command(&spec, &result, e);
	if (r < 0) {
		late_close(&report);
		/* What comes with advice is for the user to change on this machine: a kernel's feature, a limit, a full disk. */
		if (!e->exit_code && e->hint[0])
			e->exit_code = 4;
		return r;
	}
	status = run_exit_status(&result);
	r = o->report ? write_report(o->report, &report, &spec, &result, e) : 0;
	late_close(&report);
	run_result_clear(&result);
	return r < 0 ? r : status;
}

static int run(void *values, char **args, struct error *e)
{
	static const struct run_defaults defaults = { .mount_cwd = true };

	return run_verb_command(values, &defaults, args, e);
}

static const struct opt *const tables[] = { run_opts, NULL };

const struct verb verb_run = {
	.name = "run",
	.synopsis = "[OPTION]... [--] COMMAND [ARG]...",
	.summary = "run a command in a deterministic box",
	.description =
		"Runs the command in a box whose root is the image, read-only, with the current directory writable at the build path. "
		"Everything the command can observe - time, random numbers, process ids, order of directories and of threads, the "
		"machine - is a function of the image, the directory, the options and the command itself. What it changes outside the "
		"build path and writable volumes is forgotten. There is no network but a loopback interface.\n\n"
		"The word 'run' may be left out. When the command has the name of a verb, '--' before it says that the command is "
		"meant: 'detbuild -- log'. Options end at the command.\n\n"
		"The exit status is the command's; 128 plus the signal's number when a signal ended it; 124 after --timeout; 5 when "
		"--strict met an unsupported call; 6 when every thread waited for another; 9 when a loop was found whose rounds must be counted "
		"(--spin-hints); 10 when the processor's counter told too late (--branches).\n\n"
		"The command gets a fixed environment: PATH, HOME, USER, LOGNAME, LANG and LC_ALL (C.UTF-8), TZ (UTC), TERM, SHELL, "
		"SOURCE_DATE_EPOCH and three variables that keep OpenMP's idle threads quiet. DEB_BUILD_OPTIONS, DEB_BUILD_PROFILES and "
		"SOURCE_DATE_EPOCH are taken from the caller; anything else must be asked for with --env.",
	.examples = "detbuild -- date\tprints the same date every time\n"
		    "detbuild --chroot bookworm/ make\tbuilds the current directory in a Debian chroot\n"
		    "detbuild --epoch 2020-02-02 --seed 7 -- ./configure\tchooses time and randomness\n"
		    "detbuild --native -- make\tthe same box without the tracer",
	.tables = tables,
	.values_size = sizeof(struct run_options),
	.env = "SOURCE_DATE_EPOCH",
	.env_option = "epoch",
	.stop_at_positional = true,
	.run = run,
};
