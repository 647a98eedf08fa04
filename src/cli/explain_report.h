/* explain_report.h: what `explain` found, for people and as JSON: the same facts. */
#ifndef DETBUILD_CLI_EXPLAIN_REPORT_H
#define DETBUILD_CLI_EXPLAIN_REPORT_H

#include "cli/explain_order.h"

struct explain_cause {       /* a set of inputs that makes something differ */
	input_set set;
	size_t differences;  /* how many units */
	char *shown, *shown_json; /* the processes in which it shows (report/evoutputs.h): text, and a JSON array */
	char **stack;        /* frames of the first call that writes something else, innermost first; NULL: none does */
	uint64_t stack_at;   /* that call's number in the log */
	struct order_turn turn; /* where the order of threads is in the set: the choice that decides */
};

struct explanation {
	const char *subject;
	struct lab *lab;
	input_set changed;                 /* the inputs that were changed */
	char *fixed[32];                   /* of the others: the option that says what they are; by input */
	struct explain_cause *causes;      /* sorted by set */
	size_t n_causes;
	bool kept;
};

/* Fills in causes from the lab's units. */
void explanation_collect(struct explanation *x);
/* Finds for each cause where it shows, and repeats the build up to the first call that writes something else, for its stack. 0 or negative with e. */
int explanation_stacks(struct explanation *x, struct error *e);
/* Finds for each cause that has the order of threads in it the choice that decides; a warning says where it was not found. 0, or negative with
 * e when it was interrupted. */
int explanation_turns(struct explanation *x, struct error *e);
void explanation_clear(struct explanation *x); /* the causes */
/* A command that fails whatever is changed. */
bool explain_fails(const struct explanation *x);
void explain_report_text(const struct explanation *x, FILE *f);
void explain_report_json(const struct explanation *x, FILE *f);

#endif
