/* policy.c: the choices of the scheduler: who is next, and when the turn must change hands. sched.c owns the lists, and asks here.
 *
 * Invariants
 *  P1. A choice is a function of the seed and of past events: numbers are drawn by hashing the seed with the count of events, or
 *      with the name of a thread, so one more draw in one place moves no other draw.
 *  P2. Without a seed the queue's head is next and nothing is drawn: the order is what it was before there were seeds.
 *  P3. Nobody starves: who gives way, by a yield, at the end of its quantum or in a proven spin, gets a new priority.
 *  P4. With sched_until the drawn order ends after so many events, and the queue's head is next from there on: two runs whose ends lie
 *      one event apart differ in the choices of that event alone. So the choice that decides is found by halving (cli/explain_order.c). (Not where a run
 *      begins anew because a loop must be counted: that may be in one of the two only.)
 *
 * With a seed: every thread has a random priority, and the highest runnable one is next (probabilistic concurrency testing, as
 * described by Burckhardt and others, 2010). At change points, drawn among the events, the holder's priority is drawn anew and it
 * gives way. How dense they are belongs to the seed, because some faults need two switches close together and others a long
 * time without any. Faults in a window without any call are met by steps: now and then a thread is let run a few
 * instructions after a call and then gives way.
 */
#include "sched/policy.h"

enum { KIND_PRIORITY = 1, KIND_CHANGE, KIND_STEPS, KIND_NUMBER, STEPS_BITS = 6 };

static uint64_t draw(const struct world *w, uint64_t kind, uint64_t what)
{
	return rng_hash(rng_hash(w->sched_seed, kind), what);
}

static bool draws(const struct world *w)
{
	return w->sched_seed && (!w->sched_until || w->events <= w->sched_until);
}

/* One change point in so many events. */
static uint64_t spacing(const struct world *w)
{
	static const uint16_t of_seed[4] = { 3, 8, 32, 256 };

	return of_seed[rng_hash(w->sched_seed, 0) & 3];
}

void policy_born(struct world *w, uint32_t task)
{
	struct task *t = &w->tasks[task];

	t->priority = w->sched_seed ? (uint32_t)draw(w, KIND_PRIORITY, rng_hash(world_proc(w, task)->identity, t->rng)) >> 1 : 0;
}

void policy_gave_way(struct world *w, uint32_t task)
{
	if (w->sched_seed)
		w->tasks[task].priority = (uint32_t)draw(w, KIND_NUMBER, rng_hash(w->events, w->switches)) >> 1;
}

void policy_favour(struct world *w, uint32_t task)
{
	w->tasks[task].priority = UINT32_MAX;
}

uint32_t policy_next(const struct world *w)
{
	uint32_t best = w->run_head;

	if (!draws(w))
		return best;
	for (uint32_t i = best; i != NO_INDEX; i = w->tasks[i].next)
		if (w->tasks[i].priority > w->tasks[best].priority)
			best = i;
	return best;
}

bool policy_change_point(struct world *w)
{
	if (!draws(w) || w->sched_seen == w->events)
		return false;
	w->sched_seen = w->events;
	return draw(w, KIND_CHANGE, w->events) % spacing(w) == 0;
}

/* The event that led to the choice is no change point of the new holder's: else a stop of its that is no event would make it one. */
void policy_picked(struct world *w)
{
	w->sched_seen = w->events;
}

uint32_t policy_steps(struct world *w)
{
	uint64_t r;

	if (!draws(w) || w->run_head == NO_INDEX || w->sched_stepped == w->events)
		return 0;
	w->sched_stepped = w->events;
	r = draw(w, KIND_STEPS, w->events);
	/* Few more often than many: the window between a read and its write is short, and near the call. */
	return r % spacing(w) ? 0 : 1 + (uint32_t)(r >> 32) % (2u << (r >> 24) % STEPS_BITS);
}
