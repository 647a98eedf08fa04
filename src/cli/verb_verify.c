/* verb_verify.c: `detbuild verify`: the same build several times under different conditions; are the results the same?
 *
 * The way: options -> conditions of each run (verify_vary.c) -> detbuild itself, once for each run (verify_run.c) ->
 * comparison (report/compare.c) -> words (verify_report.c). This file owns the order of these steps and the work directory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/package_options.h"
#include "cli/results_dir.h"
#include "cli/verify_end.h"
#include "cli/verify_logs.h"
#include "cli/verify_report.h"
#include "cli/verify_work.h"
#include "report/document.h"
#include "report/evlives.h"

#define RUNS_MAX 100
#define STAGGER_NS UINT64_C(1100000000) /* two runs never begin in the same second: that would hide a clock */

struct verify_values {
	struct run_options run; /* first */
	char **build_options, **build_profiles;
	const char *build_dep_layer;
	uint64_t runs, jobs, diffoscope_timeout;
	const char *vary, *output;
	bool keep, keep_logs, json, diffoscope, no_diffoscope, is_command;
};

#define AT(member) offsetof(struct verify_values, member)
#define GROUP "Verification"

static const struct opt verify_opts[] = {
	{ "runs", 'n', OPT_INDEX, AT(runs), "N", "build N times (default 2)", GROUP },
	{ "vary", 0, OPT_STRING, AT(vary), "LIST", "what is to differ: all (the default), none, -NAME leaves one out, NAME,... exactly these", GROUP },
	{ "jobs", 'j', OPT_U64, AT(jobs), "N", "run N at a time (default: the CPUs there are, at most the runs)", GROUP },
	{ "output", 'o', OPT_STRING, AT(output), "DIR", "where the runs' results go (default: a new directory in the cache)", GROUP },
	{ "keep", 0, OPT_FLAG, AT(keep), NULL, "keep the results also when all are the same", GROUP },
	{ "keep-logs", 0, OPT_FLAG, AT(keep_logs), NULL, "write an event log in every run (else only after a difference)", GROUP },
	{ "diffoscope", 0, OPT_FLAG, AT(diffoscope), NULL, "fail when diffoscope is not installed (it is used when it is)", GROUP },
	{ "no-diffoscope", 0, OPT_FLAG, AT(no_diffoscope), NULL, "never call diffoscope", GROUP },
	{ "diffoscope-timeout", 0, OPT_DURATION, AT(diffoscope_timeout), "TIME", "time for each call of it (default 60s)", GROUP },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "write JSON on standard output", GROUP },
	{ "build-option", 'b', OPT_LIST, AT(build_options), "WORD", "for DEB_BUILD_OPTIONS: nocheck, parallel=N; may be given again", "Package" },
	{ "build-profile", 0, OPT_LIST, AT(build_profiles), "NAME", "for DEB_BUILD_PROFILES; may be given again", "Package" },
	{ "build-dep-layer", 0, OPT_CHOICE, AT(build_dep_layer), "reuse|fresh", "use installed build dependencies again, or install anew", "Package" },
	{ "", 0, OPT_FLAG, AT(is_command), NULL, "what follows is a command, not a package", GROUP },
	{ 0 },
};

/* Rows for options of a run that mean another thing in the build of a package. */
static const struct opt both_opts[] = {
	{ "chroot", 'c', OPT_STRING, AT(run.chroot), "NAME|DIR", "use this Debian system as the image (default: bookworm for a package, for a command the host's own root)", "Box" },
	{ "build-path", 0, OPT_STRING, AT(run.build_path), "DIR",
	  "where the source appears in the box (default: /build/reproducible-path/NAME-VERSION for a package, for a command /build/source)", "Box" },
	{ "user", 'u', OPT_STRING, AT(run.user), "NAME|UID[:GID]", "run as this user of the box (default: builder for a package, for a command root)", "Box" },
	{ "directory", 'C', OPT_STRING, AT(run.cwd), "DIR", "for a command only: start it in DIR of the box (default: the build path)", "Box" },
	{ "as-root", 0, OPT_FLAG, AT(run.as_root), NULL, "for a command only: keep the capabilities that dpkg and apt need in the box", "Box" },
	{ "epoch", 0, OPT_STRING, AT(run.epoch), "TIME",
	  "when each run begins: @SECONDS, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ (default: for a package the date of the newest entry of debian/changelog, for a command "
	  "$SOURCE_DATE_EPOCH, else 2024-01-01); for a command also 'now', which is a relaxation", "World" },
	{ 0 },
};

