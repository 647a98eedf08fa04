/* preempt.c: the way of a turn to its exact end.
 *
 *   turn --preempt_turn--> RUN (armed for target - margin) --overflow, skid <= margin--> STEP ... STEP --count == target--> NOW
 *                           ^         |                                                                  |
 *                           +-- early stop, event before the target                      count > target: OVERSHOT
 *
 * Invariants
 *  Q1. The only stops that end a turn are the exact target and events of the guest itself; both are functions of the guest's past.
 *  Q2. When the counter told so late that the target is passed, the run ends. It is never continued: the point at which the turn
 *      should have ended is gone.
 *  Q3. The count is the thread's own and runs on through calls: a call before the target moves nothing. (Starting anew at each call
 *      would be as deterministic, but a thread that calls often would then never be stopped.) A new turn has a new target.
 *  Q4. Why the thread stopped is never asked, only where the count stands: an early or a spurious wake-up changes nothing.
 */
#include "sched/preempt.h"

void preempt_turn(struct preempt *p, uint64_t count)
{
	p->target = p->period && count <= UINT64_MAX - p->period ? count + p->period : UINT64_MAX;
}

enum preempt_act preempt_at(const struct preempt *p, uint64_t count)
{
	if (!p->period)
		return PREEMPT_RUN;
	if (count > p->target)
		return PREEMPT_OVERSHOT;
	if (count == p->target)
		return PREEMPT_NOW;
	return p->target - count <= p->margin ? PREEMPT_STEP : PREEMPT_RUN;
}

enum preempt_act preempt_at_event(const struct preempt *p, uint64_t count)
{
	enum preempt_act act = preempt_at(p, count);

	return act == PREEMPT_OVERSHOT ? PREEMPT_NOW : act;
}

uint64_t preempt_arm(const struct preempt *p, uint64_t count)
{
	return preempt_at(p, count) == PREEMPT_RUN && p->period ? p->target - p->margin - count : 1;
}
