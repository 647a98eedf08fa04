/* deaths.c: threads and processes end.
 *
 * D1. The order in which the kernel lets the threads of one process die is not fixed: all are collected, then told in order of birth.
 * D2. A process's parent learns of its death when the supervisor reaps it, which is an ordered event.
 * D3. SIGKILL takes effect at once on a stopped thread: after one was sent, whoever has it is collected before anybody goes on. */
#include "engine/internal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sched/sched.h"
#include "tracee/counter.h"

static void wait_dead(struct engine *e, struct tracee *t)
{
	while (!t->dead && tracee_wait(e->x, t))
		if (!t->dead) /* a stop on the way to its death */
			tracee_resume(e->x, t, 0);
}

void engine_child_changed(struct engine *e, uint32_t proc)
{
	struct world *w = e->w;

	for (uint32_t i = sched_next_parked(w, NO_INDEX); i != NO_INDEX; i = sched_next_parked(w, i)) {
		struct task *t = &w->tasks[i];

		if (t->proc != proc && !w->subreaper_seen)
			continue;
		if (t->cond.kind == COND_CHILD)
			t->woken = 1;
		else if (w->procs[t->proc].sigchld_caught)
			tracee_of(e, i)->sig_check = true;
	}
}

/* The last thread of a process is gone. */
static void process_ended(struct engine *e, uint32_t proc)
{
	struct host_proc *h = &e->x->procs[proc];
	uint32_t parent = e->w->procs[proc].parent;

	engine_pass_timers_on(e, proc);
	timer_proc_exit(e->w, proc);
	host_proc_close(h);
	if (parent != NO_INDEX)
		engine_child_changed(e, parent);
	e->w->progress++;
	if (!e->w->pdeathsig_seen)
		return;
	for (uint32_t i = sched_next_parked(e->w, NO_INDEX); i != NO_INDEX; i = sched_next_parked(e->w, i))
		tracee_of(e, i)->sig_check = true;
	e->collect = true;
}

static void end_task(struct engine *e, uint32_t task, int status)
{
	struct world *w = e->w;
	struct task *t = &w->tasks[task];
	struct proc *p = &w->procs[t->proc];
	uint32_t vfork_parent = t->vfork_parent;
	bool is_main = e->main_born && p->serial == e->main_proc_serial && p->tasks == 1;

	engine_unpark(e, task);
	if (e->x->edits.task == task) /* its place may be another's next */
		e->x->edits.n = 0;
	counter_close(tracee_of(e, task));
	sched_remove(w, task);
	futex_thread_exit(w, p->mm, p->tasks > 1 ? t->clear_tid : 0);
	futex_recheck_all(w, p->mm); /* the kernel may have marked robust mutexes */
	if (vfork_parent != NO_INDEX && w->tasks[vfork_parent].state == TASK_VFORK)
		sched_add(w, vfork_parent);
	if (e->cfg->observer && e->cfg->observer->ended)
		e->cfg->observer->ended(e->cfg->observer->ctx, t->serial, status);
	if (p->tasks == 1)
		process_ended(e, t->proc);
	clock_event(w, task);
	world_free_task(w, task);
	if (is_main) {
		if (WIFSIGNALED(status))
			engine_over(e, ENGINE_SIGNALED, WTERMSIG(status));
		else
			engine_over(e, ENGINE_EXITED, WEXITSTATUS(status));
	}
}

/* Every thread of the process but `but` is waited for, the leader last; then all are told in order of birth. */
static void collect_group(struct engine *e, uint32_t proc, uint32_t but, int status)
{
	uint32_t leader = NO_INDEX;

	kill(e->x->procs[proc].tgid, SIGKILL); /* in case that it only seemed to end: we wait for all of it */
	for (uint32_t i = world_next_task(e->w, NO_INDEX); i != NO_INDEX; i = world_next_task(e->w, i)) {
		struct tracee *t = tracee_of(e, i);

		if (e->w->tasks[i].proc != proc)
			continue;
		if (t->tid == t->tgid)
			leader = i;
		else if (i != but)
			wait_dead(e, t);
	}
	if (leader != NO_INDEX && leader != but)
		wait_dead(e, tracee_of(e, leader));
	for (uint32_t i = world_next_task(e->w, NO_INDEX), next; i != NO_INDEX; i = next) {
		next = world_next_task(e->w, i);
		if (e->w->tasks[i].proc == proc)
			end_task(e, i, tracee_of(e, i)->tid == tracee_of(e, i)->tgid ? tracee_of(e, i)->status : status);
	}
}

