/* rebuild_report.c: the verdict of `rebuild` in words and as JSON. Owns no decision but the words. */
#include "cli/rebuild_report.h"

#include <string.h>

#include "base/mem.h"
#include "cli/shell_words.h"
#include "cli/verify_report.h"
#include "report/cause.h"

#define REBUILD_SCHEMA 1 /* of the JSON document; detbuild-json(5) */

static const char *verdict_name(enum rebuild_verdict v)
{
	static const char *const names[] = {
		[REBUILD_IDENTICAL] = "identical", [REBUILD_BUILD_ID] = "build-id only", [REBUILD_DIFFERS] = "differs",
		[REBUILD_NO_SOURCE] = "source missing", [REBUILD_NO_ENVIRONMENT] = "environment not reconstructible",
		[REBUILD_NO_REFERENCE] = "nothing to compare with", [REBUILD_FAILED] = "build failed",
	};

	return names[v];
}

bool rebuild_is_judged(const struct verdict *v)
{
	return v->kind != VERDICT_RECORD && v->runs[0];
}

static const char *file_verdict(const struct verdict *v)
{
	if (!rebuild_is_judged(v))
		return "not judged";
	if (v->kind == VERDICT_MISSING)
		return "not built";
	return verdict_is_build_id_only(v) ? "build-id only" : verdict_kind_name(v->kind);
}

static void put_findings(const struct findings *f, FILE *out)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *one = &f->items[i];
		const char *cause = cause_of(one);

		fprintf(out, "    %s%s%s: %s\n", one->member, one->member[0] ? ": " : "", finding_kind_name(one->kind), one->how);
		if (cause)
			fprintf(out, "      likely cause: %s\n", cause);
	}
	if (f->more > 0)
		fprintf(out, "    and %zu more differences\n", f->more);
}

static void put_file(const struct verdict *v, FILE *f)
{
	char hex[65];

	verdict_put_head(rebuild_is_judged(v) ? v->kind : VERDICT_RECORD, v->name, f);
	if (v->kind == VERDICT_IDENTICAL) {
		sha256_hex(&v->runs[0]->hash, hex);
		fprintf(f, " %s", hex);
	} else if (!rebuild_is_judged(v)) {
		fprintf(f, " (not published there, not judged)");
	} else if (v->kind == VERDICT_MISSING) {
		fprintf(f, " was not built");
	} else {
		fprintf(f, " %s", verdict_is_build_id_only(v) ? "differs in its build-id only" : "differs");
	}
	fputc('\n', f);
	put_findings(&v->findings, f);
}

static void count(const struct rebuild_result *r, size_t *ret_judged, size_t *ret_same)
{
	*ret_judged = *ret_same = 0;
	for (size_t i = 0; i < r->compared.n; i++) {
		*ret_judged += rebuild_is_judged(&r->compared.verdicts[i]);
		*ret_same += rebuild_is_judged(&r->compared.verdicts[i]) && r->compared.verdicts[i].kind == VERDICT_IDENTICAL;
	}
}

/* What follows the verdict in the last line. */
static char *summary(const struct rebuild_result *r)
{
	size_t judged, same;

	count(r, &judged, &same);
	return r->reason ? xstrdup(r->reason) : xasprintf("%zu of %zu files equal those of %s", same, judged, r->against);
}

static void put_verdict(const struct rebuild_result *r, FILE *f)
{
	const char *colour = report_colour(r->verdict == REBUILD_IDENTICAL ? "\033[32m" : "\033[31m");
	autofree char *text = summary(r);

	fprintf(f, "%s%s%s: %s: %s\n", colour, verdict_name(r->verdict), report_colour("\033[0m"), r->subject, text);
}

static void put_kept(const struct rebuild_result *r, FILE *f)
{
	autofree char *repeat = verify_command_line(r->job);

	if (r->log)
		fprintf(f, "the log: %s\n", r->log);
	fprintf(f, "kept in %s: reference built\nto repeat the build:\n  %s\n", r->base, repeat);
}

void rebuild_report_text(const struct rebuild_result *r, FILE *f)
{
	rebuild_environment_text(&r->environment, f);
	for (size_t i = 0; i < r->compared.n; i++)
		if (r->compared.verdicts[i].kind != VERDICT_RECORD)
			put_file(&r->compared.verdicts[i], f);
	if (r->reason) /* nothing above says it */
		put_verdict(r, f);
	if (r->kept)
		put_kept(r, f);
	if (!r->reason)
		put_verdict(r, f);
}

static void json_findings(const struct findings *f, struct json *j)
{
	json_array(j, "differences");
	for (size_t i = 0; i < f->n; i++) {
		json_object(j, NULL);
		json_string(j, "member", f->items[i].member);
		json_string(j, "kind", finding_kind_name(f->items[i].kind));
		json_string(j, "how", f->items[i].how);
		json_string(j, "likely_cause", cause_of(&f->items[i]));
		json_end(j, '}');
	}
	json_end(j, ']');
	json_uint(j, "more_differences", f->more);
}

static void json_hash(struct json *j, const char *name, const struct tree_entry *t)
{
	char hex[65];

	if (t)
		sha256_hex(&t->hash, hex);
	json_string(j, name, t ? hex : NULL);
}

void rebuild_report_json(const struct rebuild_result *r, FILE *f)
{
	autofree char *text = summary(r), *repeat = shell_words(r->job->argv);
	struct json j;

	json_begin(&j, f);
	json_object(&j, NULL);
	json_int(&j, "schema", REBUILD_SCHEMA);
	json_string(&j, "subject", r->subject);
	json_string(&j, "against", r->against);
	json_string(&j, "verdict", verdict_name(r->verdict));
	json_int(&j, "exit_status", r->exit_status);
	json_string(&j, "summary", text);
	json_string(&j, "reason", r->reason);
	rebuild_environment_json(&r->environment, &j);
	json_array(&j, "files");
	for (size_t i = 0; i < r->compared.n; i++) {
		const struct verdict *v = &r->compared.verdicts[i];

		json_object(&j, NULL);
		json_string(&j, "name", v->name);
		json_string(&j, "verdict", file_verdict(v));
		json_hash(&j, "published_sha256", v->runs[0]);
		json_hash(&j, "built_sha256", v->runs[1]);
		json_findings(&v->findings, &j);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_string(&j, "kept_in", r->kept ? r->base : NULL);
	json_array(&j, "command");
	for (char *const *p = r->job->argv; *p; p++)
		json_string(&j, NULL, *p);
	json_end(&j, ']');
	json_string(&j, "repeat", repeat);
	json_raw(&j, "build", r->record ? r->record : "null");
	json_raw(&j, "report", r->report ? r->report : "null");
	json_end(&j, '}');
	json_finish(&j);
}
