/* verb_report.c: `detbuild report FILE`: a JSON document of detbuild as a page, for a browser or for the terminal.
 *
 * The verbs that build have --html, which writes the page at once. Both ways go through report/document.c and see nothing but the document,
 * so a page made from a file that a CI system kept is the one that the build wrote, and the JSON, the text and the page say the same. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"
#include "report/document.h"
#include "report/evlives.h"

struct report_values {
	const char *html, *log;
};

#define AT(member) offsetof(struct report_values, member)

static const struct opt report_opts[] = {
	{ "html", 0, OPT_STRING, AT(html), "FILE", "write a page for a browser (default: text on standard output)", NULL },
	{ "log", 0, OPT_STRING, AT(log), "FILE", "show the processes of this event log, when the document has none", NULL },
	{ 0 },
};

static int read_document(const char *path, char **ret, size_t *ret_n, struct error *e)
{
	ssize_t n = strcmp(path, "-") == 0 ? fd_read_all(STDIN_FILENO, ret, DOCUMENT_MAX) : file_read(path, ret, DOCUMENT_MAX);

	if (n >= 0) {
		*ret_n = (size_t)n;
		return 0;
	}
	error_set(e, (int)-n, "cannot read %s", path);
	if (n == -EFBIG)
		error_hint(e, "a document has at most %u MiB", DOCUMENT_MAX >> 20);
	return (int)n;
}

static int read_log(const char *path, char **ret, struct error *e)
{
	size_t n = 0;
	FILE *f = open_memstream(ret, &n);
	struct json j;

	if (!f)
		return error_set(e, errno, "cannot read %s", path);
	json_begin(&j, f);
	int r = evlives_json(path, &j, NULL, e);
	fclose(f);
	return r;
}

static int show(const char *path, const struct report_values *v, struct error *e)
{
	autofree char *json = NULL, *log = NULL;
	size_t n = 0;
	struct late page = LATE_NONE;
	int r = v->html ? document_open_target(v->html, &page, e) : 0;

	if (r == 0)
		r = read_document(path, &json, &n, e);
	if (r == 0 && v->log)
		r = read_log(v->log, &log, e);
	if (r == 0 && v->html)
		r = document_write_html(json, n, log, &page, v->html, e);
	late_close(&page);
	if (r < 0 || v->html)
		return r;
	r = document_page(json, n, log, PAGE_TEXT, stdout, e);
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = error_set(e, errno ? errno : EIO, "cannot write the report");
	return r;
}

static int report_run(void *values, char **args, struct error *e)
{
	int r;

	if (strv_len(args) != 1) {
		usage_error(e, "report takes one JSON document");
		error_hint(e, "a file, or - for standard input: 'detbuild report verify.json --html page.html'");
		return -EINVAL;
	}
	r = show(args[0], values, e);
	if (r < 0 && e->exit_code == 0)
		e->exit_code = 2;
	return r;
}

const struct verb verb_report = {
	.name = "report",
	.synopsis = "[OPTION]... FILE|-",
	.summary = "show a JSON document of detbuild as a page",
	.description = "FILE is what `run --report`, `verify --json`, `rebuild --json`, `rebuild --attest`, `explain --json` or `pkg --json` wrote (detbuild-json(5)). Shown are "
		"the verdict, each artefact with how it differs, the first event in which two runs part with both sides, what was varied, how to repeat a "
		"run, the relaxed switches, the processes over time and the counts of system calls, as far as the document has them.\n\n"
		"The page of --html is one file: it opens from the disk, needs no network and no JavaScript, and its policy forbids the browser to load "
		"anything. What the build chose itself (names, command lines, contents) appears as text and never as markup. The same document gives the "
		"same page, byte for byte.\n\n"
		"run, verify, rebuild, explain and pkg write the page themselves when they are given --html; pkg's is that of the build's run.\n\n"
		"Exit status: 0, or 2 when the document or the log cannot be read, or is none of these.",
	.examples = "detbuild report verify.json\tas text\n"
		"detbuild report verify.json --html page.html\tfor a browser\n"
		"detbuild report run.json --log run.log.bin --html page.html\twith the time line of the processes",
	.tables = (const struct opt *const[]){ report_opts, NULL },
	.values_size = sizeof(struct report_values),
	.run = report_run,
};
