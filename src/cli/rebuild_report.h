/* rebuild_report.h: what `rebuild` says: one verdict for the package, one for each published file, and why. */
#ifndef DETBUILD_CLI_REBUILD_REPORT_H
#define DETBUILD_CLI_REBUILD_REPORT_H

#include "cli/rebuild_environment.h"
#include "cli/verify_run.h"
#include "report/compare.h"

enum rebuild_verdict {
	REBUILD_IDENTICAL, REBUILD_BUILD_ID, REBUILD_DIFFERS, /* something was compared */
	REBUILD_NO_SOURCE, REBUILD_NO_ENVIRONMENT, REBUILD_NO_REFERENCE, REBUILD_FAILED,
};

struct rebuild_result {
	const char *subject, *against;     /* as given */
	enum rebuild_verdict verdict;
	int exit_status;
	char *reason;                      /* why nothing was compared, or NULL */
	char *log;                         /* of a build that failed, or NULL */
	char *record;                      /* JSON of pkg about the build, or NULL */
	char *report;                      /* JSON of the build's run, or NULL */
	const struct verify_job *job;
	struct rebuild_environment environment;
	struct comparison_result compared; /* run 0: what was published, run 1: what was built */
	const char *base;
	bool kept;
};

/* The file was published, so that the built one can be judged. */
bool rebuild_is_judged(const struct verdict *v);
void rebuild_report_text(const struct rebuild_result *r, FILE *f);
void rebuild_report_json(const struct rebuild_result *r, FILE *f);

#endif
