/* explain_report.h: what `explain` found, for people and as JSON: the same facts. */
#ifndef DETBUILD_CLI_EXPLAIN_REPORT_H
#define DETBUILD_CLI_EXPLAIN_REPORT_H

#include "cli/explain_lab.h"

struct explain_cause {       /* a set of inputs that makes something differ */
	input_set set;
	size_t differences;  /* how many units */
};

struct explanation {
	const char *subject;
	const struct lab *lab;
	input_set changed;                 /* the inputs that were changed */
	char *fixed[32];                   /* of the others: the option that says what they are; by input */
	struct explain_cause *causes;      /* sorted by set */
	size_t n_causes;
	bool kept;
};

/* Fills in causes from the lab's units. */
void explanation_collect(struct explanation *x);
void explain_report_text(const struct explanation *x, FILE *f);
void explain_report_json(const struct explanation *x, FILE *f);
/* "time", "time with path". malloc'ed. */
char *explain_set_name(input_set set);

#endif
