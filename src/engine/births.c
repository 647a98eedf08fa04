/* births.c: new threads and processes, and new programs in old ones. */
#include "engine/internal.h"

#include <elf.h>
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "model/machine.h"
#include "sched/policy.h"
#include "sched/sched.h"
#include "syscall/executor.h"

/* The child's first stop (PTRACE_EVENT_STOP) must be read before it can be resumed. */
static bool first_stop(struct engine *e, struct tracee *child)
{
	while (tracee_wait(e->x, child)) {
		if (child->dead)
			return false;
		if (child->status >> 16 == PTRACE_EVENT_STOP)
			return true;
		ptrace(PTRACE_CONT, child->tid, NULL, 0L);
	}
	return false;
}

void engine_birth(struct engine *e, uint32_t task, int event)
{
	struct world *w = e->w;
	struct tracee *parent = tracee_of(e, task), *child;
	pid_t tid = (pid_t)tracee_event_message(parent);
	/* As do_fork() read them, before the kernel wrote into the guest's memory. */
	uint64_t flags = w->tasks[task].scratch[FORK_FLAGS];
	gaddr clear_tid = flags & CLONE_CHILD_CLEARTID ? w->tasks[task].scratch[FORK_CHILD_TID] : 0;
	bool thread = flags & CLONE_THREAD;
	uint32_t i = world_new_task(w, task, !thread, !(flags & CLONE_VM)), from = w->tasks[task].proc;

	invariant(i != NO_INDEX); /* do_fork looked */
	child = tracee_of(e, i);
	memset(child, 0, sizeof(*child));
	child->tid = tid;
	child->tgid = thread ? parent->tgid : tid;
	child->where = AT_OTHER;
	w->tasks[i].clear_tid = clear_tid;
	if ((flags & CLONE_PARENT) && !thread)
		world_proc(w, i)->parent = w->procs[from].parent;
	rng_reseed(w, i);
	policy_born(w, i);
	if (!thread) {
		struct host_proc *p = &e->x->procs[w->tasks[i].proc];

		cleanup_close(&p->pidfd);
		*p = (struct host_proc){ .tgid = tid, .pidfd = -1, .scratch = e->x->procs[from].scratch };
	}
	e->processes++;
	if (e->cfg->observer && e->cfg->observer->born)
		e->cfg->observer->born(e->cfg->observer->ctx, w->tasks[task].serial, w->tasks[i].serial, thread);
	if (task == e->init && !e->main_born) {
		e->main_born = true;
		e->main_proc_serial = world_proc(w, i)->serial;
	}
	if (!first_stop(e, child)) {
		if (!e->over)
			engine_death(e, i, child->status);
		return;
	}
	sched_add(w, i);
	if (event == PTRACE_EVENT_VFORK) {
		w->tasks[i].vfork_parent = task;
		sched_remove(w, task);
		w->tasks[task].state = TASK_VFORK;
	}
}

/* ---- exec ---------------------------------------------------------------------------------------------------------- */

static void wake_vfork_parent(struct engine *e, uint32_t task)
{
	uint32_t parent = e->w->tasks[task].vfork_parent;

	e->w->tasks[task].vfork_parent = NO_INDEX;
	if (parent != NO_INDEX && e->w->tasks[parent].state == TASK_VFORK)
		sched_add(e->w, parent);
}

/* What the kernel tells a program about the machine: only what our machine has. The vdso goes: its clocks would be read unseen. */
static bool edit_entry(struct engine *e, uint32_t task, uint64_t v[2])
{
	uint8_t random[16];

	switch (v[0]) {
	case AT_SYSINFO_EHDR:
	case 27: /* AT_RSEQ_FEATURE_SIZE */
	case 28: /* AT_RSEQ_ALIGN */
		v[0] = AT_IGNORE;
		v[1] = 0;
		return true;
	case AT_HWCAP:
		v[1] = MACHINE_HWCAP;
		return true;
	case AT_HWCAP2:
		v[1] = 0;
		return true;
	case 51: /* AT_MINSIGSTKSZ */
		v[1] = 3632;
		return true;
	case AT_RANDOM:
		rng_fill(e->w, task, random, sizeof(random));
		tracee_write(tracee_of(e, task), v[1], random, sizeof(random));
		return false;
	default:
		return false;
	}
}