/* Each run has an input, a directory and changes of its own, and differs from the others by its box. */
static const char *const without[] = { "upper", "no-cwd", "stdin", "in-place", "stack-at", NULL };

struct verification {
	struct late page;          /* --html's, opened before anything runs */
	const struct verify_values *v;
	char **args;                /* the package, or the command */
	char *here;                 /* the tree of a command */
	char *base;
	char *hints;                /* loops to be counted, for all runs together; NULL: each package's build learns for itself */
	bool made_base;
	struct vary_run *conditions;
	struct verify_job *jobs;
	size_t n;
	struct tree sources;
};

/* --- options of the runs ----------------------------------------------------------------------------------------------- */

/* Set by verify itself, or meaningless for its runs. */
static bool is_own(const char *name)
{
	static const char *const own[] = { "log", "report", "html", "spin-hints" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static char *report_path(const struct verification *w, size_t k)
{
	return xasprintf("%s.report.json", w->conditions[k].dir);
}

static char *log_path(const struct verification *w, size_t k)
{
	return xasprintf("%s/logs-%zu/build%s", w->base, k + 1, LOG_SUFFIX);
}

/* detbuild's words for run k: verb, what the variation wants, then what the user wants (the later word wins). */
static char **job_argv(const struct verification *w, size_t k, const char *log)
{
	const struct verify_values *v = w->v;
	char **argv = NULL;

	strv_add(&argv, dirs_self());
	strv_add(&argv, v->is_command ? "run" : "pkg");
	strv_add(&argv, "--quiet");
	strv_extend(&argv, w->conditions[k].args);
	for (const struct opt *o = run_opts; o->name; o++)
		if (!is_own(o->name))
			option_words(&argv, "", o, v);
	for (const struct opt *o = verify_opts; o->name; o++)
		if (o->group && strcmp(o->group, "Package") == 0)
			option_words(&argv, "", o, v);
	if (w->hints)
		strv_addf(&argv, "--spin-hints=%s", w->hints);
	if (log)
		strv_addf(&argv, "--log=%s", log);
	autofree char *report = report_path(w, k);
	strv_addf(&argv, "--report=%s", report);
	if (!v->is_command)
		strv_addf(&argv, "--output=%s", w->conditions[k].dir);
	strv_add(&argv, "--");
	strv_extend(&argv, w->args);
	return argv;
}

/* --- the work directory ------------------------------------------------------------------------------------------------ */

static int make_base(struct verification *w, struct error *e)
{
	const struct verify_values *v = w->v;
	int r;

	r = results_dir(v->output, "verify", v->is_command ? "command" : w->args[0], &w->base, &w->made_base, e);
	if (r < 0)
		return r;
	if (v->is_command && work_path_in(w->base, w->here))
		return usage_error(e, "verify: the results (%s) would lie in the tree that is copied for each run", w->base);
	return 0;
}

static void set_hints(struct verification *w)
{
	const char *given = w->v->run.spin_hints;
	autofree char *here = given && given[0] != '/' ? getcwd(NULL, 0) : NULL;

	if (given)
		w->hints = here ? xasprintf("%s/%s", here, given) : xstrdup(given);
	else if (w->v->is_command && !w->v->run.native)
		w->hints = xasprintf("%s/spin-hints", w->base);
	if (!given && w->hints)
		unlink(w->hints); /* an earlier verification's */
}

static void remove_scratch(const struct verification *w)
{
	for (size_t k = 0; k < w->n; k++) {
		autofree char *upper = xasprintf("%s.upper", w->conditions[k].dir), *work = xasprintf("%s.work", w->conditions[k].dir);
		if (path_exists(upper))
			remove_tree(upper);
		if (path_exists(work))
			remove_tree(work);
	}
}

static void remove_results(const struct verification *w)
{
	if (w->made_base) {
		remove_tree(w->base);
		return;
	}
	for (size_t k = 0; k < w->n; k++) {
		autofree char *messages = xasprintf("%s.messages", w->conditions[k].dir), *report = report_path(w, k);
		remove_tree(w->conditions[k].dir);
		unlink(messages);
		unlink(report);
	}
	if (w->hints && !w->v->run.spin_hints)
		unlink(w->hints);
}

/* --- the runs ---------------------------------------------------------------------------------------------------------- */

static int prepare_tree(const struct verification *w, size_t k, struct error *e)
{
	const struct vary_run *c = &w->conditions[k];
	struct verify_job *j = &w->jobs[k];

	if (c->tree_in_memory) {
		char dir[] = "/dev/shm/detbuild-verify-XXXXXX";
		if (!mkdtemp(dir))
			return error_set(e, errno, "cannot make a directory in /dev/shm");
		chmod(dir, 0755);
		j->cwd = xasprintf("%s/tree", dir);
	} else {
		j->cwd = xasprintf("%s/tree", c->dir);
	}
	j->source = w->here;
	return verify_copy_tree(w->here, j->cwd, c->mtime_shift, e);
}

/* Brings a tree from memory to its place. */
static int fetch_tree(const struct verification *w, size_t k, struct error *e)
{
	autofree char *place = xasprintf("%s/tree", w->conditions[k].dir);
	autofree char *parent = xstrndup(w->jobs[k].cwd, (size_t)(strrchr(w->jobs[k].cwd, '/') - w->jobs[k].cwd));
	int r;

	if (!w->conditions[k].tree_in_memory)
		return 0;
	r = e ? verify_fetch_tree(w->jobs[k].cwd, place, e) : 0;
	remove_tree(parent);
	return r;
}

static int prepare_job(struct verification *w, size_t k, bool with_log, struct error *e)
{
	const struct vary_run *c = &w->conditions[k];
	struct verify_job *j = &w->jobs[k];
	autofree char *log = NULL;
	int r = work_clear_dir(c->dir, e);

	if (r < 0)
		return r;
	if (with_log) {
		autofree char *dir = xasprintf("%s/logs-%zu", w->base, k + 1);
		mkdir_p(dir, 0755);
		log = log_path(w, k);
	}
	strv_free(j->argv);
	*j = (struct verify_job){ .vary = c, .argv = job_argv(w, k, log) };
	if (!w->v->is_command) {
		j->stderr_path = xasprintf("%s.messages", c->dir);
		j->stdout_path = "/dev/null";
		return 0;
	}
	j->stdout_path = xasprintf("%s/stdout", c->dir);
	j->stderr_path = xasprintf("%s/stderr", c->dir);
	return prepare_tree(w, k, e);
}

static int write_status(const struct verification *w, size_t k, struct error *e)
{
	autofree char *path = xasprintf("%s/exit-status", w->conditions[k].dir), *text = xasprintf("%d\n", w->jobs[k].status);
	int r = file_write(path, text);

	return r < 0 ? error_set(e, -r, "cannot write %s", path) : 0;
}

static int run_jobs_once(struct verification *w, size_t n, bool with_logs, struct error *e)
{
	const struct verify_values *v = w->v;
	unsigned parallel = v->jobs ? (unsigned)v->jobs : verify_cpus();
	int r = 0;

	for (size_t k = 0; r == 0 && k < n; k++)
		r = prepare_job(w, k, with_logs, e);
	if (r == 0)
		r = verify_run_all(w->jobs, n, parallel < n ? parallel : (unsigned)n, STAGGER_NS, e);
	for (size_t k = 0; v->is_command && k < n; k++) {
		int f = w->jobs[k].cwd ? fetch_tree(w, k, r == 0 ? e : NULL) : 0;
		if (r == 0)
			r = f;
		if (r == 0)
			r = write_status(w, k, e);
	}
	remove_scratch(w);
	return r;
}

static int64_t file_size(const char *path)
{
	struct stat st;

	return path && stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* A run that found a loop to be counted (status 9) has ended there; what it learned is in the file, and all begin anew. */
static int run_jobs(struct verification *w, size_t n, bool with_logs, struct error *e)
{
	enum { LOOP_FOUND = 9 };
	int64_t now = file_size(w->hints), known = now;
	int r = 0;

	for (bool again = true; again && r == 0; known = now) {
		r = run_jobs_once(w, n, with_logs, e);
		now = file_size(w->hints);
		again = false;
		for (size_t i = 0; w->v->is_command && i < n; i++)
			again |= w->jobs[i].status == LOOP_FOUND && now != known;
	}
	return r;
}

/* How a command ended is an artefact; a package must be built. */
static bool has_result(const struct verification *w, size_t k)
{
	autofree char *report = report_path(w, k);

	return w->v->is_command ? verify_command_ended(report) : w->jobs[k].status == 0;
}

/* A run of a package that failed, or of a command that detbuild ended or could not begin: as verify_run_failed(), else 0. */
static int failed_run(const struct verification *w, size_t n, struct error *e)
{
	for (size_t k = 0; k < n; k++) {
		const struct verify_job *j = &w->jobs[k];
		if (has_result(w, k))
			continue;
		autofree char *which = xasprintf("run %zu of %zu", k + 1, w->n);
		return verify_run_failed(which, j, w->base, e);
	}
	return 0;
}

/* --- the comparison ---------------------------------------------------------------------------------------------------- */

static int compare(const struct verification *w, struct comparison_result *ret, struct error *e)
{
	struct compare_options o = { .modes = w->v->is_command };
	autofree const char **dirs = xzalloc(w->n * sizeof(*dirs));

	if (!w->v->is_command)
		o.is_record = w->v->run.native ? work_is_native_record : work_is_record;
	for (size_t k = 0; k < w->n; k++)
		dirs[k] = w->conditions[k].dir;
	phase("comparing %zu runs", w->n);
	return compare_dirs(dirs, w->n, &o, ret, e);
}

/* The first event in which the runs part, in both forms. The logs are there already, or runs 1 and 2 are done again with logs
 * into directories of their own, so that the results stay as they are. */
static char *first_event(struct verification *w, bool json)
{
	autofree char *a = xasprintf("%s/logs-1", w->base), *b = xasprintf("%s/logs-2", w->base);
	struct evdiff_options o = { .context = 8, .json = json };
	struct error e = { 0 };
	char *text = NULL;
	size_t n = 0;

	FILE *f = open_memstream(&text, &n);
	int r = logs_compare(a, b, &o, f, &e);
	if (r < 0 && !json)
		fprintf(f, "no first event: %s\n", e.what);
	fclose(f);
	while (json && n > 0 && text[n - 1] == '\n') /* a value of a document */
		text[--n] = '\0';
	if (n > 0)
		return text;
	free(text);
	return NULL;
}

static int rerun_with_logs(struct verification *w, struct error *e)
{
	autofree struct vary_run *saved = xmalloc(w->n * sizeof(*saved));
	autofree struct verify_job *saved_jobs = xmalloc(w->n * sizeof(*saved_jobs));
	int r;

	phase("two runs again, with event logs");
	memcpy(saved, w->conditions, w->n * sizeof(*saved));
	memcpy(saved_jobs, w->jobs, w->n * sizeof(*saved_jobs));
	memset(w->jobs, 0, w->n * sizeof(*w->jobs));
	for (size_t k = 0; k < 2; k++)
		w->conditions[k].dir = xasprintf("%s-logged", saved[k].dir);
	r = run_jobs(w, 2, true, e);
	for (size_t k = 0; k < 2; k++) {
		autofree char *report = report_path(w, k);
		remove_tree(w->conditions[k].dir);
		unlink(report);
		strv_free(w->jobs[k].argv);
		free(w->conditions[k].dir);
	}
	memcpy(w->conditions, saved, w->n * sizeof(*saved));
	memcpy(w->jobs, saved_jobs, w->n * sizeof(*saved_jobs));
	for (size_t k = 0; k < w->n; k++)
		w->jobs[k].vary = &w->conditions[k];
	return r;
}

/* Everything that is said about a difference. Trouble here does not change the verdict. */
static int explain(struct verification *w, struct verify_result *r, struct error *e)
{
	const struct verify_values *v = w->v;
	int rc = 0;

	if (!v->no_diffoscope && verify_has_diffoscope())
		verify_diffoscope(r, v->diffoscope_timeout ? v->diffoscope_timeout : UINT64_C(60) * 1000000000);
	if (v->run.native)
		return 0;
	if (!v->keep_logs)
		rc = rerun_with_logs(w, e);
	if (rc == -EINTR)
		return rc;
	r->log_text = first_event(w, false);
	r->divergence = first_event(w, true);
	return 0;
}

/* The processes of the first run, where its log was kept. */
static char *lives_of_first(const struct verification *w)
{
	autofree char *path = log_path(w, 0);
	struct error ignored = { 0 };
	struct json j;
	char *text = NULL;
	size_t n = 0;

	if (!path_exists(path))
		return NULL;
	FILE *f = open_memstream(&text, &n);
	json_begin(&j, f);
	evlives_json(path, &j, NULL, &ignored);
	fclose(f);
	return text;
}

static char **read_reports(const struct verification *w)
{
	char **all = xzalloc(w->n * sizeof(*all));

	for (size_t k = 0; k < w->n; k++) {
		autofree char *path = report_path(w, k);
		ssize_t n = file_read(path, &all[k], 16u << 20);
		if (n > 0)
			all[k][n - 1] = '\0'; /* the newline at its end */
		unlink(path);
	}
	return all;
}

static int tell(const struct verification *w, const struct verify_result *r, struct error *e)
{
	autofree char *json = NULL;
	size_t n = 0;

	if (w->v->json)
		verify_report_json(r, stdout);
	else
		verify_report_text(r, stdout);
	if (!w->v->run.html)
		return 0;
	FILE *f = open_memstream(&json, &n);
	verify_report_json(r, f);
	fclose(f);
	return document_write_html(json, n, NULL, &w->page, w->v->run.html, e);
}

static void result_clear(struct verify_result *r)
{
	comparison_clear(&r->compared);
	strv_free(r->diffoscope_texts);
	free(r->log_text);
	free(r->divergence);
	free(r->log);
	for (size_t k = 0; k < r->n; k++)
		free(r->reports[k]);
	free(r->reports);
}

static int judge(struct verification *w, struct error *e)
{
	struct verify_result r = { .native = w->v->run.native, .relaxed = run_options_relaxed(&w->v->run), .package = !w->v->is_command, .jobs = w->jobs, .n = w->n, .base = w->base };
	autofree char *subject = strv_join(w->args, " ");
	int rc = compare(w, &r.compared, e);

	if (rc < 0)
		return rc;
	r.subject = subject;
	r.sources = w->v->is_command ? &w->sources : NULL;
	r.failure = w->v->is_command ? verify_common_failure(w->jobs, w->n) : 0;
	r.kept = w->v->keep || w->v->keep_logs || !r.compared.same || r.failure != 0;
	r.reports = read_reports(w);
	if (!r.compared.same)
		rc = explain(w, &r, e);
	if (rc == 0) {
		if (r.failure != 0)
			work_show_end(w->jobs[0].stderr_path);
		r.log = lives_of_first(w);
		rc = tell(w, &r, e);
		if (rc == 0)
			rc = !r.compared.same ? 1 : r.failure != 0 ? 3 : 0;
		if (!r.kept)
			remove_results(w);
	}
	result_clear(&r);
	return rc;
}

/* --- the order of things ----------------------------------------------------------------------------------------------- */

static int check_options(struct verify_values *v, char **args, struct error *e)
{
	if (strv_len(args) == 0)
		return usage_error(e, "verify takes a package, a .dsc file or a directory, or -- and a command");
	if (!v->is_command && strv_len(args) > 1) {
		usage_error(e, "verify takes one package at a time");
		error_hint(e, "for a command write: detbuild verify -- %s ...", args[0]);
		return -EINVAL;
	}
	v->runs = v->runs ? v->runs - 1 : 2; /* the option's value is one more, so that 0 is seen to be wrong */
	if (v->runs < 2 || v->runs > RUNS_MAX)
		return usage_error(e, "--runs takes a number from 2 to %d", RUNS_MAX);
	if (v->run.log || v->run.report)
		return usage_error(e, "verify: --%s is one run's; --keep-logs keeps the logs of all", v->run.log ? "log" : "report");
	if (run_options_check_pairs(&v->run, e) < 0)
		return -EINVAL;
	if (!v->is_command && (v->run.cwd || v->run.as_root))
		return usage_error(e, "verify: --%s is for a command, not for a package", v->run.cwd ? "directory" : "as-root");
	if (v->diffoscope && v->no_diffoscope)
		return usage_error(e, "--diffoscope and --no-diffoscope exclude each other");
	if (v->diffoscope && !verify_has_diffoscope()) {
		error_set(e, 0, "diffoscope is not installed");
		error_hint(e, "apt install diffoscope-minimal, or leave out --diffoscope");
		e->exit_code = 4;
		return -ENOENT;
	}
	return 0;
}

static void make_conditions(struct verification *w, vary_set set)
{
	struct vary_context c = { .set = set, .native = w->v->run.native, .package = !w->v->is_command, .options = &w->v->run, .base = w->base };

	c.source_tree = c.package && work_is_source_tree(w->args[0]);
	w->n = w->v->runs;
	w->conditions = xzalloc(w->n * sizeof(*w->conditions));
	w->jobs = xzalloc(w->n * sizeof(*w->jobs));
	for (size_t k = 0; k < w->n; k++)
		vary_make(&c, k, &w->conditions[k]);
}

static int read_sources(struct verification *w, struct error *e)
{
	int r = tree_walk(w->here, &w->sources, e);

	if (r < 0) {
		autofree char *why = xstrdup(e->what);

		usage_error(e, "verify: %s, and the current directory is copied for each run", why);
		error_hint(e, "start it in a directory that holds the sources alone, all of them readable");
	}
	return r;
}

static int verify_run(void *values, char **args, struct error *e)
{
	struct verify_values *v = values;
	struct verification w = { .v = v, .args = args, .page = LATE_NONE };
	vary_set set = 0;
	int r = check_options(v, args, e);

	if (r == 0)
		r = vary_parse(v->vary, &set, e);
	if (r == 0 && v->run.html)
		r = document_open_target(v->run.html, &w.page, e);
	if (r < 0)
		return r;
	w.here = getcwd(NULL, 0);
	if (v->is_command && (!w.here || strcmp(w.here, "/") == 0))
		return usage_error(e, "verify -- COMMAND copies the current directory for each run: start it in a directory of its own");
	if (!v->is_command)
		work_absolute_subject(args);
	work_resolve_env(&v->run);
	r = v->is_command ? read_sources(&w, e) : package_options_image(&v->run, true, e);
	if (r == 0)
		r = make_base(&w, e);
	if (r < 0)
		return r;
	set_hints(&w);
	make_conditions(&w, set);
	vary_print(w.conditions, w.n, v->json ? stderr : stdout);
	r = fflush(stdout) == 0 ? 0 : error_set(e, errno, "cannot write to standard output");
	if (r == 0)
		r = run_jobs(&w, w.n, v->keep_logs, e);
	if (r < 0)
		remove_results(&w); /* interrupted, or not even begun */
	else
		r = failed_run(&w, w.n, e);
	if (r == -ENODATA)
		remove_results(&w); /* nothing was built */
	if (r == 0)
		r = judge(&w, e);
	tree_clear(&w.sources);
	return r;
}

const struct verb verb_verify = {
	.name = "verify",
	.synopsis = "[OPTION]... PACKAGE|FILE.dsc|DIR | [OPTION]... -- COMMAND [ARG]...",
	.summary = "build several times under different conditions and compare the results",
	.description = "Builds the package with `detbuild pkg`, or runs the command in a copy of the current directory, --runs times. The first run is "
		"plain, the others differ in what the table printed first says. Then every artefact is compared by SHA-256; where .deb, .tar, .ar, "
		".zip or compressed files differ, the member is named and how it differs. Artefacts of a command are the whole tree after the run, "
		"its standard output and error and its exit status.\n\n"
		"In traced runs only the host differs and the guest must not notice: that is what is being verified. With --native there is no "
		"tracer and the guest sees the variations: the control that shows what the tracer adds.\n\n"
		"--vary=LIST: names with + or - change the whole set (--vary=-load), plain names are the set (--vary=time,locale). Names: time "
		"hostname path build-path user home umask locale timezone environment filesystem cpu load pids mtimes.\n\n"
		"After a difference the results are kept, two traced runs are repeated with event logs and the first event in which they part is "
		"shown, and the command for each run is printed.\n\n"
		"A command that fails in every run, and each time with the same results, is no reproducible build: the end of its standard error is shown and "
		"the verdict is \"failed\". When it fails in one run and not in another, its exit status differs.\n\n"
		"Exit status: 0 reproducible; 1 something differs; 2 a mistake in the call; 3 the build, or the command in all runs, failed; else what `pkg` or `run` ended with: 4 tool "
		"missing, 5 refused call, 6 deadlock, 7 source missing, 8 build dependency missing, 9 a loop must be counted, 10 counter too late, 124 time-out, 125 internal.",
	.examples = "detbuild verify hello\ttwo builds\n"
		"detbuild verify --runs 3 --vary=-load hello_2.10-3.dsc\tthree, without busy processes beside them\n"
		"detbuild verify --native hello\tthe control, without the tracer\n"
		"detbuild verify --html page.html -- make\tany command in a copy of this directory; the verdict also as a page",
	.tables = (const struct opt *const[]){ verify_opts, both_opts, run_opts, NULL },
	.without = without,
	.values_size = sizeof(struct verify_values),
	.env = "SOURCE_DATE_EPOCH",
	.env_option = "epoch",
	.run = verify_run,
};
