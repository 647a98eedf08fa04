/* count.c: turns that end at an exact count (ADR 0007): of branches, when the run is told to, and of the rounds of loops that are known to
 * wait for others although their state changes.
 *
 * N1. Whether a thread is counted, and where its turn ends, is a function of the guests' past and of the run's inputs. The wall clock
 *     decides when somebody looks for a loop; what is found is a property of the loop, and the run that found it ends.
 * N2. A loop is known for a program (its path in the box) by the address of its lowest instruction. Every thread of the program
 *     is counted there from its start.
 * N3. While nobody else could run and no time could pass, nothing is counted: alone, a thread runs at full speed. */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "insn/loop.h"
#include "sched/sched.h"
#include "tracee/counter.h"

/* Rounds of a loop in one turn, and turns of such loops in a row without any event before they are taken for a deadlock. */
enum { ROUNDS = 100, ROUND_TURNS_MOST = 500 };

static void set_counter(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);
	uint32_t hints = e->x->procs[e->w->tasks[task].proc].counted;
	gaddr places[COUNTER_PLACES_MOST];
	unsigned n = 0;

	t->count.turn_began = UINT64_MAX;
	if (e->cfg->branches) {
		t->count.turn = (struct preempt){ .period = e->cfg->branches, .margin = e->cfg->branch_margin };
		if (counter_set_branches(t) < 0) {
			warn("a thread's branches cannot be counted");
			engine_over(e, ENGINE_OVERSHOT, 0);
		}
		return;
	}
	for (unsigned k = 0; k < e->cfg->n_hints && n < ARRAY_SIZE(places); k++)
		if (hints & 1u << k)
			places[n++] = e->cfg->hints[k].at;
	t->count.turn = (struct preempt){ .period = ROUNDS };
	counter_set_places(t, places, n, e->x->procs[e->w->tasks[task].proc].under);
}

void engine_count_born(struct engine *e, uint32_t task)
{
	set_counter(e, task);
}

static bool program_of(struct engine *e, uint32_t task, char *buf, size_t size)
{
	return host_link(tracee_of(e, task)->tid, "exe", buf, size) > 0;
}

void engine_count_exec(struct engine *e, uint32_t task)
{
	struct host_proc *p = &e->x->procs[e->w->tasks[task].proc];
	char program[PATH_SIZE];

	p->counted = 0;
	counter_forget(tracee_of(e, task));
	if (e->cfg->n_hints && program_of(e, task, program, sizeof(program)))
		for (unsigned k = 0; k < e->cfg->n_hints; k++)
			if (strcmp(e->cfg->hints[k].program, program) == 0)
				p->counted |= 1u << k;
	if (e->cfg->branches || e->cfg->n_hints)
		set_counter(e, task);
}

/* The turn is over, exactly here. A loop's thread waits: time may pass meanwhile. A thread whose branches were counted just gives way. */
void engine_count_end(struct engine *e, uint32_t task)
{
	struct count *n = &tracee_of(e, task)->count;
	bool did_something = n->cpu_seen != e->w->tasks[task].cpu_ns;
	struct cond c = { .kind = COND_SPIN };

	n->cpu_seen = e->w->tasks[task].cpu_ns;
	/* What it did before it began to wait may be what others wait for. Rounds alone wake nobody, or two such threads would keep each other
	 * awake, and time would stand still; engine_count_again() comes to them when nothing else can happen. */
	e->w->progress += did_something || n->kind == COUNTER_BRANCHES;
	c.seen = e->w->progress;
	if (n->kind == COUNTER_BRANCHES) {
		sched_yield_turn(e->w, task);
		return;
	}
	e->spins[task].period = 0;
	sched_park(e->w, task, &c, NO_DEADLINE);
}

/* Nobody can run and no time can pass, but threads wait in counted loops: perhaps one for another. */
bool engine_count_again(struct engine *e)
{
	bool any = false;

	for (uint32_t i = sched_next_parked(e->w, NO_INDEX); i != NO_INDEX; i = sched_next_parked(e->w, i))
		any |= e->w->tasks[i].cond.kind == COND_SPIN && e->spins[i].period == 0;
	if (e->rounds_events != e->w->events)
		e->rounds = 0;
	e->rounds_events = e->w->events;
	if (!any || e->rounds++ == ROUND_TURNS_MOST)
		return false;
	e->w->progress++;
	return true;
}

void engine_probe_places(const struct engine_config *cfg)
{
	if (cfg->n_hints)
		counter_probe_places();
}

int engine_probe_branches(uint64_t *ret_margin, struct error *e)
{
	return counter_probe_branches(ret_margin, e);
}

static bool overshot(struct engine *e, uint32_t task)
{
	warn("counter overshot: the processor stopped thread %u later than it may (margin %llu)", e->w->tasks[task].serial,
	     (unsigned long long)tracee_of(e, task)->count.turn.margin);
	engine_over(e, ENGINE_OVERSHOT, 0);
	return true;
}

static bool one_step(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);
	enum spin_verdict v;

	if (t->inject) /* the signal's delivery is the next thing to happen */
		return false;
	t->where = RUNNING;
	v = tracee_steps(e->x, t, 1);
	if (v == SPIN_NO) /* a call comes next: its stop is nearer than any overflow */
		return false;
	if (v == SPIN_OTHER_STOP) {
		executor_drain(e->x, true);
		engine_handle_stop(e, task);
	} else {
		t->where = AT_OTHER;
		t->count.stopped = true;
	}
	return true;
}

bool engine_count_go(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);
	uint64_t count;

	if (t->count.kind == COUNTER_NONE)
		return false;
	if (!engine_others_matter(e, task)) {
		counter_disarm(t);
		return false;
	}
	count = counter_read(t);
	if (t->count.turn_began != e->w->switches) {
		t->count.turn_began = e->w->switches;
		preempt_turn(&t->count.turn, count);
	}
	switch (t->count.stopped ? preempt_at(&t->count.turn, count) : preempt_at_event(&t->count.turn, count)) {
	case PREEMPT_NOW:
		if (t->inject) { /* the signal is delivered first, and the next turn follows at once */
			preempt_turn(&t->count.turn, count);
			return false;
		}
		engine_count_end(e, task);
		return true;
	case PREEMPT_OVERSHOT:
		return overshot(e, task);
	case PREEMPT_STEP:
		counter_disarm(t);
		return one_step(e, task);
	default:
		if (counter_must_step(t)) {
			counter_disarm(t);
			return one_step(e, task);
		}
		counter_arm(t, preempt_arm(&t->count.turn, count));
		return false;
	}
}

/* A loop without end: what was learned is kept for the run that begins anew. */
void engine_loop_found(struct engine *e, uint32_t task, const struct loop *loop)
{
	struct engine_hint *l = &e->learned;
	char program[PATH_SIZE];

	if (!program_of(e, task, program, sizeof(program)))
		return;
	warn("thread %u (process %u) of %s waits in a loop that changes its state and never ends by itself: %zu instructions, the lowest at %#llx",
	     e->w->tasks[task].serial, world_proc(e->w, task)->serial, program, loop->period, (unsigned long long)loop->lowest);
	engine_warn_stack(e, task);
	snprintf(l->program, sizeof(l->program), "%s", program);
	l->at = loop->lowest;
	engine_over(e, ENGINE_LOOP, 0);
}
