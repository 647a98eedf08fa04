/* verb_rebuild.c: `detbuild rebuild`: builds a package again and compares the result with what was published.
 *
 * The way: `detbuild pkg --reference` fetches source and published .debs and builds, as one child (verify_run.c) -> comparison
 * (report/compare.c) -> verdict, here -> words (rebuild_report.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/attest.h"
#include "cli/option.h"
#include "cli/package_options.h"
#include "cli/rebuild_report.h"
#include "cli/results_dir.h"
#include "cli/verify_end.h"
#include "cli/verify_work.h"
#include "report/document.h"

struct rebuild_values {
	struct package_options package; /* first */
	const char *against, *output, *attest;
	bool keep, json;
};

#define AT(member) offsetof(struct rebuild_values, member)
#define GROUP "Comparison"

static const struct opt rebuild_opts[] = {
	{ "against", 0, OPT_STRING, AT(against), "WHERE", "compare with: archive, a directory of .debs, a FILE.changes or FILE.buildinfo; default: the archive, or the .buildinfo that is rebuilt", GROUP },
	{ "output", 'o', OPT_STRING, AT(output), "DIR", "where reference/ and built/ go (default: a new directory in the cache)", GROUP },
	{ "keep", 0, OPT_FLAG, AT(keep), NULL, "keep the files also when all are identical", GROUP },
	{ "attest", 0, OPT_STRING, AT(attest), "FILE", "write an in-toto statement about the identical files, to be signed with your own key", GROUP },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "write JSON on standard output", GROUP },
	{ 0 },
};

struct rebuild {
	struct late page;          /* --html's, opened before the build */
	const struct rebuild_values *v;
	char *subject, *against;
	char *base, *reference, *built, *record, *environment, *report;
	bool made_base;
	struct vary_run conditions;
	struct verify_job job;
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* Records of a build name its time and machine; published are packages. */
static bool is_record(const char *name)
{
	return !ends_with(name, ".deb") && !ends_with(name, ".udeb");
}

static char *absolute_if_file(const char *word)
{
	char *path = path_exists(word) ? path_absolute(word) : NULL;

	return path ? path : xstrdup(word);
}

static bool names_file(const char *subject)
{
	return ends_with(subject, ".dsc") || ends_with(subject, ".buildinfo");
}

/* A .buildinfo itself says which files it is about. */
static char *default_against(const char *given, const char *subject)
{
	if (!given && ends_with(subject, ".buildinfo"))
		return xstrdup(subject);
	return given && strcmp(given, "archive") != 0 ? absolute_if_file(given) : xstrdup("archive");
}

static int prepare(struct rebuild *w, char **args, struct error *e)
{
	const struct rebuild_values *v = w->v;
	int r;

	w->subject = names_file(args[0]) ? absolute_if_file(args[0]) : xstrdup(args[0]);
	w->against = default_against(v->against, w->subject);
	r = results_dir(v->output, "rebuild", args[0], &w->base, &w->made_base, e);
	if (r < 0)
		return r;
	w->reference = xasprintf("%s/reference", w->base);
	w->built = xasprintf("%s/built", w->base);
	w->record = xasprintf("%s/built.json", w->base);
	w->environment = xasprintf("%s/environment", w->base);
	w->report = v->package.run.report ? xstrdup(v->package.run.report) : xasprintf("%s/report.json", w->base);
	unlink(w->environment);
	unlink(w->report); /* of an earlier rebuild */
	char *const stale[] = { w->reference, w->built };
	for (size_t i = 0; i < ARRAY_SIZE(stale); i++) { /* of an earlier rebuild in the same --output */
		r = path_exists(stale[i]) ? remove_tree(stale[i]) : 0;
		if (r == 0)
			r = mkdir_p(stale[i], 0755);
		if (r < 0)
			return error_set(e, -r, "cannot make the directory %s", stale[i]);
	}
	return 0;
}

static void make_job(struct rebuild *w)
{
	struct rebuild_values passed = *w->v;
	char **argv = NULL;

	passed.package.run.html = NULL; /* ours: the page of the rebuild */
	passed.package.run.report = w->report;
	strv_add(&argv, dirs_self());
	strv_add(&argv, "pkg");
	strv_add(&argv, "--quiet");
	strv_add(&argv, "--json");
	for (const struct opt *o = run_opts; o->name; o++)
		option_words(&argv, "", o, &passed);
	for (const struct opt *o = package_opts; o->name; o++)
		option_words(&argv, "", o, &passed);
	strv_addf(&argv, "--environment-report=%s", w->environment);
	strv_addf(&argv, "--reference=%s", w->reference);
	strv_addf(&argv, "--reference-from=%s", w->against);
	strv_addf(&argv, "--output=%s", w->built);
	strv_add(&argv, "--");
	strv_add(&argv, w->subject);
	w->conditions = (struct vary_run){ .umask = -1, .env = environ };
	w->job = (struct verify_job){ .vary = &w->conditions, .argv = argv, .stdout_path = w->record, .stderr_path = xasprintf("%s/messages", w->base) };
}

/* The driver's own last sentence, without its prefix; *ret_advice: its hint, or NULL. NULL: it said nothing, or there was no room for it. */
static char *last_message(const char *path, char **ret_advice)
{
	static const char prefix[] = "detbuild: ", hint[] = "hint: ", warning[] = "warning: ";
	autofree char *text = NULL, *sentence = NULL;
	char *advice = NULL, *rest;

	if (file_read(path, &text, 16u << 20) <= 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, prefix, sizeof(prefix) - 1) != 0)
			continue;
		line += sizeof(prefix) - 1;
		if (strncmp(line, hint, sizeof(hint) - 1) == 0) {
			advice = line + sizeof(hint) - 1;
		} else if (strncmp(line, warning, sizeof(warning) - 1) != 0) {
			free(sentence);
			sentence = xstrdup(line);
			advice = NULL;
		}
	}
	*ret_advice = sentence && advice ? xstrdup(advice) : NULL;
	return STEAL(sentence);
}

