/* verb_explain.c: `detbuild explain`: which inputs make a build differ, found by changing them.
 *
 * The way: options -> inputs that can be changed (explain_inputs.c) -> builds, each of which detbuild itself does (explain_lab.c), in the
 * order that explain_search.c asks for -> words (explain_report.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/explain_inputs.h"
#include "cli/explain_report.h"
#include "cli/option.h"
#include "cli/package_options.h"
#include "cli/results_dir.h"
#include "cli/verify_work.h"
#include "report/document.h"

struct explain_values {
	struct package_options package; /* first */
	uint64_t jobs, orders;
	const char *output, *inputs;
	bool keep, json, is_command;
};

#define AT(member) offsetof(struct explain_values, member)
#define GROUP "Explanation"

static const struct opt explain_opts[] = {
	{ "chroot", 'c', OPT_STRING, AT(package.run.chroot), "NAME|DIR", "use this Debian system as the image (default: bookworm for a package, for a command the host's own root)", "Box" },
	{ "inputs", 0, OPT_STRING, AT(inputs), "LIST", "change only these inputs: time,path,... (default: every one that the call does not say)", GROUP },
	{ "orders", 0, OPT_U64, AT(orders), "N", "try the orders of the schedule seeds 1 to N, and take the first that makes something differ (default: 1)", GROUP },
	{ "jobs", 'j', OPT_U64, AT(jobs), "N", "make N builds at a time (default: the CPUs there are)", GROUP },
	{ "output", 'o', OPT_STRING, AT(output), "DIR", "where the builds' results and logs go (default: a new directory in the cache)", GROUP },
	{ "keep", 0, OPT_FLAG, AT(keep), NULL, "keep the results also when nothing makes them differ", GROUP },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "write JSON on standard output", GROUP },
	{ "", 0, OPT_FLAG, AT(is_command), NULL, "what follows is a command, not a package", GROUP },
	{ 0 },
};

