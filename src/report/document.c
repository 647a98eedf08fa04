/* document.c: which document it is. The parser is json-c's. */
#include "report/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "report/document_parts.h"
#include "report/evlog_format.h"

typedef void (*show)(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form);

/* Told by members that each has had from its first version on, and none of the others has. */
static show shower_of(struct json_object *d)
{
	static const struct { const char *members[4]; show show; } kinds[] = {
		{ { "kind", "artefacts", "runs", "files" }, document_verify },
		{ { "against", "verdict", "files", "build" }, document_rebuild },
		{ { "inputs", "differences", "causes", "builds" }, document_explain },
		{ { "command", "end", "exit_status", "stats" }, document_run },
		{ { "verdict", "exit_code", "source", "image" }, document_build },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		bool all = true;
		for (size_t m = 0; m < ARRAY_SIZE(kinds[i].members); m++)
			all = all && json_object_object_get_ex(d, kinds[i].members[m], NULL);
		if (all)
			return kinds[i].show;
	}
	return NULL;
}

static void hint_documents(struct error *e)
{
	error_hint(e, "it takes what 'run --report', 'verify --json', 'rebuild --json', 'rebuild --attest', 'explain --json' and 'pkg --json' write");
}

/* A page that page.c made. The build's own words hold no '<' there. */
static bool refuse_page(const char *text, size_t n, struct error *e)
{
	static const struct { const char *verb, *how; } kinds[] = {
		{ "run", "'detbuild run --report FILE' (or 'detbuild pkg --report FILE')" }, { "verify", "'detbuild verify --json'" },
		{ "rebuild", "'detbuild rebuild --json'" }, { "explain", "'detbuild explain --json'" }, { "pkg", "'detbuild pkg --json'" },
	};
	const char *mark = memmem(text, n, PAGE_KIND_MARK, strlen(PAGE_KIND_MARK));

	for (size_t i = 0; mark && i < ARRAY_SIZE(kinds); i++) {
		const char *verb = mark + strlen(PAGE_KIND_MARK);
		size_t length = strlen(kinds[i].verb);

		if ((size_t)(text + n - verb) <= length || memcmp(verb, kinds[i].verb, length) != 0 || verb[length] != '<')
			continue;
		error_set(e, EBADMSG, "this is already a page, which a browser shows; it takes the JSON document that the page was made from");
		error_hint(e, "%s writes the document, and takes --html PAGE beside it", kinds[i].how);
		return true;
	}
	return false;
}

static void refuse_text(const char *text, size_t n, const char *why, size_t at, struct error *e)
{
	if (refuse_page(text, n, e))
		return;
	if (n >= strlen(EVLOG_MAGIC) && memcmp(text, EVLOG_MAGIC, strlen(EVLOG_MAGIC)) == 0) {
		error_set(e, EBADMSG, "this is an event log, not a JSON document");
		error_hint(e, "'detbuild log print FILE' shows it; 'detbuild report DOCUMENT --log FILE' shows its processes beside a document");
		return;
	}
	error_set(e, EBADMSG, "this is not JSON: %s at byte %zu", why, at);
	hint_documents(e);
}

static struct json_object *parse(const char *text, size_t n, struct error *e)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *d = NULL;
	enum json_tokener_error error = json_tokener_error_size;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	if (n <= DOCUMENT_MAX) {
		d = json_tokener_parse_ex(tokener, text, (int)n);
		error = json_tokener_get_error(tokener);
	}
	if (n == 0)
		error_set(e, EBADMSG, "the document is empty: the verb that was to write it failed, or still runs");
	else if (error == json_tokener_continue)
		error_set(e, EBADMSG, "the document ends in its middle");
	else if (error != json_tokener_success)
		refuse_text(text, n, json_tokener_error_desc(error), json_tokener_get_parse_end(tokener), e);
	json_tokener_free(tokener);
	if (error != json_tokener_success && d) {
		json_object_put(d);
		d = NULL;
	}
	return d;
}

/* A statement holds the verdict that it states. */
static struct json_object *inner(struct json_object *d)
{
	return json_object_object_get_ex(d, "predicateType", NULL) ? doc_get(d, "predicate") : d;
}

int document_page(const char *json, size_t n, const char *log, enum page_form form, FILE *out, struct error *e)
{
	struct json_object *d = parse(json, n, e), *lives = NULL;
	show f = d && json_object_is_type(d, json_type_object) ? shower_of(inner(d)) : NULL;
	struct page p;

	if (d && !f) {
		error_set(e, EBADMSG, "this is none of detbuild's documents that can be shown");
		hint_documents(e);
	}
	if (f && log)
		lives = parse(log, strlen(log), e);
	if (f && (!log || lives))
		f(&p, inner(d), lives, out, form);
	int r = f && (!log || lives) ? 0 : -EBADMSG;
	json_object_put(lives);
	json_object_put(d);
	return r;
}

int document_open_target(const char *path, struct late *ret, struct error *e)
{
	size_t n = strlen(path);
	int r = n && path[n - 1] != '/' ? late_open(path, true, ret) : -EISDIR;

	if (r == 0)
		return 0;
	error_set(e, -r, "cannot write the page %s", path);
	e->exit_code = 2;
	return r;
}

int document_write_html(const char *json, size_t n, const char *log, const struct late *file, const char *path, struct error *e)
{
	autofree char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int r;

	if (!f)
		return error_set(e, errno, "cannot write the page %s", path);
	r = document_page(json, n, log, PAGE_HTML, f, e);
	fclose(f);
	if (r < 0)
		return r;
	r = late_write(file, text, size);
	return r < 0 ? error_set(e, -r, "cannot write the page %s", path) : 0;
}