static void say_why(const struct rebuild *w, struct rebuild_result *r)
{
	autofree char *advice = NULL, *why = last_message(w->job.stderr_path, &advice);

	if (!why)
		r->reason = xasprintf("the build ended with status %d and said nothing", w->job.status);
	else
		r->reason = advice ? xasprintf("%s (%s)", why, advice) : STEAL(why);
	if (r->verdict != REBUILD_FAILED)
		return;
	r->log = verify_build_log(w->built);
	if (r->log)
		work_show_end(r->log);
}

/* What the driver's exit status means for the package. false: it says nothing about the package; the status is passed on. */
static bool verdict_of_status(int status, enum rebuild_verdict *ret)
{
	switch (status) {
	case 3:
	case 5:
	case 6:
	case 9:
	case 10:
	case 124:
		*ret = REBUILD_FAILED;
		return true;
	case 7:
		*ret = REBUILD_NO_SOURCE;
		return true;
	case 8:
		*ret = REBUILD_NO_ENVIRONMENT;
		return true;
	case 11:
		*ret = REBUILD_NO_REFERENCE;
		return true;
	default:
		return false;
	}
}

static enum rebuild_verdict judge(const struct comparison_result *c)
{
	enum rebuild_verdict worst = REBUILD_NO_REFERENCE;

	for (size_t i = 0; i < c->n; i++) {
		const struct verdict *v = &c->verdicts[i];
		enum rebuild_verdict one;

		if (!rebuild_is_judged(v))
			continue;
		one = v->kind == VERDICT_IDENTICAL ? REBUILD_IDENTICAL : verdict_is_build_id_only(v) ? REBUILD_BUILD_ID : REBUILD_DIFFERS;
		if (worst == REBUILD_NO_REFERENCE || one > worst)
			worst = one;
	}
	return worst;
}

static int compare(struct rebuild *w, struct rebuild_result *r, struct error *e)
{
	const char *const dirs[] = { w->reference, w->built };
	autofree char *sums = xasprintf("%s/SHA256SUMS", w->reference);
	const struct compare_options o = { .is_record = is_record, .sums = sums };
	int rc = compare_dirs(dirs, ARRAY_SIZE(dirs), &o, &r->compared, e);

	if (rc < 0)
		return rc;
	r->verdict = judge(&r->compared);
	if (r->verdict == REBUILD_NO_REFERENCE)
		r->reason = xstrdup("no file was published under a name that was built");
	r->exit_status = r->verdict == REBUILD_IDENTICAL ? 0 : r->verdict == REBUILD_NO_REFERENCE ? 11 : 1;
	return 0;
}

/* Without the newline at its end it fits into a document. */
static char *read_record(const char *path)
{
	char *text = NULL;
	ssize_t n = file_read(path, &text, 16u << 20);

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	if (n > 0)
		return text;
	free(text);
	return NULL;
}

static int pass_on(const struct rebuild *w, struct error *e)
{
	autofree char *advice = NULL, *why = last_message(w->job.stderr_path, &advice);

	if (why) {
		error_set(e, 0, "%s", why);
		error_hint(e, "%s", advice ? advice : "");
	} else {
		error_set(e, 0, "the build ended with status %d and left no word in %s", w->job.status, w->base);
		error_hint(e, "is there room left on that disk?");
	}
	e->exit_code = w->job.status > 1 ? w->job.status : 125; /* 1 would say that the packages differ */
	return -ECHILD;
}

static int write_page(const struct rebuild_result *r, const struct late *file, const char *path, struct error *e)
{
	autofree char *json = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&json, &n);

	if (!f)
		return error_set(e, errno, "cannot write the page %s", path);
	rebuild_report_json(r, f);
	fclose(f);
	return document_write_html(json, n, NULL, file, path, e);
}

