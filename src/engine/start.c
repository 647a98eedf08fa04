/* start.c: a new program's beginning: what is done in its name before its first instruction (tracee/prologue.c), and the first edits of its code.
 *
 * With the agent the thread goes from the prologue to the agent, which takes the prologue away, makes the edits and jumps to the program: no stop.
 * That is only done when it is the next to run, and no signal waits for it; else the prologue is run first, up to a stop.
 *
 * B1. Until it has begun nothing else is done with the thread (engine_start_settle()). */
#include "engine/internal.h"

#include <signal.h>
#include <string.h>

#include "agent/wire.h"
#include "tracee/code.h"

/* All of it from outside, and without the agent: what was to be edited for it is not. */
static bool begin_without(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);

	e->x->edits.n = 0;
	e->x->procs[e->w->tasks[task].proc].agent = false;
	tracee_code_exec(e->x, t, e->start.entry, e->start.base);
	return !t->dead;
}

static bool run_first(struct engine *e, uint32_t task)
{
	bool wanted = e->x->procs[e->w->tasks[task].proc].agent, agent;

	if (!tracee_prologue_run(e->x, tracee_of(e, task), &e->start.run, &agent))
		return false;
	return agent == wanted || begin_without(e, task);
}

/* Nothing is done in its name. */
static bool begin_at(struct tracee *t, gaddr sp)
{
	struct user_regs_struct r;

	if (!tracee_regs(t, &r))
		return false;
	r.rsp = sp;
	r.orig_rax = UINT64_MAX;
	r.rax = 0;
	return tracee_set_regs(t, &r);
}

bool engine_start(struct engine *e, uint32_t task, const struct loaded *l, const struct prologue *p)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	struct tracee *t = tracee_of(e, task);
	struct prologue with = *p;
	bool put, may_wait;

	e->x->procs[e->w->tasks[task].proc].agent = p->agent;
	e->start.entry = l->entry;
	e->start.base = l->base;
	may_wait = tracee_code_exec(e->x, t, l->entry, l->base) && p->agent;
	with.goes_on = may_wait ? image->edit_entry : 0;
	put = (p->unmap_len || p->mask_cpuid || p->agent) && tracee_prologue_put(t, &with, &e->start.run);
	if (!put && !t->dead)
		return (!p->agent || begin_without(e, task)) && begin_at(t, p->sp);
	if (put && may_wait) {
		e->start.task = task;
		e->start.serial = e->w->tasks[task].serial;
		e->start.waits = true;
		return true;
	}
	return put && run_first(e, task);
}

/* Its thread may have died, and its place be another's. */
static bool waits(const struct engine *e)
{
	return e->start.waits && e->w->tasks[e->start.task].state != TASK_FREE && e->w->tasks[e->start.task].serial == e->start.serial &&
	       !e->x->tracees[e->start.task].dead;
}

void engine_start_settle(struct engine *e, uint32_t task)
{
	bool is_waiting = waits(e), next = task == e->start.task;
	struct tracee *t = tracee_of(e, e->start.task);

	e->start.waits = is_waiting && next && !t->inject && !t->counting && e->x->edits.task == task && e->start.run.len * 2 + e->x->edits.n < sizeof(e->cfg->window->records) - 128 &&
			 !tracee_signal_queued(t);
	if (is_waiting && !e->start.waits && !run_first(e, e->start.task))
		engine_death(e, e->start.task, t->status);
}

/* ---- on the way ---------------------------------------------------------------------------------------------------------- */

/* Two edits of the window's list: the prologue's page, and the prologue away. Their size. (A copy from the store takes its place without them.) */
static uint32_t put_restoring(uint8_t *list, const struct prologue_run *run)
{
	enum { PAGE = 4096 };
	struct wire_edit text = { .at = run->at & ~(uint64_t)(PAGE - 1), .len = PAGE, .kind = WIRE_TEXT, .size = sizeof(text) };
	struct wire_edit head = { .at = run->at, .len = run->len, .kind = WIRE_HEAD, .size = (uint32_t)(sizeof(head) + 2 * run->len + 7) & ~7U };

	memcpy(list, &text, sizeof(text));
	memcpy(list + sizeof(text), &head, sizeof(head));
	memcpy(list + sizeof(text) + sizeof(head), run->code, run->len);
	memcpy(list + sizeof(text) + sizeof(head) + run->len, run->old, run->len);
	return text.size + head.size;
}

bool engine_start_edits(struct engine *e, struct window *v, struct user_regs_struct *ret_regs, struct user_regs_struct *ret_after)
{
	if (!e->start.waits)
		return false;
	e->start.waits = false;
	e->start.runs = true;
	v->edits = tracee_code_is_stored(e->x, e->start.run.at, e->start.run.len) ? 0 : put_restoring(v->records, &e->start.run);
	memcpy(v->records + v->edits, e->x->edits.list, e->x->edits.n);
	v->edits += (uint32_t)e->x->edits.n;
	*ret_regs = e->start.run.regs;
	*ret_after = e->start.run.after;
	return true;
}

/* The program's own beginning lies in the same place, once the prologue has gone. */
bool engine_start_runs(struct engine *e, uint32_t task, gaddr rip)
{
	uint8_t code[sizeof(e->start.run.old)];

	return e->start.runs && rip - e->start.run.at < e->start.run.len && tracee_read(tracee_of(e, task), e->start.run.at, code, e->start.run.len) == 0 &&
	       memcmp(code, e->start.run.code, e->start.run.len) == 0;
}

bool engine_start_failed(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);

	e->start.runs = false;
	return tracee_prologue_take_away(t, &e->start.run) && begin_without(e, task) && tracee_set_regs(t, &e->start.run.after);
}

void engine_start_take_away(struct engine *e, uint32_t task)
{
	if (e->start.runs)
		tracee_prologue_take_away(tracee_of(e, task), &e->start.run);
}
