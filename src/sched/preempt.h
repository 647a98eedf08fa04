/* preempt.h: to stop a thread at an exact count of something, with a counter that may tell too late. Pure; see preempt.c. */
#ifndef DETBUILD_SCHED_PREEMPT_H
#define DETBUILD_SCHED_PREEMPT_H

#include <stdbool.h>
#include <stdint.h>

struct preempt {
	uint64_t period;            /* counts in one turn; 0: never */
	uint64_t margin;            /* how late the counter may tell of an overflow */
	uint64_t target;            /* the turn ends when the count is this */
};

enum preempt_act {
	PREEMPT_RUN,      /* let it run; the counter is to overflow after preempt_arm() more counts */
	PREEMPT_STEP,     /* so near that an overflow could come late: one instruction, then ask again */
	PREEMPT_NOW,      /* exactly there: the turn ends */
	PREEMPT_OVERSHOT, /* past it, and not at a stop of the guest's own: nobody can say where it should have been */
};

void preempt_turn(struct preempt *p, uint64_t count);                     /* a turn begins, or a new one follows at once */
enum preempt_act preempt_at(const struct preempt *p, uint64_t count);     /* stopped by the counter, by a step, or early for no reason */
/* At a stop that the guest made itself (a call, a signal, a fault): it is where it is in every run, so being past the target is
 * no fault: the turn ends here. PREEMPT_RUN or PREEMPT_STEP: it goes on, towards the same target. */
enum preempt_act preempt_at_event(const struct preempt *p, uint64_t count);
uint64_t preempt_arm(const struct preempt *p, uint64_t count);            /* after PREEMPT_RUN: counts until the overflow, at least 1 */

#endif
