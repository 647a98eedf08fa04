/* spin.c: a running thread that makes no call for long. The wall clock decides only when we look, never what comes of it: a proven
 * fixpoint (tracee/spin.c) is a property of the thread's past, and it is parked in a state that does not depend on the
 * moment. A thread that is not in a fixpoint runs on, and is looked at again after twice the time, and never for longer than it ran:
 * where a step is slow (emulation), a long computation would hardly get on. */
#include "engine/internal.h"

#include <sys/resource.h>

#include "base/log.h"
#include "insn/loop.h"
#include "sched/policy.h"
#include "sched/sched.h"

enum { FIRST_TICKS = 1, MOST_TICKS = 16, MOST_TICKS_ALONE = 64, STEPS_PER_TICK = 1500, CLOSER_TICKS = 2 };

/* Only others, a timer or a signal can end a pure wait. When all others wait for children, or there are none, looking is a waste. */
bool engine_others_matter(struct engine *e, uint32_t task)
{
	const struct world *w = e->w;

	if (w->run_head != NO_INDEX || w->timers_high > 0 || w->procs[w->tasks[task].proc].limits_set & 1u << RLIMIT_CPU)
		return true;
	for (uint32_t i = sched_next_parked(w, NO_INDEX); i != NO_INDEX; i = sched_next_parked(w, i))
		if (w->tasks[i].cond.kind != COND_CHILD || w->tasks[i].deadline_ns != NO_DEADLINE)
			return true;
	return false;
}

/* Nobody but a signal's sender can reach into its memory: long computations are looked at seldom, and briefly. */
static bool is_alone(struct engine *e, uint32_t task)
{
	return world_proc(e->w, task)->tasks == 1 && !e->w->shared_memory_seen;
}

static uint64_t budget(struct engine *e, uint32_t task)
{
	return (uint64_t)STEPS_PER_TICK * (is_alone(e, task) ? 1 : e->spin_wait);
}

void engine_spin_tick(struct engine *e)
{
	uint32_t task = e->w->current;

	if (e->spin_looking) { /* steps make stops: they are not the guest's */
		e->spin_cost++;
		return;
	}
	if (task == NO_INDEX || e->x->stops != e->spin_stops || engine_near_progress(e)) {
		e->spin_stops = e->x->stops;
		e->spin_ticks = 0;
		e->spin_wait = FIRST_TICKS;
		e->spin_cost = 0;
		return;
	}
	if (tracee_of(e, task)->where != RUNNING) /* looked at and about to go on: where a look takes more than a tick, always */
		return;
	if (++e->spin_ticks < e->spin_wait + e->spin_cost || !engine_others_matter(e, task))
		return;
	e->spin_ticks = 0;
	e->spin_asked = tracee_interrupt(tracee_of(e, task));
}

static void park_spinning(struct engine *e, uint32_t task)
{
	const struct cond c = { .kind = COND_SPIN, .seen = e->w->progress };

	sched_park(e->w, task, &c, NO_DEADLINE);
}

/* No fixpoint. After a while: is it a loop that changes its state, and yet waits? */
static enum spin_verdict look_closer(struct engine *e, uint32_t task)
{
	struct loop loop;
	enum spin_verdict v;

	if (e->spin_wait < CLOSER_TICKS)
		return SPIN_NO;
	v = spin_find_loop(e->x, tracee_of(e, task), &loop);
	if (v != SPIN_PROVEN)
		return v;
	engine_loop_found(e, task, &loop);
	return SPIN_NO;
}

/* The thread stopped because we asked. True when another stop came up meanwhile and is to be handled. */
bool engine_spin_look(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);
	enum spin_verdict v;

	e->spin_asked = false;
	e->spin_looking = true;
	e->spin_cost = 0;
	v = spin_find(e->x, t, budget(e, task), &e->spins[task]);
	if (v == SPIN_NO)
		v = look_closer(e, task);
	e->spin_looking = false;
	switch (v) {
	case SPIN_OTHER_STOP:
		return true;
	case SPIN_COUNTED:
		engine_count_end(e, task);
		break;
	case SPIN_PROVEN:
		detail("thread %u waits in a loop of %llu instructions at %#llx", e->w->tasks[task].serial, (unsigned long long)e->spins[task].period,
		       (unsigned long long)e->spins[task].regs.rip);
		e->w->progress++; /* what it did before it began to wait may be what others wait for */
		park_spinning(e, task);
		break;
	case SPIN_NO:
		if (e->spin_wait < (is_alone(e, task) ? MOST_TICKS_ALONE : MOST_TICKS))
			e->spin_wait *= 2;
		break;
	}
	e->spin_stops = e->x->stops;
	return false;
}

/* A spinning thread has the turn: does its loop end now? True when a stop is to be handled. */
bool engine_spin_go_on(struct engine *e, uint32_t task)
{
	if (e->spins[task].period == 0) { /* a counted loop: on with the next rounds */
		e->w->tasks[task].cond.kind = COND_NONE;
		return false;
	}
	switch (spin_again(e->x, tracee_of(e, task), &e->spins[task])) {
	case SPIN_PROVEN:
		park_spinning(e, task);
		return false;
	case SPIN_OTHER_STOP:
		e->w->tasks[task].cond.kind = COND_NONE;
		return true;
	case SPIN_COUNTED:
		engine_count_end(e, task);
		return false;
	case SPIN_NO:
		break;
	}
	e->w->tasks[task].cond.kind = COND_NONE;
	e->w->progress++;
	return false;
}

bool engine_micro_turn(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);
	uint32_t n = t->inject || t->executing ? 0 : policy_steps(e->w);
	enum spin_verdict v;

	if (!n)
		return false;
	t->where = RUNNING;
	v = tracee_steps(e->x, t, n);
	if (v == SPIN_OTHER_STOP) {
		executor_drain(e->x, true);
		engine_handle_stop(e, task);
		return true;
	}
	t->where = AT_OTHER;
	if (v == SPIN_COUNTED)
		engine_count_end(e, task);
	if (v != SPIN_PROVEN)
		return v == SPIN_COUNTED;
	e->w->progress++;
	sched_yield_turn(e->w, task);
	return true;
}
