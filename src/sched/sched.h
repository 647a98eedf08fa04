/* sched.h: whose turn is it. Pure: tasks and events in, decision out; no kernel, no time, no allocation.
 *
 *   born --sched_add--> RUNNABLE --sched_pick--> (has the turn) --sched_park--> PARKED --sched_wake--> RUNNABLE
 *                          ^                          |
 *                          +----- sched_yield_turn ---+
 *
 * Policy: first in, first out, or as a seed says (policy.h). The task that has the turn keeps it until it parks, ends, yields, or has done
 * world->quantum ordered events while another could run, or has handed it over (futex.c). A child starts at the end of the queue; its parent goes on.
 * S1. At most one task has the turn. S2. The order of both lists is a function of past events only.
 */
#ifndef DETBUILD_SCHED_SCHED_H
#define DETBUILD_SCHED_SCHED_H

#include "model/world.h"

void sched_add(struct world *w, uint32_t task);                       /* new or revived: end of the run queue */
void sched_remove(struct world *w, uint32_t task);                    /* out of any list */
void sched_park(struct world *w, uint32_t task, const struct cond *c, int64_t deadline_ns);
void sched_wake(struct world *w, uint32_t task);                      /* parked -> end of the run queue */
void sched_wake_next(struct world *w, uint32_t task);                 /* parked -> head of the run queue, and it gets the turn after this event */
void sched_yield_turn(struct world *w, uint32_t task);                /* to the end of the run queue */
uint32_t sched_pick(struct world *w);                                 /* policy_next() of the run queue gets the turn; NO_INDEX: it is empty */
bool sched_quantum_over(struct world *w);                             /* the holder of the turn should give way if anybody can run */
uint32_t sched_next_turn(struct world *w);                            /* ... and does; who has the turn now (itself, when nobody else can run) */
/* The parked task with the earliest deadline (ties: parked first); NO_INDEX when none has one. */
uint32_t sched_earliest(const struct world *w);
/* Walks parked tasks in order: first with NO_INDEX, then with the last one; ends with NO_INDEX. */
uint32_t sched_next_parked(const struct world *w, uint32_t after);

/* While a task has the turn it is in neither list; sched_pick() answers it again until it parks, yields, or is removed. */

/* Futexes live here: who waits for what address. Return the number of tasks woken. mm NO_INDEX: shared. */
/* What System V objects wait for has queues of the same kind, in no process's address space: all waiters are woken, and it counts as progress. */
#define FUTEX_CHANNELS (NO_INDEX - 1)
void futex_channel(struct world *w, uint64_t key);
void futex_channel_next(struct world *w, uint64_t key); /* that is what comes next, if the call succeeds: the agent gives up now, or not at all */
/* Every so many wake-ups in a process hand the turn to the woken at once (F5). */
enum { FUTEX_HAND_OVER = 61 };
uint32_t futex_wake(struct world *w, uint32_t mm, uint64_t key, uint32_t bitset, uint32_t count);
uint32_t futex_requeue(struct world *w, uint32_t mm, uint64_t key, uint32_t mm2, uint64_t key2, uint32_t wake, uint32_t requeue, uint32_t *ret_requeued);
/* A thread died after the kernel cleared *clear_tid (0: none): wakes one joiner; waiters for a PI futex of mm look again. */
uint32_t futex_thread_exit(struct world *w, uint32_t mm, uint64_t clear_tid);
/* Words may have changed behind our back (the kernel walked a dead thread's robust list): every waiter of mm, and every shared one,
 * runs its handler again, which looks at the word. Nobody sees a spurious wake-up. Returns how many. */
uint32_t futex_recheck_all(struct world *w, uint32_t mm);
/* First waiter for a PI futex (cond.events FUTEX_COND_PI, cond.seen its thread id), NO_INDEX when none. */
enum { FUTEX_COND_PI = 1 };
uint32_t futex_first_pi(const struct world *w, uint32_t mm, uint64_t key);
bool futex_has_pi(const struct world *w, uint32_t mm, uint64_t key);
void futex_grant(struct world *w, uint32_t waiter);                   /* the lock was written to be its: wakes it */

#endif
