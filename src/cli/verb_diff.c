/* verb_diff.c: `detbuild diff RUN1 RUN2`: the first event in which two runs differ. Exit status as diff(1): 0, 1, 2. */
#include "base/strv.h"
#include "cli/option.h"
#include "cli/verb.h"
#include "cli/verify_logs.h"

struct diff_values {
	uint64_t context_plus_1;
	bool json;
};

static const struct opt diff_opts[] = {
	{ "context", 'C', OPT_INDEX, offsetof(struct diff_values, context_plus_1), "N", "show N events before and after the difference (default 8)", NULL },
	{ "json", 0, OPT_FLAG, offsetof(struct diff_values, json), NULL, "write JSON on standard output", NULL },
	{ 0 },
};

static int diff_run(void *values, char **args, struct error *e)
{
	const struct diff_values *v = values;
	struct evdiff_options o = { .context = 8, .json = v->json };

	if (strv_len(args) != 2)
		return usage_error(e, "diff takes two runs: event logs, or directories that hold event logs");
	if (v->context_plus_1 > 0)
		o.context = v->context_plus_1 > 1000 ? 1000 : (unsigned)(v->context_plus_1 - 1);
	int r = logs_compare(args[0], args[1], &o, stdout, e);
	if (r < 0)
		e->exit_code = 2;
	return r;
}

const struct verb verb_diff = {
	.name = "diff",
	.synopsis = "[OPTION]... RUN1 RUN2",
	.summary = "show the first event in which two runs differ",
	.description = "RUN1 and RUN2 are event logs written by --log, or directories in which logs (*.log.bin) of the same names are found. "
		"Shown are the process with its command line and ancestors, the call with its arguments and result in both runs, the hashes of "
		"the bytes that were read or written so far on that stream, and some events around it.\n\n"
		"Exit status: 0 the logs are equal, 1 they differ, 2 a log cannot be read, is damaged, or is cut short before any difference.",
	.examples = "detbuild diff run-1/ run-2/\tcompares all logs of two runs\n"
		"detbuild diff --json a.log.bin b.log.bin\tone pair, for programs",
	.tables = (const struct opt *const[]){ diff_opts, NULL },
	.values_size = sizeof(struct diff_values),
	.run = diff_run,
};