/* Set by explain itself, or meaningless for its builds. */
static bool is_own(const char *name)
{
	static const char *const own[] = { "log", "report", "html" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static char **user_words(const struct explain_values *v)
{
	char **words = NULL;

	for (const struct opt *o = run_opts; o->name; o++)
		if (!is_own(o->name))
			option_words(&words, "", o, v);
	for (const struct opt *o = package_opts; o->name; o++)
		option_words(&words, "", o, v);
	return words;
}

static int check_subject(const struct explain_values *v, char **args, struct error *e)
{
	if (strv_len(args) == 0)
		return usage_error(e, "explain takes a package, a .dsc file or a directory, or -- and a command");
	if (v->is_command || strv_len(args) == 1)
		return 0;
	usage_error(e, "explain takes one package at a time");
	error_hint(e, "for a command write: detbuild explain -- %s ...", args[0]);
	return -EINVAL;
}

/* Two builds are compared bit for bit and once only: nothing but the changed input may come in. */
static int check_options(const struct explain_values *v, struct error *e)
{
	const struct run_options *o = &v->package.run;
	autostrv char **relaxed = run_options_relaxed(o), **of_package = NULL;

	if (o->log || o->report)
		return usage_error(e, "explain: --%s is one run's; --output keeps the logs of all builds", o->log ? "log" : "report");
	if (o->native) {
		usage_error(e, "explain: --native lets in what nobody changed, so a difference would say nothing");
		error_hint(e, "detbuild verify --native compares native builds");
		return -EINVAL;
	}
	if (relaxed) {
		usage_error(e, "explain: --%s lets in what nobody changed, so a difference would say nothing", relaxed[0]);
		error_hint(e, "leave it out, or give --epoch a moment");
		return -EINVAL;
	}
	for (const struct opt *p = package_opts; p->name; p++)
		option_words(&of_package, "", p, v);
	if (v->is_command && of_package)
		return usage_error(e, "explain: %s is for packages", of_package[0]);
	return 0;
}

static int unknown_input(const char *name, struct error *e)
{
	char list[400] = "";

	for (size_t i = 0; i < explain_input_count(); i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), " %s", explain_inputs[i].name);
	usage_error(e, "--inputs: there is no input '%s'", name);
	error_hint(e, "there are:%s", list);
	return -EINVAL;
}

static int parse_inputs(const char *text, input_set *ret, struct error *e)
{
	autostrv char **names = strv_split(text ? text : "", ", ");
	size_t n = explain_input_count();
	input_set set = 0;

	for (char **name = names; name && *name; name++) {
		size_t i = 0;
		while (i < n && strcmp(explain_inputs[i].name, *name) != 0)
			i++;
		if (i == n)
			return unknown_input(*name, e);
		set |= INPUT_BIT(i);
	}
	if (text && !set)
		return usage_error(e, "--inputs names none");
	*ret = text ? set : INPUT_BIT(n) - 1;
	return 0;
}

static int choose_inputs(const struct explain_values *v, struct explanation *x, struct error *e)
{
	int r = parse_inputs(v->inputs, &x->changed, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < explain_input_count(); i++) {
		const char *word = explain_input_fixed(i, !v->is_command, &v->package.run, v->package.build_options);

		if (!word || !(x->changed & INPUT_BIT(i)))
			continue;
		x->changed &= ~INPUT_BIT(i);
		x->fixed[i] = xstrndup(word, strcspn(word, "=") + (strncmp(word, "--env=", 6) ? 0 : strcspn(word + 6, "=") + 1));
	}
	if (!x->changed)
		return usage_error(e, "explain: every input is fixed by an option, so there is nothing to change");
	if (v->orders && !(x->changed & explain_input_named("schedule")))
		return usage_error(e, "explain: --orders is for the input schedule, which is not changed");
	return 0;
}

static int make_base(const struct explain_values *v, struct lab *l, char **ret, bool *ret_made, struct error *e)
{
	int r = results_dir(v->output, "explain", v->is_command ? "command" : l->args[0], ret, ret_made, e);

	if (r < 0)
		return r;
	l->base = *ret;
	if (v->is_command && work_path_in(l->base, l->here))
		return usage_error(e, "explain: the results (%s) would lie in the tree that is copied for each build", l->base);
	return 0;
}

static void remove_results(const struct lab *l, bool made)
{
	if (made)
		remove_tree(l->base);
	else
		lab_remove(l);
}

static int write_page(const struct explain_values *v, const struct explanation *x, const struct late *page, struct error *e)
{
	autofree char *json = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&json, &n);

	if (!f)
		return error_set(e, errno, "no memory for the page");
	explain_report_json(x, f);
	fclose(f);
	return document_write_html(json, n, NULL, page, v->package.run.html, e);
}

enum { FAILS = 3 };

static int report(const struct explain_values *v, struct explanation *x, const struct late *page, struct error *e)
{
	struct error other = { 0 };
	int r, turns, stacks;

	explanation_collect(x);
	turns = explanation_turns(x, e); /* without these the rest is still worth telling */
	stacks = explanation_stacks(x, turns < 0 ? &other : e);
	if (turns < 0)
		stacks = turns;
	if (v->json)
		explain_report_json(x, stdout);
	else
		explain_report_text(x, stdout);
	fflush(stdout);
	r = stacks < 0 ? stacks : v->package.run.html ? write_page(v, x, page, e) : 0;
	explanation_clear(x);
	return r < 0 ? r : x->lab->n_units > 0 ? 1 : explain_fails(x) ? FAILS : 0;
}

