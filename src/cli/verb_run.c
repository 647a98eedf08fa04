/* verb_run.c: detbuild [run] [OPTION]... [--] COMMAND [ARG]...: one command in one box.
 *
 * 1. On success nothing is printed but what the command printed, and the exit status is the command's. */
#include <errno.h>
#include <string.h>

#include "base/late.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/run_report.h"
#include "cli/run_verb.h"
#include "report/document.h"

static void warn_relaxed(const struct run_spec *s)
{
	autofree char *all = s->relaxed && s->traced ? strv_join(s->relaxed, ", ") : NULL;

	if (all)
		warn("relaxed: %s: what the command sees is not a function of its inputs alone", all);
}

int run_verb_command(const struct run_options *o, const struct run_defaults *d, char **args, struct error *e)
{
	/* Static: the spec's strings stay reachable until the process ends. */
	static struct run_spec spec;
	struct run_result result = { 0 };
	struct late report = LATE_NONE, html = LATE_NONE;
	int r, status;

	if (!args[0]) {
		usage_error(e, "no command to run");
		error_hint(e, "for example: detbuild -- make; 'detbuild help run' explains it");
		return -EINVAL;
	}
	if (!args[0][0])
		return usage_error(e, "no command to run: its name is empty");
	r = run_spec_from_options(o, d, args, &spec, e);
	if (r == 0 && o->html)
		r = document_open_target(o->html, &html, e);
	if (r < 0)
		return r;
	r = o->report ? late_open(o->report, true, &report) : 0;
	if (r < 0)
		return usage_error(e, "--report: cannot write %s: %s", o->report, strerror(-r));
	warn_relaxed(&spec);
	r = run_command(&spec, &result, e);
	if (r < 0) {
		late_close(&report);
		late_close(&html);
		/* What comes with advice is for the user to change on this machine: a kernel's feature, a limit, a full disk. */
		if (!e->exit_code && e->hint[0])
			e->exit_code = 4;
		return r;
	}
	status = run_exit_status(&result);
	r = run_report_write(o, &report, &html, &spec, &result, e);
	late_close(&report);
	late_close(&html);
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
		"(--spin-hints); 10 when the processor's counter told too late (--branches); 12 at the call of --stack-at.\n\n"
		"The command gets a fixed environment: PATH, HOME, USER, LOGNAME, LANG and LC_ALL (C.UTF-8), TZ (UTC), TERM, SHELL, "
		"SOURCE_DATE_EPOCH and three variables that keep OpenMP's idle threads quiet. DEB_BUILD_OPTIONS, DEB_BUILD_PROFILES and "
		"SOURCE_DATE_EPOCH are taken from the caller; anything else must be asked for with --env.",
	.examples = "detbuild -- date\tprints the same date every time\n"
		    "detbuild --chroot bookworm/ make\tbuilds the current directory in a Debian chroot\n"
		    "detbuild --epoch 2020-02-02 --seed 7 -- ./configure\tchooses time and randomness\n"
		    "detbuild --log make.log.bin --html make.html -- make\twhat ran, as a page\n"
		    "detbuild --native -- make\tthe same box without the tracer",
	.tables = tables,
	.values_size = sizeof(struct run_options),
	.env = "SOURCE_DATE_EPOCH",
	.env_option = "epoch",
	.stop_at_positional = true,
	.run = run,
};
