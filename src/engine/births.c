/* births.c: new threads and processes. New programs in old ones are exec.c's. */
#include "engine/internal.h"

#include <linux/sched.h>
#include <signal.h>
#include <string.h>
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

/* do_fork looks, and the filter lets forks pass that it does not see: then the run ends. */
static bool has_room(struct engine *e, uint32_t task, pid_t child)
{
	if (!tracee_of(e, task)->forking)
		engine_near_distrust(e, task);
	if (tracee_of(e, task)->forking || e->w->live_tasks < e->w->max_tasks)
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
	/* As do_fork() read them, before the kernel wrote into the guest's memory. */
	/* Else it was made at an address of the agent's, where only these pass. */
	uint64_t flags = parent->forking ? w->tasks[task].scratch[FORK_FLAGS] : event == PTRACE_EVENT_VFORK ? CLONE_VM | CLONE_VFORK : SIGCHLD;
	gaddr clear_tid = flags & CLONE_CHILD_CLEARTID ? w->tasks[task].scratch[FORK_CHILD_TID] : 0;
	bool thread = flags & CLONE_THREAD;
	uint32_t i, from = w->tasks[task].proc;
	bool known = parent->forking;

	if (!has_room(e, task, tid))
		return;
	parent->forking = false;
	i = world_new_task(w, task, !thread, !(flags & CLONE_VM));
	invariant(i != NO_INDEX);
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

		cleanup_close(&p->pidfd);
		*p = (struct host_proc){ .tgid = tid, .pidfd = -1, .scratch = e->x->procs[from].scratch, .agent = e->x->procs[from].agent, .entry = e->x->procs[from].entry,
			.counted = e->x->procs[from].counted };
	}
	e->processes++;
	if (e->cfg->observer && e->cfg->observer->born)
		e->cfg->observer->born(e->cfg->observer->ctx, w->tasks[task].serial, w->tasks[i].serial, thread);
	if (task == e->init && !e->main_born) {
		e->main_born = true;
		e->main_proc_serial = world_proc(w, i)->serial;
	}
	if (!first_stop(e, child) || (known && !engine_near_born(e, parent, child, event == PTRACE_EVENT_VFORK))) {
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
