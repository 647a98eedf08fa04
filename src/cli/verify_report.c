/* verify_report.c: the verdicts of `verify` in words. Owns no decision: what is the same was decided by report/compare.c. */
#include "cli/verify_report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/strv.h"

#define DIFFOSCOPE_FILES 5                          /* the first few say enough */
#define DIFFOSCOPE_SIZE_MAX (UINT64_C(500) << 20)   /* bytes of an artefact */
#define DIFFOSCOPE_TEXT_MAX "20000000"              /* bytes of its report */

/* Copied trees of commands hold their sources; these are news only when a run changed them. */
static bool is_unchanged_source(const struct verify_result *r, const struct verdict *v)
{
	static const char prefix[] = "tree/";
	const struct tree_entry *now = v->runs[0], *before;

	if (!r->sources || v->kind != VERDICT_IDENTICAL)
		return false;
	if (now->type == 'd')
		return true;
	if (strncmp(v->name, prefix, sizeof(prefix) - 1) != 0)
		return false;
	before = tree_find(r->sources, v->name + sizeof(prefix) - 1);
	return before && before->type == now->type && before->mode == now->mode && memcmp(&before->hash, &now->hash, sizeof(now->hash)) == 0;
}

const char *report_colour(const char *code)
{
	return log_colour() && isatty(STDOUT_FILENO) ? code : "";
}

static void put_name(const char *name, FILE *f)
{
	for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
		if (*p >= 0x20 && *p != 0x7f)
			fputc(*p, f);
		else
			fprintf(f, "\\x%02x", *p);
	}
}

void verdict_put_head(enum verdict_kind kind, const char *name, FILE *f)
{
	static const char *const marks[] = { "✓", "✗", "✗", "·" };
	static const char *const codes[] = { "\033[32m", "\033[31m", "\033[31m", "" };

	fprintf(f, "%s%s%s ", report_colour(codes[kind]), marks[kind], report_colour("\033[0m"));
	put_name(name, f);
}

static void put_verdict(const struct verdict *v, FILE *f)
{
	char hex[65];

	verdict_put_head(v->kind, v->name, f);
	if (v->kind == VERDICT_IDENTICAL && (v->runs[0]->type == 'f' || v->runs[0]->type == 'l')) {
		sha256_hex(&v->runs[0]->hash, hex);
		fprintf(f, " %s", hex);
	}
	if (v->kind == VERDICT_DIFFERS)
		fprintf(f, " differs between run %zu and run %zu", v->run_a + 1, v->run_b + 1);
	if (v->kind == VERDICT_MISSING)
		fprintf(f, " is missing in run %zu", v->run_b + 1);
	if (v->kind == VERDICT_RECORD)
		fprintf(f, " (a record of the run, not judged)");
	fputc('\n', f);
	findings_print(&v->findings, f, "    ");
}

static void count(const struct verify_result *r, size_t *ret_judged, size_t *ret_bad)
{
	*ret_judged = *ret_bad = 0;
	for (size_t i = 0; i < r->compared.n; i++) {
		const struct verdict *v = &r->compared.verdicts[i];
		if (v->kind == VERDICT_RECORD || is_unchanged_source(r, v))
			continue;
		++*ret_judged;
		*ret_bad += v->kind != VERDICT_IDENTICAL;
	}
}

static const char *verdict_word(const struct verify_result *r)
{
	return !r->compared.same ? "not reproducible" : r->failure != 0 ? "failed" : r->relaxed && !r->native ? "identical" : "reproducible";
}

/* What stands behind the verdict: without the tracer, or with a relaxation, equal results are no evidence. */
static char *conditions(const struct verify_result *r)
{
	autofree char *relaxed = r->relaxed && !r->native ? strv_join(r->relaxed, ", ") : NULL;

	if (r->native)
		return xstrdup(" (native, without the tracer)");
	return relaxed ? xasprintf(" (relaxed: %s; no evidence of reproducibility)", relaxed) : xstrdup("");
}

