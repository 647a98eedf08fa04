/* verify_report.h: what `verify` says about its runs, for people and as JSON. */
#ifndef DETBUILD_CLI_VERIFY_REPORT_H
#define DETBUILD_CLI_VERIFY_REPORT_H

#include "cli/verify_run.h"
#include "report/compare.h"

struct verify_result {
	const char *subject;               /* package or command, as given */
	bool native, package;
	char **relaxed;                    /* relaxations that were on; NULL: none */
	const struct verify_job *jobs;
	size_t n;
	struct comparison_result compared;
	const struct tree *sources;        /* of a command: the tree before the runs; unchanged files of it are not listed */
	char *base;                        /* where everything lies */
	bool kept;
	int failure;                       /* of a command: the status with which it failed in all runs, or 0 */
	char **diffoscope_texts;           /* files */
	char *log_text;                    /* first diverging event, or NULL */
	char *divergence;                  /* the same as JSON, or NULL */
	char *log;                         /* run 1's event log as an object (evlives_json()), or NULL */
	char **reports;                    /* [n]: run reports as JSON, each NULL when there is none */
};

void verify_report_text(const struct verify_result *r, FILE *f);
void verify_report_json(const struct verify_result *r, FILE *f);
/* "✓ name", coloured on a terminal; what would steer the terminal is escaped. */
void verdict_put_head(enum verdict_kind kind, const char *name, FILE *f);
const char *report_colour(const char *code); /* code, or "" where stdout takes no colours */
bool verify_has_diffoscope(void);
/* Calls diffoscope, which must be installed, for the artefacts that differ. */
void verify_diffoscope(struct verify_result *r, uint64_t timeout_ns);

#endif
