/* sched.c: the run queue and the parked list, two lists threaded through the tasks by index. See sched.h for the policy.
 *
 * Invariants
 *  L1. A task is in the list its `queue` names and in no other; the holder of the turn (w->current) is in none.
 *  L2. Lists are appended to (but for sched_wake_next); a task keeps its place until it is taken out.
 */
#include "sched/sched.h"

#include "sched/policy.h"

enum { QUEUE_NONE, QUEUE_RUN, QUEUE_PARKED };

static uint32_t *head_of(struct world *w, uint32_t queue)
{
	return queue == QUEUE_RUN ? &w->run_head : &w->parked_head;
}

static uint32_t *tail_of(struct world *w, uint32_t queue)
{
	return queue == QUEUE_RUN ? &w->run_tail : &w->parked_tail;
}

static void append(struct world *w, uint32_t task, uint32_t queue)
{
	struct task *t = &w->tasks[task];
	uint32_t *head = head_of(w, queue), *tail = tail_of(w, queue);

	t->queue = queue;
	t->next = NO_INDEX;
	t->prev = *tail;
	if (*tail == NO_INDEX)
		*head = task;
	else
		w->tasks[*tail].next = task;
	*tail = task;
}

static void take_out(struct world *w, uint32_t task)
{
	struct task *t = &w->tasks[task];

	if (t->queue == QUEUE_NONE)
		return;
	if (t->prev == NO_INDEX)
		*head_of(w, t->queue) = t->next;
	else
		w->tasks[t->prev].next = t->next;
	if (t->next == NO_INDEX)
		*tail_of(w, t->queue) = t->prev;
	else
		w->tasks[t->next].prev = t->prev;
	t->queue = QUEUE_NONE;
	t->next = t->prev = NO_INDEX;
}

/* Out of any list, and without the turn. */
void sched_remove(struct world *w, uint32_t task)
{
	take_out(w, task);
	if (w->current == task)
		w->current = NO_INDEX;
}

void sched_add(struct world *w, uint32_t task)
{
	if (w->tasks[task].queue == QUEUE_RUN)
		return;
	sched_remove(w, task);
	w->tasks[task].state = TASK_RUNNABLE;
	append(w, task, QUEUE_RUN);
}

void sched_park(struct world *w, uint32_t task, const struct cond *c, int64_t deadline_ns)
{
	struct task *t = &w->tasks[task];

	sched_remove(w, task);
	t->state = TASK_PARKED;
	t->cond = *c;
	t->deadline_ns = deadline_ns;
	t->woken = 0;
	t->timed_out = 0;
	t->looks_again = 0;
	append(w, task, QUEUE_PARKED);
}

void sched_wake(struct world *w, uint32_t task)
{
	if (w->tasks[task].queue == QUEUE_PARKED)
		sched_add(w, task);
}

void sched_wake_next(struct world *w, uint32_t task)
{
	struct task *t = &w->tasks[task];

	if (t->queue != QUEUE_PARKED)
		return;
	sched_add(w, task);
	w->hand_over = 1;
	policy_favour(w, task);
	if (w->run_head == task)
		return;
	take_out(w, task);
	t->queue = QUEUE_RUN;
	t->next = w->run_head;
	w->tasks[t->next].prev = task;
	w->run_head = task;
}

void sched_yield_turn(struct world *w, uint32_t task)
{
	sched_remove(w, task);
	policy_gave_way(w, task);
	sched_add(w, task);
}

uint32_t sched_pick(struct world *w)
{
	uint32_t task = policy_next(w);

	if (w->current != NO_INDEX || task == NO_INDEX)
		return w->current;
	take_out(w, task);
	w->tasks[task].events = 0;
	w->tasks[task].looks_again = 0;
	w->current = task;
	w->hand_over = 0;
	w->switches++;
	policy_picked(w);
	return task;
}

bool sched_quantum_over(struct world *w)
{
	bool change = policy_change_point(w);

	return change || w->hand_over || w->tasks[w->current].events >= w->quantum;
}

uint32_t sched_next_turn(struct world *w)
{
	w->tasks[w->current].events = 0;
	w->hand_over = 0;
	if (w->run_head != NO_INDEX)
		sched_yield_turn(w, w->current);
	return sched_pick(w);
}

uint32_t sched_earliest(const struct world *w)
{
	uint32_t best = NO_INDEX;

	for (uint32_t i = w->parked_head; i != NO_INDEX; i = w->tasks[i].next) {
		if (w->tasks[i].deadline_ns == NO_DEADLINE)
			continue;
		if (best == NO_INDEX || w->tasks[i].deadline_ns < w->tasks[best].deadline_ns)
			best = i;
	}
	return best;
}

uint32_t sched_next_parked(const struct world *w, uint32_t after)
{
	return after == NO_INDEX ? w->parked_head : w->tasks[after].next;
}
