/* spin.h: is a running thread waiting in a loop that only others can end? */
#ifndef DETBUILD_TRACEE_SPIN_H
#define DETBUILD_TRACEE_SPIN_H

#include "tracee/tracee.h"

struct spin {
	uint64_t period;                 /* instructions of one round */
	struct user_regs_struct regs;    /* the canonical state: the smallest of the round */
};

enum spin_verdict {
	SPIN_PROVEN,     /* stopped in the canonical state */
	SPIN_NO,         /* no fixpoint within the budget; stopped somewhere, nothing is lost */
	SPIN_COUNTED,    /* before an instruction at which its counted turn ends */
	SPIN_OTHER_STOP, /* something else happened: t->status is to be handled */
};

/* t is stopped in user mode. At most `steps` instructions are stepped to find a round, and a few rounds more to prove it. */
enum spin_verdict spin_find(struct executor *x, struct tracee *t, uint64_t steps, struct spin *ret);
/* The thread is in a loop that changes its state and never ends by itself (PROVEN): which, in *ret. */
struct loop;
enum spin_verdict spin_find_loop(struct executor *x, struct tracee *t, struct loop *ret);
/* One more round from the canonical state: PROVEN again, or NO: it goes on. */
enum spin_verdict spin_again(struct executor *x, struct tracee *t, const struct spin *s);

/* n instructions, and no call among them: PROVEN; NO: it stopped before one that is not stepped, or cannot be stepped at all. */
enum spin_verdict tracee_steps(struct executor *x, struct tracee *t, uint64_t n);

#endif