/* What follows the verdict in the last line. */
static char *summary(const struct verify_result *r)
{
	autofree char *with = conditions(r);
	size_t judged, bad;

	count(r, &judged, &bad);
	if (r->compared.same && r->failure != 0)
		return xasprintf("the command failed alike in all runs (status %d)%s", r->failure, with);
	if (r->compared.same)
		return xasprintf("%zu artefact%s identical in %zu runs%s", judged, judged == 1 ? "" : "s", r->n, with);
	if (judged == 0)
		return xstrdup("the runs left no artefacts");
	return xasprintf("%zu of %zu artefacts differ in %zu runs%s", bad, judged, r->n, with);
}

static void put_line(const struct verify_result *r, FILE *f)
{
	autofree char *text = summary(r);
	bool good = r->compared.same && r->failure == 0;

	fprintf(f, "%s%s%s: %s: %s\n", report_colour(good ? "\033[32m" : "\033[31m"), verdict_word(r), report_colour("\033[0m"), r->subject, text);
}

static void put_kept(const struct verify_result *r, FILE *f)
{
	fprintf(f, "kept in %s:", r->base);
	for (size_t k = 0; k < r->n; k++)
		fprintf(f, " %s", strrchr(r->jobs[k].vary->dir, '/') + 1);
	fputc('\n', f);
	if (r->compared.same && r->failure == 0)
		return;
	fprintf(f, "to repeat one run:\n");
	for (size_t k = 0; k < r->n; k++) {
		autofree char *line = verify_command_line(&r->jobs[k]);

		fprintf(f, "  %s\n", line);
	}
}

void verify_report_text(const struct verify_result *r, FILE *f)
{
	size_t unchanged = 0;

	for (size_t i = 0; i < r->compared.n; i++) {
		if (is_unchanged_source(r, &r->compared.verdicts[i]))
			unchanged += r->compared.verdicts[i].runs[0]->type != 'd';
		else
			put_verdict(&r->compared.verdicts[i], f);
	}
	if (unchanged > 0)
		fprintf(f, "  (%zu source files unchanged)\n", unchanged);
	for (char **p = r->diffoscope_texts; p && *p; p++)
		fprintf(f, "diffoscope: %s\n", *p);
	if (r->log_text)
		fputs(r->log_text, f);
	if (r->kept)
		put_kept(r, f);
	if (r->failure != 0 && !r->compared.same)
		fprintf(f, "the command failed in all runs (status %d)\n", r->failure);
	put_line(r, f);
}

