/* births.c: new threads and processes. New programs in old ones are exec.c's. */
#include "engine/internal.h"

#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/ptrace.h>

#include "base/log.h"
#include "base/mem.h"
#include "sched/policy.h"
#include "sched/sched.h"
#include "syscall/executor.h"

/* The child's first stop (PTRACE_EVENT_STOP) must be read before it can be resumed. */
static bool first_stop(struct engine *e, struct tracee *child)
{
	while (tracee_wait(e->x, child)) {
		if (child->dead)
			return false;
		child->where = AT_OTHER;
		if (child->status >> 16 == PTRACE_EVENT_STOP)
			return true;
		tracee_resume(e->x, child, 0);
	}
	return false;
}

/* The flags of the fork that this is: of the call that was seen, or of the record that tells of it. Else it was made at an address of the agent's, where
 * only plain ones pass. */
static uint64_t flags_of(struct engine *e, uint32_t task, int event, bool *ret_near)
{
	const uint64_t plain = event == PTRACE_EVENT_VFORK ? CLONE_VM | CLONE_VFORK : SIGCHLD;
	uint64_t flags = e->w->tasks[task].scratch[FORK_FLAGS];
	struct tracee *t = tracee_of(e, task);
	struct user_regs_struct r;
	bool inside, known;

	if (!tracee_regs(t, &r))
		return plain;
	inside = e->cfg->window && r.rip - AGENT_BASE < AGENT_CODE_SIZE;
	*ret_near = inside && e->near.forked;
	if (inside)
		known = e->near.forked && !(flags & CLONE_VFORK) == (event != PTRACE_EVENT_VFORK);
	else
		known = t->forking && r.rip == t->orig.rip && r.orig_rax == t->nr && (t->nr != SYS_clone || r.rdi == flags);
	t->forking = e->near.forked = false;
	if (known)
		return flags;
	engine_near_distrust(e, task);
	e->w->tasks[task].scratch[FORK_CHILD_TID] = 0;
	return plain;
}

/* do_fork looks, and the filter lets forks pass that it does not see: then the run ends. */
static bool has_room(struct engine *e, pid_t child)
{
	if (e->w->live_tasks < e->w->max_tasks)
		return true;
	warn("a program started a process that was not allowed: the run is over");
	kill(child, SIGKILL);
	engine_over(e, ENGINE_REFUSED, 0);
	return false;
}

void engine_birth(struct engine *e, uint32_t task, int event)
{
	struct world *w = e->w;
	struct tracee *parent = tracee_of(e, task), *child;
	pid_t tid = (pid_t)tracee_event_message(parent);
	bool near = false;
	/* As do_fork() read them, before the kernel wrote into the guest's memory. */
	uint64_t flags = flags_of(e, task, event, &near);
	gaddr clear_tid = flags & CLONE_CHILD_CLEARTID ? w->tasks[task].scratch[FORK_CHILD_TID] : 0;
	bool thread = flags & CLONE_THREAD;
	uint32_t i, from = w->tasks[task].proc;

	if (!has_room(e, tid))
		return;
	i = world_new_task(w, task, !thread, !(flags & CLONE_VM));
	invariant(i != NO_INDEX); /* fewer live than there is room for */
	child = tracee_of(e, i);
	memset(child, 0, sizeof(*child));
	child->tid = tid;
	child->tgid = thread ? parent->tgid : tid;
	child->where = AT_OTHER;
	w->tasks[i].clear_tid = clear_tid;
	if ((flags & CLONE_PARENT) && !thread)
		world_proc(w, i)->parent = w->procs[from].parent;
	if ((flags & CLONE_CLEAR_SIGHAND) && !thread) {
		world_proc(w, i)->sigchld_caught = 0;
		if (world_proc(w, i)->segv.handler != HANDLER_IGNORE)
			world_proc(w, i)->segv.handler = HANDLER_DEFAULT;
	}
	if ((flags & CLONE_SIGHAND) && !thread)
		e->shared_actions = true;
	rng_reseed(w, i);
	policy_born(w, i);
	if (!thread) {
		struct host_proc *p = &e->x->procs[w->tasks[i].proc];

		host_proc_close(p);
		*p = (struct host_proc){ .tgid = tid, .scratch = e->x->procs[from].scratch, .agent = e->x->procs[from].agent, .entry = e->x->procs[from].entry,
			.counted = e->x->procs[from].counted };
		memcpy(p->under, e->x->procs[from].under, sizeof(p->under));
	}
	e->processes++;
	engine_huge_pages(e);
	if (e->cfg->observer && e->cfg->observer->born)
		e->cfg->observer->born(e->cfg->observer->ctx, w->tasks[task].serial, w->tasks[i].serial, thread);
	if (task == e->init && !e->main_born) {
		e->main_born = true;
		e->main_proc_serial = world_proc(w, i)->serial;
	}
	if (!first_stop(e, child) || (near && !engine_near_born(e, parent, child, event == PTRACE_EVENT_VFORK))) {
		if (!e->over)
			engine_death(e, i, child->status);
		return;
	}
	if (e->cfg->branches || e->cfg->n_hints)
		engine_count_born(e, i);
	sched_add(w, i);
	if (event == PTRACE_EVENT_VFORK) {
		w->tasks[i].vfork_parent = task;
		sched_remove(w, task);
		w->tasks[task].state = TASK_VFORK;
	}
}