static int report(struct rebuild *w, struct error *e)
{
	struct rebuild_result r = { .subject = w->subject, .against = w->against, .job = &w->job, .base = w->base, .exit_status = w->job.status };
	int rc = 0;

	if (w->job.status == 0)
		rc = compare(w, &r, e);
	else if (verdict_of_status(w->job.status, &r.verdict))
		say_why(w, &r);
	else
		rc = pass_on(w, e);
	if (rc < 0)
		return rc;
	r.record = read_record(w->record);
	r.report = read_record(w->report);
	rebuild_environment_read(w->environment, &r.environment);
	r.kept = w->v->keep || w->v->output || r.verdict == REBUILD_DIFFERS || r.verdict == REBUILD_BUILD_ID || r.verdict == REBUILD_FAILED;
	if (w->v->attest)
		rc = attest_write(&r, w->v->attest, e);
	if (w->v->json)
		rebuild_report_json(&r, stdout);
	else
		rebuild_report_text(&r, stdout);
	if (rc == 0 && w->v->package.run.html)
		rc = write_page(&r, &w->page, w->v->package.run.html, e);
	if (!r.kept && w->made_base)
		remove_tree(w->base);
	comparison_clear(&r.compared);
	rebuild_environment_clear(&r.environment);
	free(r.reason);
	free(r.log);
	free(r.record);
	free(r.report);
	return rc < 0 ? rc : r.exit_status;
}

static int rebuild_run(void *values, char **args, struct error *e)
{
	struct rebuild w = { .v = values, .page = LATE_NONE };
	int r;

	if (strv_len(args) != 1) {
		usage_error(e, "rebuild takes one package");
		error_hint(e, "NAME, NAME=VERSION, FILE.dsc, FILE.buildinfo or a directory with debian/: 'detbuild rebuild hello'");
		return -EINVAL;
	}
	r = run_options_check_pairs(&w.v->package.run, e);
	if (r == 0)
		r = package_options_image(&w.v->package.run, true, e);
	if (r == 0 && w.v->package.run.html)
		r = document_open_target(w.v->package.run.html, &w.page, e);
	if (r == 0)
		r = prepare(&w, args, e);
	if (r < 0)
		return r;
	make_job(&w);
	r = verify_run_all(&w.job, 1, 1, 0, e);
	if (r == 0)
		r = report(&w, e);
	if (r < 0 && w.made_base)
		remove_tree(w.base);
	return r;
}

const struct verb verb_rebuild = {
	.name = "rebuild",
	.synopsis = "[OPTION]... PACKAGE[=VERSION]|FILE.dsc|FILE.buildinfo|DIR",
	.summary = "build a published package again and compare it with what was published",
	.description = "Fetches the source and the published .debs of the same version, each checked by APT against the archive's signed index, builds "
		"the source with `detbuild pkg` in today's image, and compares. Only published files are judged: automatic debug packages are "
		"usually published elsewhere.\n\n"
		"A FILE.buildinfo is built again as detbuild-pkg(1) says, and the packages are compared with the hashes in it; those that lie beside it "
		"are compared member by member. The packages that were installed then in other versions than now are listed; with --snapshot-mirror "
		"the environment is the recorded one, or cannot be reconstructed. A signature is verified with --keyring only.\n\n"
		"Verdicts: identical; build-id only (the programs are the same, but the compiler or linker left another identity in them: the "
		"build-id and the checksum of the debugging file that follows from it); differs, with the members, how they differ and what that "
		"looks like; source missing (the mirror lacks a file that its index names); environment not reconstructible (a build dependency, or "
		"a package that a .buildinfo names, cannot be installed); nothing to compare with; build failed.\n\n"
		"--attest writes the verdict as an unsigned in-toto statement (detbuild-json(5)), whose subjects are the files that are identical. "
		"No key is ever read: sign the file afterwards, outside the box. --buildinfo-out writes what dpkg in the box recorded of the rebuilt packages and "
		"the environment as a .buildinfo with the true date, for tools that read those; that in built/ has the box's date and is the same each time.\n\n"
		"A package that embeds when, where and by whom it was built can be verified by replaying that past with --epoch, --hostname, --user, "
		"--build-path and --env.\n\n"
		"Exit status: 0 identical; 1 build-id only, or differs; 2 a mistake in the call; 3 the build failed; 4 something is missing on this "
		"machine; 5 a refused call with --strict; 6 a deadlock in the build; 7 source missing; 8 environment not reconstructible; 9, 10 see detbuild-run(1); 11 nothing "
		"to compare with; 124 --timeout; 125 an internal error.",
	.examples = "detbuild rebuild hello\tagainst the archive\n"
		"detbuild rebuild hello_2.10-3.dsc --against hello_2.10-3_amd64.changes\tagainst files here\n"
		"detbuild rebuild hello_2.10-3_amd64.buildinfo --snapshot-mirror 'http://mirror/archive/debian bookworm'\twith the packages of that day\n"
		"detbuild rebuild --html page.html hello\tthe verdict also as a page for a browser\n"
		"detbuild rebuild --epoch 2022-12-26T14:25:53Z hello\tat the moment of its first build",
	.tables = (const struct opt *const[]){ rebuild_opts, package_opts, package_run_opts, run_opts, NULL },
	.without = (const char *const[]){ PACKAGE_WITHOUT, "stack-at", NULL }, /* a whole build is compared */
	.values_size = sizeof(struct rebuild_values),
	.run = rebuild_run,
};
