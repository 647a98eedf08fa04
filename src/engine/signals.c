/* signals.c: signals on their way to a guest: what they say, what they stop, whom they wake. */
#include "engine/internal.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "sched/sched.h"
#include "tracee/counter.h"

#define BIT(signo) (UINT64_C(1) << ((signo) - 1))
#define IGNORED_BY_DEFAULT (BIT(SIGCHLD) | BIT(SIGURG) | BIT(SIGWINCH) | BIT(SIGCONT))

/* What a process does with SIGCHLD, as far as it is known: 0 nothing, SIGCHLD_STAYS; SIGCHLD_CAUGHT: ask the kernel. */
static uint32_t sigchld_of(struct engine *e, uint32_t task)
{
	return e->shared_actions ? SIGCHLD_CAUGHT : world_proc(e->w, task)->sigchld_caught;
}

/* A child's end, which its parent catches, is what is waited for most: it costs a tenth of the sets. At a call's entry no other mask than the thread's own
 * is in force. */
static bool sigchld_waits(struct engine *e, uint32_t task, const uint64_t *mask)
{
	struct tracee *t = tracee_of(e, task);
	uint64_t blocked = mask ? *mask : 0;

	return t->where == AT_ENTRY && sigchld_of(e, task) == SIGCHLD_STAYS && tracee_first_queued(t) == SIGCHLD && (mask || tracee_sigmask(t, &blocked)) &&
	       !(blocked & BIT(SIGCHLD));
}

bool engine_signal_waits(struct engine *e, uint32_t task, const uint64_t *mask)
{
	struct sig_sets s;

	if (sigchld_waits(e, task, mask))
		return true;
	if (tracee_signals(tracee_of(e, task), &s) < 0)
		return true; /* it is dying: let it run into its end */
	s.pending &= ~(mask ? *mask : s.blocked) | BIT(SIGKILL) | BIT(SIGSTOP);
	return s.pending & (s.caught | ~(s.ignored | IGNORED_BY_DEFAULT));
}

/* A signal that the supervisor sent stands for a timer of the model: it says what the kernel's timer would have said. */
static void dress_timer(struct engine *e, uint32_t task, siginfo_t *si)
{
	bool again = false;
	uint32_t i = timer_signal_taken(e->w, task, (uint32_t)si->si_signo, &again);

	if (i == NO_INDEX) {
		si->si_code = SI_KERNEL;
		si->si_pid = 0;
		si->si_uid = 0;
		return;
	}
	si->si_overrun = (int)e->w->timers[i].overrun_last;
	if (again)
		kill(tracee_of(e, task)->tgid, si->si_signo);
}

bool engine_has_handler(struct engine *e, uint32_t task, int signo)
{
	struct sig_sets s;

	if (signo == SIGCHLD && sigchld_of(e, task) != SIGCHLD_CAUGHT)
		return sigchld_of(e, task);
	return tracee_signals(tracee_of(e, task), &s) == 0 && (s.caught & BIT(signo));
}

/* With a handler the interrupted call is over. */
static void forget_resumption(struct engine *e, uint32_t task, int signo)
{
	if (e->w->tasks[task].resume_nr && engine_has_handler(e, task, signo))
		e->w->tasks[task].resume_nr = 0;
}

void engine_signal_stop(struct engine *e, uint32_t task, int signo)
{
	const struct observer *o = e->cfg->observer;
	struct tracee *t = tracee_of(e, task);
	siginfo_t si;

	t->executing = false; /* a signal comes up in the old program only when there is no new one */
	memset(&si, 0, sizeof(si));
	if (!tracee_siginfo(t, &si)) {
		engine_death(e, task, t->status);
		return;
	}
	if (counter_stopped(t, &si)) {
		t->count.stopped = true;
		return;
	}
	if (engine_step_is_ours(e, task, &si))
		return;
	if ((signo == SIGSEGV || signo == SIGILL) && si.si_code > 0) {
		int instead = engine_instruction(e, task, signo, &si);

		if (!instead)
			return;
		signo = instead;
	}
	if (signo == SIGSEGV && world_proc(e->w, task)->segv.flags & SA_RESETHAND)
		world_proc(e->w, task)->segv.handler = HANDLER_DEFAULT;
	if (signo == SIGCHLD && si.si_code > 0 && (si.si_utime || si.si_stime)) {
		si.si_utime = si.si_stime = 0;
		tracee_set_siginfo(t, &si);
	} else if (si.si_code == SI_TIMER || (si.si_code == SI_USER && si.si_pid == 0)) {
		dress_timer(e, task, &si);
		tracee_set_siginfo(t, &si);
	}
	if (signo == SIGSTOP) /* it may be one that was sent again (step_past_traps()); what it says nobody can read */
		si.si_code = SI_USER;
	t->inject = signo;
	forget_resumption(e, task, signo);
	clock_event(e->w, task);
	e->w->progress++;
	if (o && o->signal)
		o->signal(o->ctx, e->w->tasks[task].serial, signo, si.si_code);
}

/* PTRACE_EVENT_STOP: a group stop (the signal says so), or the notice that one ended. */
void engine_group_stop(struct engine *e, uint32_t task, int signo)
{
	struct tracee *t = tracee_of(e, task);

	if (signo != SIGSTOP && signo != SIGTSTP && signo != SIGTTIN && signo != SIGTTOU)
		return;
	if (!tracee_listen(t))
		return;
	sched_remove(e->w, task);
	e->w->tasks[task].state = TASK_STOPPED;
	if (world_proc(e->w, task)->parent != NO_INDEX)
		engine_child_changed(e, world_proc(e->w, task)->parent);
}

/* SIGCONT went out. Who got it still has it pending, and leaves LISTEN with another PTRACE_EVENT_STOP. */
static void resume_continued(struct engine *e)
{
	struct world *w = e->w;

	for (uint32_t i = world_next_task(w, NO_INDEX), next; i != NO_INDEX; i = next) {
		struct tracee *t = tracee_of(e, i);
		struct sig_sets s;

		next = world_next_task(w, i);
		if (w->tasks[i].state != TASK_STOPPED)
			continue;
		if (!t->told && tracee_signals(t, &s) == 0 && !(s.pending & BIT(SIGCONT)))
			continue;
		if (!tracee_wait(e->x, t))
			return;
		sched_add(w, i);
		t->where = AT_OTHER;
		if (world_proc(w, i)->parent != NO_INDEX)
			engine_child_changed(e, world_proc(w, i)->parent);
		if (t->dead)
			engine_death(e, i, t->status);
	}
}

/* A positive id names one process (by any of its threads); whom another one meant, only the kernel knows. */
void engine_after_kill(void *ctx, uint32_t task, int64_t pid, int signo)
{
	struct engine *e = ctx;
	uint32_t target = pid > 0 ? engine_task_of(e, (int32_t)pid) : NO_INDEX, proc = target == NO_INDEX ? NO_INDEX : e->w->tasks[target].proc;

	(void)task;
	for (uint32_t i = sched_next_parked(e->w, NO_INDEX); i != NO_INDEX; i = sched_next_parked(e->w, i))
		if (proc == NO_INDEX || e->w->tasks[i].proc == proc)
			tracee_of(e, i)->sig_check = true;
	if (signo == SIGKILL && proc != NO_INDEX)
		engine_collect_if_killed(e, proc);
	else if (signo == SIGKILL)
		engine_collect_killed(e);
	if (signo == SIGCONT)
		resume_continued(e);
}