void engine_death(struct engine *e, uint32_t task, int status)
{
	struct proc *p = world_proc(e->w, task);
	struct tracee *t = tracee_of(e, task);

	if (e->over)
		return;
	if (!WIFEXITED(status) && !WIFSIGNALED(status)) {
		/* ptrace lost its hold: the end itself is still to be read. It must not run another instruction on the way. */
		kill(t->tgid, SIGKILL);
		t->dead = false;
		wait_dead(e, t);
		status = t->status;
	}
	if (p->tasks > 1 && (p->exiting || WIFSIGNALED(status)))
		collect_group(e, e->w->tasks[task].proc, task, status);
	else
		end_task(e, task, status);
}

/* The leader's end is reported only when the last thread ends. It is parked for good, once the kernel has done with it. */
void engine_leader_exit(struct engine *e, uint32_t task)
{
	struct world *w = e->w;
	struct tracee *t = tracee_of(e, task);
	const struct cond never = { .kind = COND_NONE };

	tracee_resume(e->x, t, 0);
	while (tracee_state(t->tid) != 'Z')
		sched_yield();
	futex_thread_exit(w, world_proc(w, task)->mm, w->tasks[task].clear_tid);
	futex_recheck_all(w, world_proc(w, task)->mm);
	t->zombie = true;
	sched_park(w, task, &never, NO_DEADLINE);
}

static bool has_sigkill(const struct tracee *t)
{
	struct sig_sets s;
	char state = tracee_state(t->tid);

	if (state == 0 || state == 'Z' || state == 'X')
		return true;
	return tracee_signals(t, &s) < 0 || (s.pending & UINT64_C(1) << (SIGKILL - 1));
}

/* A leader that ended by itself is a zombie while its threads live: any thread that is alive and well speaks for the process. */
static bool process_killed(struct engine *e, uint32_t proc)
{
	for (uint32_t i = world_next_task(e->w, NO_INDEX); i != NO_INDEX; i = world_next_task(e->w, i))
		if (e->w->tasks[i].proc == proc && !has_sigkill(tracee_of(e, i)))
			return false;
	return true;
}

/* The holder of the turn reads its own SIGKILL when it runs on. */
void engine_collect_if_killed(struct engine *e, uint32_t proc)
{
	uint32_t current = e->w->current;

	if ((current == NO_INDEX || e->w->tasks[current].proc != proc) && process_killed(e, proc))
		collect_group(e, proc, NO_INDEX, SIGKILL);
}

void engine_collect_killed(struct engine *e)
{
	e->collect = false;
	for (uint32_t p = world_next_proc(e->w, NO_INDEX), next; p != NO_INDEX; p = next) {
		next = world_next_proc(e->w, p);
		engine_collect_if_killed(e, p);
	}
}

/* The end of the run: whatever still lives is killed and reaped. */
void engine_kill_all(struct engine *e)
{
	int status;

	kill(e->cfg->init, SIGKILL); /* pid 1 takes the whole pid namespace with it */
	for (uint32_t i = world_next_task(e->w, NO_INDEX); i != NO_INDEX; i = world_next_task(e->w, i)) {
		engine_unpark(e, i);
		if (e->cfg->in_place && !tracee_of(e, i)->dead)
			kill(tracee_of(e, i)->tgid, SIGKILL);
	}
	for (;;) {
		pid_t r = waitpid(-1, &status, __WALL);

		/* In place until nobody is left; a stopped one is a child of whom its parent had not yet told. */
		if (e->cfg->in_place && r > 0 && WIFSTOPPED(status))
			kill(r, SIGKILL);
		else if (!e->cfg->in_place && r == e->cfg->init && (WIFEXITED(status) || WIFSIGNALED(status)))
			break;
		if (r < 0 && errno != EINTR)
			break;
	}
}
