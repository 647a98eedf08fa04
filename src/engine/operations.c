/* operations.c: the executor's operations (syscall/executor.h) that need the engine: who is who, and what waits for whom. */
#include "engine/internal.h"

/* The thread's id inside the box; asked once, and again after an exec that gave it its leader's. */
static int32_t inner_id(struct tracee *t)
{
	if (t->inner_of != t->tid) {
		t->inner = tracee_inner_id(t->tid, false);
		t->inner_of = t->tid;
	}
	return t->inner;
}

int32_t x_tid(struct call *c)
{
	return inner_id(&c->x->tracees[c->task]);
}

int32_t x_pid(struct call *c)
{
	struct host_proc *p = &c->x->procs[c->w->tasks[c->task].proc];

	if (!p->vpid)
		p->vpid = tracee_inner_id(c->x->tracees[c->task].tid, true);
	return p->vpid;
}

uint32_t engine_task_of(struct engine *e, int32_t tid)
{
	for (uint32_t i = world_next_task(e->w, NO_INDEX); i != NO_INDEX; i = world_next_task(e->w, i))
		if (inner_id(tracee_of(e, i)) == tid)
			return i;
	return NO_INDEX;
}

uint32_t x_task_of(struct call *c, int32_t tid)
{
	return engine_task_of(c->x->ctx, tid);
}

void x_after_kill(struct call *c, int64_t pid, int signo)
{
	c->x->after_kill(c->x->ctx, c->task, pid, signo);
}

bool x_signal_pending(struct call *c, const uint64_t *mask)
{
	/* At the first try of a call nothing that its thread would take is pending: it would have been taken before the call. */
	if (!mask && !c->retry)
		return false;
	return engine_signal_waits(c->x->ctx, c->task, mask);
}

void x_refused(struct call *c, const char *why)
{
	if (c->nr < WORLD_NSYS)
		c->w->refused[c->nr]++;
	c->x->refused(c->x->ctx, c->task, why);
}

bool x_looks_for_fifos(struct call *c)
{
	(void)c;
	return true;
}
