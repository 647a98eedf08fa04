/* exec.c: new programs in old processes. */
#include "engine/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/mem.h"
#include "model/layout.h"
#include "model/machine.h"
#include "sched/sched.h"
#include "syscall/executor.h"
#include "tracee/code.h"
#include "tracee/counter.h"

static void wake_vfork_parent(struct engine *e, uint32_t task)
{
	uint32_t parent = e->w->tasks[task].vfork_parent;

	e->w->tasks[task].vfork_parent = NO_INDEX;
	if (parent != NO_INDEX && e->w->tasks[parent].state == TASK_VFORK)
		sched_add(e->w, parent);
}

static void tell_exec(struct engine *e, uint32_t task)
{
	const struct observer *o = e->cfg->observer;
	char argv[4096], path[PATH_SIZE], name[64];
	size_t n;
	FILE *f;

	if (!o || !o->exec)
		return;
	host_link(tracee_of(e, task)->tid, "exe", path, sizeof(path));
	snprintf(name, sizeof(name), "/proc/%d/cmdline", (int)tracee_of(e, task)->tid);
	f = fopen(name, "re");
	n = f ? fread(argv, 1, sizeof(argv), f) : 0;
	if (f)
		fclose(f);
	o->exec(o->ctx, e->w->tasks[task].serial, path, argv, n);
}

/* The base that the kernel computed from the limit which is in force. */
static void note_layout(struct engine *e, uint32_t task)
{
	enum { STACK = 3 };
	struct proc *p = world_proc(e->w, task);
	uint64_t limit[2];

	machine_limit(STACK, limit);
	p->mmap_base = layout_base(p->limits_set >> STACK & 1 ? p->limits[STACK][0] : limit[0]);
}

/* The kernel's own pages go: their size depends on its version and would move what follows, and their clocks would be read unseen. */
static bool begin_program(struct engine *e, uint32_t task, gaddr sp)
{
	struct tracee *t = tracee_of(e, task);
	struct prologue p = { .mask_cpuid = e->x->cpuid_faults, .agent = e->cfg->window != NULL,
		.secret = { e->cfg->agent_secret[0], e->cfg->agent_secret[1] } };
	struct host_proc *h = &e->x->procs[e->w->tasks[task].proc];
	struct loaded l = { 0 };
	gaddr vdso;

	p.sp = engine_stack(e, task, sp, &l);
	vdso = l.vdso;
	h->entry = l.entry;
	if (vdso && !e->vdso_after && !tracee_vdso_extent(t, vdso, &e->vdso_before, &e->vdso_after))
		vdso = 0;
	if (vdso) {
		p.unmap = vdso - e->vdso_before;
		p.unmap_len = e->vdso_before + e->vdso_after;
	}
	return engine_start(e, task, &l, &p);
}

void engine_exec(struct engine *e, uint32_t task)
{
	enum { CS_64 = 0x33 };
	struct world *w = e->w;
	struct tracee *t = tracee_of(e, task);
	struct proc *p = world_proc(w, task);
	struct user_regs_struct r;

	if (!t->executing && p->tasks > 1) { /* the agent lets nobody do that */
		engine_near_distrust(e, task);
		kill(t->tgid, SIGKILL);
		return;
	}
	if (!t->executing && e->cfg->window)
		engine_near_distrust(e, task);
	t->executing = false;
	e->execs++;
	engine_huge_pages(e);
	p->execs++;
	p->mm = w->next_mm++;
	p->sigchld_caught = 0;
	p->code_waits = 0;
	p->segv = (struct signal_action){ .handler = p->segv.handler == HANDLER_IGNORE ? HANDLER_IGNORE : HANDLER_DEFAULT };
	world_exec_credentials(w, p);
	w->tasks[task].clear_tid = 0;
	e->x->procs[w->tasks[task].proc].scratch = e->x->procs[w->tasks[task].proc].agent = false;
	timer_proc_exec(w, w->tasks[task].proc);
	rng_reseed(w, task);
	wake_vfork_parent(e, task);
	if (!tracee_regs(t, &r)) {
		engine_death(e, task, t->status);
		return;
	}
	if (r.cs != CS_64) {
		warn("a 32-bit program was started: detbuild runs x86-64 programs only; it is killed");
		engine_note(e, task, "refused a 32-bit program");
		kill(t->tgid, SIGKILL);
		return;
	}
	note_layout(e, task);
	if (!begin_program(e, task, r.rsp)) {
		engine_death(e, task, t->status);
		return;
	}
	engine_count_exec(e, task);
	tell_exec(e, task);
	clock_event(w, task);
	w->progress++;
}

/* With other threads alive: they die first, in the kernel's own order, and the program goes on under the leader's id. */
void engine_exec_wait(struct engine *e, uint32_t task)
{
	struct world *w = e->w;
	struct tracee *t = tracee_of(e, task);
	uint32_t proc = w->tasks[task].proc;
	int status;

	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL);
		bool done_with = tid == t->tid || (tid == t->tgid && status >> 16 == PTRACE_EVENT_EXEC);

		if (tid < 0 && errno == EINTR && !e->x->interrupted(e))
			continue;
		if (tid < 0)
			return;
		e->x->stops++;
		if (!done_with)
			continue; /* a sibling's death: collected below */
		t->status = status;
		t->regs_known = t->info_known = false;
		if (WIFEXITED(status) || WIFSIGNALED(status))
			t->dead = true;
		if (status >> 16 != PTRACE_EVENT_EXEC)
			return;
		break;
	}
	t->tid = t->tgid;
	host_proc_close(&e->x->procs[proc]); /* it may be of a thread that is no more */
	for (uint32_t i = world_next_task(w, NO_INDEX), next; i != NO_INDEX; i = next) {
		next = world_next_task(w, i);
		if (i == task || w->tasks[i].proc != proc)
			continue;
		engine_unpark(e, i);
		counter_close(tracee_of(e, i));
		sched_remove(w, i);
		if (e->cfg->observer && e->cfg->observer->ended)
			e->cfg->observer->ended(e->cfg->observer->ctx, w->tasks[i].serial, 0);
		world_free_task(w, i);
	}
}