/* The stack of a fresh program: argc, argv..., NULL, envp..., NULL, auxv. Read in pieces: argv may be long. */
static gaddr find_auxv(struct tracee *t, gaddr sp)
{
	enum { MOST = 1 << 22 };
	uint64_t words[256];
	int zeros = 0;
	gaddr at = sp + 8;

	while (at < sp + MOST) {
		size_t n = ARRAY_SIZE(words);

		while (n && tracee_read(t, at, words, n * 8) < 0)
			n /= 2;
		if (!n)
			return 0;
		for (size_t k = 0; k < n; k++)
			if (words[k] == 0 && ++zeros == 2)
				return at + (k + 1) * 8;
		at += n * 8;
	}
	return 0;
}

static void edit_auxv(struct engine *e, uint32_t task, gaddr sp)
{
	struct tracee *t = tracee_of(e, task);
	gaddr at = find_auxv(t, sp);
	uint64_t v[2];

	for (int n = 0; at && n < 64; n++, at += 16) {
		if (tracee_read(t, at, v, sizeof(v)) < 0 || v[0] == AT_NULL)
			return;
		if (edit_entry(e, task, v))
			tracee_write(t, at, v, sizeof(v));
	}
}

static void tell_exec(struct engine *e, uint32_t task)
{
	const struct observer *o = e->cfg->observer;
	char argv[4096], path[4096], name[64];
	ssize_t n;
	FILE *f;

	if (!o || !o->exec)
		return;
	snprintf(name, sizeof(name), "/proc/%d/exe", (int)tracee_of(e, task)->tid);
	n = readlink(name, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	snprintf(name, sizeof(name), "/proc/%d/cmdline", (int)tracee_of(e, task)->tid);
	f = fopen(name, "re");
	n = f ? (ssize_t)fread(argv, 1, sizeof(argv), f) : 0;
	if (f)
		fclose(f);
	o->exec(o->ctx, e->w->tasks[task].serial, path, argv, (size_t)n);
}

void engine_exec(struct engine *e, uint32_t task)
{
	enum { CS_64 = 0x33 };
	struct world *w = e->w;
	struct tracee *t = tracee_of(e, task);
	struct proc *p = world_proc(w, task);
	struct user_regs_struct r;

	t->executing = false;
	e->execs++;
	p->execs++;
	p->mm = w->next_mm++;
	p->sigchld_caught = 0;
	w->tasks[task].clear_tid = 0;
	e->x->procs[w->tasks[task].proc].scratch = false;
	timer_proc_exec(w, w->tasks[task].proc);
	rng_reseed(w, task);
	wake_vfork_parent(e, task);
	if (ptrace(PTRACE_GETREGS, t->tid, NULL, &r) < 0) {
		t->dead = true;
		engine_death(e, task, 0);
		return;
	}
	if (r.cs != CS_64) {
		warn("a 32-bit program was started: detbuild runs x86-64 programs only; it is killed");
		engine_note(e, task, "refused a 32-bit program");
		kill(t->tgid, SIGKILL);
		return;
	}
	edit_auxv(e, task, r.rsp);
	if (e->x->cpuid_faults && !tracee_mask_cpuid(e->x, t)) {
		engine_death(e, task, t->status);
		return;
	}
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
		if (WIFEXITED(status) || WIFSIGNALED(status))
			t->dead = true;
		if (status >> 16 != PTRACE_EVENT_EXEC)
			return;
		break;
	}
	t->tid = t->tgid;
	for (uint32_t i = world_next_task(w, NO_INDEX), next; i != NO_INDEX; i = next) {
		next = world_next_task(w, i);
		if (i == task || w->tasks[i].proc != proc)
			continue;
		engine_unpark(e, i);
		sched_remove(w, i);
		if (e->cfg->observer && e->cfg->observer->ended)
			e->cfg->observer->ended(e->cfg->observer->ctx, w->tasks[i].serial, 0);
		world_free_task(w, i);
	}
}
