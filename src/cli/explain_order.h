/* explain_order.h: the order of threads and processes as a cause: which seed of it makes a difference, and which choice of it decides. */
#ifndef DETBUILD_CLI_EXPLAIN_ORDER_H
#define DETBUILD_CLI_EXPLAIN_ORDER_H

#include "cli/explain_lab.h"

/* Tries the orders of the seeds 1, 2, ... up to `most`, and takes the first that makes something differ as that of the lab; 1 when none does. */
int order_choose(struct lab *l, uint64_t most, struct error *e);

/* The choice that decides: drawn up to event `until` the unit differs, drawn up to the event before it does not. */
struct order_turn {
	input_set set;             /* has INPUT_SCHEDULE; the others are changed in both builds */
	uint64_t until;            /* an event of the scheduler's; 0: not found, and what follows is of no use */
	uint64_t at;               /* number of the first record in which the two logs differ */
	char *text, *json;         /* that difference, A without the choice and B with it (report/evdiff.h) */
	char **stack[2];           /* of who makes the call with that number, without and with the choice; NULL: none does */
	struct lab_build *build[2];
};

/* Halves the events of the set's build. 0 or negative with e. The caller clears ret. */
int order_decide(struct lab *l, input_set set, size_t unit, struct order_turn *ret, struct error *e);
void order_turn_clear(struct order_turn *t);

#endif