static int explain_run(void *values, char **args, struct error *e)
{
	struct explain_values *v = values;
	struct lab l = { .package = !v->is_command, .args = args, .parallel = v->jobs ? (unsigned)v->jobs : verify_cpus() };
	autofree char *subject = strv_join(args, " "), *here = getcwd(NULL, 0), *base = NULL;
	struct explanation x = { .subject = subject, .lab = &l };
	struct late page = LATE_NONE;
	bool made = false;
	int r = check_subject(v, args, e);

	if (r < 0 || (r = check_options(v, e)) < 0 || (r = choose_inputs(v, &x, e)) < 0 || (r = package_options_times(&v->package, e)) < 0)
		return r;
	if (v->is_command && (!here || strcmp(here, "/") == 0))
		return usage_error(e, "explain -- COMMAND copies the current directory for each build: start it in a directory of its own");
	if (!v->is_command)
		work_absolute_subject(args);
	l.here = here;
	work_resolve_env(&v->package.run);
	l.words = user_words(v);
	r = run_options_check_pairs(&v->package.run, e);
	if (r == 0 && !v->is_command)
		r = package_options_image(&v->package.run, true, e);
	if (r == 0 && v->package.run.html)
		r = document_open_target(v->package.run.html, &page, e);
	if (r == 0)
		r = make_base(v, &l, &base, &made, e);
	if (r == 0)
		r = lab_explain(&l, x.changed, v->orders, e);
	x.kept = r == 0 && (v->keep || v->output || l.n_units > 0 || explain_fails(&x));
	if (r == 0)
		r = report(v, &x, &page, e);
	if (!x.kept && r != -ECHILD) /* what failed can be looked at */
		remove_results(&l, made);
	late_close(&page);
	lab_clear(&l);
	strv_free(l.words);
	for (size_t i = 0; i < ARRAY_SIZE(x.fixed); i++)
		free(x.fixed[i]);
	return r;
}

const struct verb verb_explain = {
	.name = "explain",
	.synopsis = "[OPTION]... PACKAGE|FILE.dsc|DIR | [OPTION]... -- COMMAND [ARG]...",
	.summary = "find out which inputs make a build differ",
	.description = "Builds the package with `detbuild pkg`, or runs the command in a copy of the current directory: once plain, once with all inputs "
		"changed, and then with some of them, until it is known for each artefact, and each member in it, which input alone makes it differ, "
		"or which inputs together when none does alone.\n\n"
		"Every build is traced, so that all inputs but the changed ones are equal bit for bit: what differs then is the work of the change, never "
		"of chance, and no build is repeated. Groups of inputs are tried first; a group that changes nothing is done with.\n\n"
		"Inputs: time path user hostname locale dir-order home umask timezone environment random schedule cpus mtimes. One that an option of the "
		"call says (--hostname, --build-path ...) is not changed. For packages cpus also sets parallel=4. SOURCE_DATE_EPOCH is not changed with time: who "
		"uses it is right. Relaxations and --native are refused.\n\n"
		"Where the order of threads and processes is a cause, the build is repeated with the drawn order up to one event and the plain order from there on, "
		"until the one turn is found that decides (run --sched-until): who got it instead of whom, what both do next, and their stacks. One order seldom "
		"shows a rare race: --orders tries more.\n\n"
		"For each cause it is said what helps, and from the event logs which processes then write other bytes or start another program: the first "
		"of them, with their command lines and ancestors. The build is repeated up to the first of these writes, for the stack of who makes it (as by "
		"run --stack-at): FILE+OFFSET is what addr2line and debuginfod ask for.\n\n"
		"When something differs or a build fails, builds and logs are kept; --output says where.\n\n"
		"Exit status: 0 nothing makes it differ; 1 causes are named; 2 a mistake in the call; 3 the plain build failed, or a command fails whatever is "
		"changed; else what `pkg` ended with, as for verify. A command may end with any status: how it ends is one of the results that are compared.",
	.examples = "detbuild explain hello\twhy is the package not reproducible?\n"
		"detbuild explain --inputs=time,path .\ttwo suspects only, for the source tree here\n"
		"detbuild explain -- make\tany command in a copy of this directory\n"
		"detbuild explain --inputs=schedule --orders=50 -- make check\twhich turn makes the test fail?",
	.tables = (const struct opt *const[]){ explain_opts, run_opts, package_opts, NULL },
	.without = (const char *const[]){ "upper", "no-cwd", "stdin", "in-place", "stack-at", "sched-until", NULL }, /* each build has its own */
	.values_size = sizeof(struct explain_values),
	.env = "SOURCE_DATE_EPOCH",
	.env_option = "epoch",
	.run = explain_run,
};