static void json_runs(const struct verify_result *r, struct json *j)
{
	json_array(j, "runs");
	for (size_t k = 0; k < r->n; k++) {
		const struct verify_job *job = &r->jobs[k];
		json_object(j, NULL);
		json_string(j, "directory", r->kept ? job->vary->dir : NULL);
		json_int(j, "exit_status", job->status);
		json_uint(j, "wall_ms", job->wall_ns / 1000000);
		json_array(j, "command");
		for (char *const *p = job->argv; *p; p++)
			json_string(j, NULL, *p);
		json_end(j, ']');
		autofree char *repeat = verify_command_line(job);
		json_string(j, "repeat", repeat);
		json_raw(j, "report", r->reports && r->reports[k] ? r->reports[k] : "null");
		json_object(j, "varied");
		for (int v = 0; v < VARY_COUNT; v++)
			if (job->vary->cells[v])
				json_string(j, vary_name((enum vary)v), job->vary->cells[v]);
		json_end(j, '}');
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void json_verdict(const struct verify_result *r, const struct verdict *v, struct json *j)
{
	char hex[65];

	json_object(j, NULL);
	json_string(j, "name", v->name);
	json_string(j, "verdict", verdict_kind_name(v->kind));
	json_array(j, "sha256"); /* one for each run */
	for (size_t k = 0; k < r->n; k++) {
		if (v->runs[k])
			sha256_hex(&v->runs[k]->hash, hex);
		json_string(j, NULL, v->runs[k] && v->runs[k]->type != 'd' ? hex : NULL);
	}
	json_end(j, ']');
	if (v->kind == VERDICT_DIFFERS) {
		json_uint(j, "run_a", v->run_a + 1);
		json_uint(j, "run_b", v->run_b + 1);
		findings_json(&v->findings, j, "differences");
		json_uint(j, "more_differences", v->findings.more);
	}
	json_end(j, '}');
}

void verify_report_json(const struct verify_result *r, FILE *f)
{
	autofree char *text = summary(r);
	size_t judged, bad, unchanged = 0;
	struct json j;

	count(r, &judged, &bad);
	json_begin(&j, f);
	json_object(&j, NULL);
	json_string(&j, "subject", r->subject);
	json_string(&j, "kind", r->package ? "package" : "command");
	json_bool(&j, "traced", !r->native);
	json_string(&j, "verdict", verdict_word(r));
	json_string(&j, "summary", text);
	json_array(&j, "relaxed");
	for (char **name = r->relaxed; name && *name; name++)
		json_string(&j, NULL, *name);
	json_end(&j, ']');
	json_uint(&j, "artefacts", judged);
	json_uint(&j, "differing", bad);
	json_string(&j, "kept_in", r->kept ? r->base : NULL);
	json_runs(r, &j);
	json_array(&j, "files");
	for (size_t i = 0; i < r->compared.n; i++) {
		if (is_unchanged_source(r, &r->compared.verdicts[i]))
			unchanged++;
		else
			json_verdict(r, &r->compared.verdicts[i], &j);
	}
	json_end(&j, ']');
	json_uint(&j, "unchanged_sources", unchanged);
	json_array(&j, "diffoscope");
	for (char **p = r->diffoscope_texts; p && *p; p++)
		json_string(&j, NULL, *p);
	json_end(&j, ']');
	json_string(&j, "first_event", r->log_text);
	json_raw(&j, "divergence", r->divergence ? r->divergence : "null");
	json_raw(&j, "log", r->log ? r->log : "null");
	json_end(&j, '}');
	json_finish(&j);
}

static bool in_path(const char *program)
{
	autostrv char **dirs = strv_split(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin", ":");

	for (char **d = dirs; d && *d; d++) {
		autofree char *path = xasprintf("%s/%s", *d, program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static void run_diffoscope(struct verify_result *r, const struct verdict *v, uint64_t timeout_ns)
{
	autofree char *flat = xstrdup(v->name);
	for (char *p = flat; *p; p++)
		if (*p == '/')
			*p = '_';
	autofree char *a = xasprintf("%s/%s", r->jobs[v->run_a].vary->dir, v->name);
	autofree char *b = xasprintf("%s/%s", r->jobs[v->run_b].vary->dir, v->name);
	autofree char *text = xasprintf("%s/diffoscope-%.150s.txt", r->base, flat);
	autofree char *messages = xasprintf("%s.messages", text);
	char *argv[] = { "diffoscope", "--no-progress", "--max-text-report-size", DIFFOSCOPE_TEXT_MAX, "--max-container-depth", "5", "--text", text,
		"--", a, b, NULL };
	autoclose int fd = open(messages, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct process_options opt = { .stdin_fd = -1, .stdout_fd = fd, .stderr_fd = fd, .timeout_ns = timeout_ns };

	phase("diffoscope %s", v->name);
	int status = process_run(argv, &opt);
	if (status == 124)
		warn("diffoscope did not end in %llu s for %s", (unsigned long long)(timeout_ns / 1000000000), v->name);
	else if (status < 0 || status > 1)
		warn("diffoscope ended with status %d for %s: see %s", status, v->name, messages);
	if (access(text, R_OK) == 0)
		strv_add(&r->diffoscope_texts, text);
	if (status == 0 || status == 1)
		unlink(messages);
}

bool verify_has_diffoscope(void)
{
	return in_path("diffoscope");
}

void verify_diffoscope(struct verify_result *r, uint64_t timeout_ns)
{
	int files = 0;

	for (size_t i = 0; i < r->compared.n && files < DIFFOSCOPE_FILES; i++) {
		const struct verdict *v = &r->compared.verdicts[i];
		if (v->kind != VERDICT_DIFFERS || v->runs[v->run_a]->type != 'f' || v->runs[v->run_b]->type != 'f')
			continue;
		if (v->runs[v->run_a]->size > DIFFOSCOPE_SIZE_MAX || v->runs[v->run_b]->size > DIFFOSCOPE_SIZE_MAX)
			continue;
		run_diffoscope(r, v, timeout_ns);
		files++;
	}
}
