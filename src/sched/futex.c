/* futex.c: who waits for which futex word. The words themselves are the guest's; handlers read and write them.
 *
 * Invariants
 *  F1. A waiter is a parked task with COND_FUTEX; the parked list, walked in order, is every word's queue.
 *  F2. `woken` is set by a wake-up and by nothing else: a task that runs its handler again without it looks at the word.
 *  F3. A waiter that is requeued goes behind those that wait for the second word already.
 *  F4. Waiters for a PI futex have bitset 0: no plain wake-up finds them; the lock is handed to them by name.
 *  F5. A thread that unlocks a mutex, wakes the waiter and locks again within one turn would win for ever: the waiter always
 *      finds the mutex taken. Therefore every FUTEX_HAND_OVER-th wake-up in a process passes the turn to the woken at once. The
 *      number is prime, so that sooner or later it meets each of the wake-ups of a loop; it counts past events only.
 *  F6. A thread's end makes waiters look at their words again. Until one has the turn and does, it is a waiter still.
 */
#include "sched/sched.h"

static bool waits_for(const struct task *t, uint32_t mm, uint64_t key)
{
	return t->cond.kind == COND_FUTEX && t->cond.mm == mm && t->cond.key == key;
}

static bool is_pi(const struct task *t)
{
	return t->cond.events == FUTEX_COND_PI;
}

static void wake(struct world *w, uint32_t task)
{
	w->tasks[task].woken = 1;
	if (++world_proc(w, task)->futex_wakes % FUTEX_HAND_OVER)
		sched_wake(w, task);
	else
		sched_wake_next(w, task);
}

/* F6. They parked before those that are still parked. */
static uint32_t wake_looking(struct world *w, uint32_t mm, uint64_t key, uint32_t bitset, uint32_t count)
{
	uint32_t n = 0;

	for (uint32_t i = w->run_head; i != NO_INDEX && n < count; i = w->tasks[i].next) {
		struct task *t = &w->tasks[i];

		if (!t->looks_again || t->woken || !waits_for(t, mm, key) || !(t->cond.bitset & bitset))
			continue;
		t->woken = 1;
		n++;
	}
	return n;
}

uint32_t futex_wake(struct world *w, uint32_t mm, uint64_t key, uint32_t bitset, uint32_t count)
{
	uint32_t n = wake_looking(w, mm, key, bitset, count), next;

	for (uint32_t i = w->parked_head; i != NO_INDEX && n < count; i = next) {
		struct task *t = &w->tasks[i];

		next = t->next;
		if (!waits_for(t, mm, key) || !(t->cond.bitset & bitset))
			continue;
		wake(w, i);
		n++;
	}
	return n;
}

void futex_channel_next(struct world *w, uint64_t key)
{
	(void)w;
	(void)key;
}

void futex_channel(struct world *w, uint64_t key)
{
	(void)futex_wake(w, FUTEX_CHANNELS, key, UINT32_MAX, UINT32_MAX);
	w->progress++;
}

/* Behind every parked task, without touching what it waits for until when. */
static void to_end(struct world *w, uint32_t task)
{
	struct task *t = &w->tasks[task];
	struct cond c = t->cond;

	sched_park(w, task, &c, t->deadline_ns);
}

uint32_t futex_requeue(struct world *w, uint32_t mm, uint64_t key, uint32_t mm2, uint64_t key2, uint32_t wake_max, uint32_t requeue, uint32_t *ret_requeued)
{
	bool same = mm == mm2 && key == key2;
	uint32_t woken = 0, moved = 0, next;

	for (uint32_t i = w->parked_head; i != NO_INDEX && (woken < wake_max || moved < requeue); i = next) {
		struct task *t = &w->tasks[i];

		next = t->next;
		if (!waits_for(t, mm, key) || is_pi(t))
			continue;
		if (woken < wake_max) {
			wake(w, i);
			woken++;
			continue;
		}
		moved++;
		if (same)
			continue;
		t->cond.mm = mm2;
		t->cond.key = key2;
		to_end(w, i); /* met again at the end of the walk, it waits for another word */
	}
	*ret_requeued = moved;
	return woken;
}

uint32_t futex_first_pi(const struct world *w, uint32_t mm, uint64_t key)
{
	for (uint32_t i = w->parked_head; i != NO_INDEX; i = w->tasks[i].next)
		if (waits_for(&w->tasks[i], mm, key) && is_pi(&w->tasks[i]))
			return i;
	return NO_INDEX;
}

bool futex_has_pi(const struct world *w, uint32_t mm, uint64_t key)
{
	return futex_first_pi(w, mm, key) != NO_INDEX;
}

void futex_grant(struct world *w, uint32_t waiter)
{
	wake(w, waiter);
}

static uint32_t recheck(struct world *w, uint32_t mm, bool pi_only)
{
	uint32_t n = 0, next;

	for (uint32_t i = w->parked_head; i != NO_INDEX; i = next) {
		struct task *t = &w->tasks[i];

		next = t->next;
		if (t->cond.kind != COND_FUTEX || (t->cond.mm != mm && t->cond.mm != NO_INDEX) || (pi_only && !is_pi(t)))
			continue;
		sched_wake(w, i);
		t->looks_again = 1;
		n++;
	}
	return n;
}

uint32_t futex_thread_exit(struct world *w, uint32_t mm, uint64_t clear_tid)
{
	uint32_t n = clear_tid ? futex_wake(w, mm, clear_tid, UINT32_MAX, 1) : 0;

	return n + recheck(w, mm, true);
}

uint32_t futex_recheck_all(struct world *w, uint32_t mm)
{
	return recheck(w, mm, false);
}
