/* explain_lab.h: the builds of `explain` and what differs in each from the plain one. */
#ifndef DETBUILD_CLI_EXPLAIN_LAB_H
#define DETBUILD_CLI_EXPLAIN_LAB_H

#include "cli/explain_search.h"
#include "cli/verify_run.h"
#include "report/compare.h"

/* One thing that can differ: an artefact, or a member in it, in one way. */
struct lab_unit {
	char *artefact, *member;  /* member "": the artefact itself */
	enum finding_kind kind;
	bool missing;             /* the whole artefact is in one build only */
	input_set *causes;        /* [n_causes]: sets of inputs, each of which makes it differ and has no part that does */
	size_t n_causes;
};

struct lab_sight {            /* a unit that differs in a build */
	size_t unit;
	char *how;                /* "line 1: ...": printable ASCII */
	const char *looks_like;   /* report/cause.h's guess, or NULL */
};

struct lab_build {
	input_set set;            /* inputs that are changed in it */
	uint64_t order, until;    /* if the order of threads is one: the seed it is drawn from, and up to which event (0: to the end) */
	char *dir, *logs;
	uint64_t stack_at_plus_1; /* a repetition up to this call of its log; 0: a whole build */
	struct vary_run vary;
	struct verify_job job;
	struct lab_sight *sights;
	size_t n_sights;
	bool failed;              /* has no result, but may be looked at */
};

struct lab {
	bool package;
	char **args;              /* the package, or the command */
	char **words;             /* options of the user's for each build */
	const char *base, *here;  /* here: the tree of a command */
	uint64_t order;           /* the seed of the order of threads, where that is changed */
	unsigned parallel;
	struct lab_build **builds; /* in the order in which they were made; the first is the plain one */
	size_t n_builds;
	size_t runs;              /* builds that were made, those beside the search included */
	struct lab_unit *units;
	size_t n_units;
};

const struct lab_build *lab_find(const struct lab *l, input_set set);              /* NULL: not made */
const struct lab_sight *lab_see(const struct lab *l, input_set set, size_t unit);  /* NULL: does not differ there */
/* Fills in the causes of every unit. all: every input that can be changed. Tries so many orders of threads (explain_order.h) first. */
int lab_explain(struct lab *l, input_set all, uint64_t orders, struct error *e);
struct lab_stack {            /* of who makes a call in a build */
	input_set set;
	uint64_t order, until;    /* as in struct lab_build */
	uint64_t at;              /* the call's number in the build's event log */
	char **frames;            /* lab_stacks() finds them; the caller's to free */
};
/* Repeats the builds of these sets up to these calls. */
int lab_stacks(const struct lab *l, struct lab_stack *s, size_t n, struct error *e);

/* Builds beside those of the search. A new one is the caller's until it is kept, dropped (with all that it left) or freed. */
struct lab_build *lab_build_new(const struct lab *l, const char *prefix, uint64_t number, input_set set);
int lab_run(struct lab *l, struct lab_build *const *builds, size_t n, struct error *e);
int lab_compare(struct lab *l, struct lab_build *b, struct error *e); /* fills in its sights */
void lab_build_keep(struct lab *l, struct lab_build *b);              /* it is that of its set now */
void lab_build_drop(struct lab_build *b);                             /* NULL: none. What a failed one left stays */
void lab_build_free(struct lab_build *b);
void lab_forget_units(struct lab *l, size_t from);

void lab_clear(struct lab *l);
void lab_remove(const struct lab *l); /* what the builds left */

#endif
