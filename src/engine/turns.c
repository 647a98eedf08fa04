/* turns.c: who runs next: parked threads whose condition holds, timers, jumps of the logical clock, deadlock. */
#include "engine/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sched/sched.h"
#include "syscall/table.h"

void engine_unpark(struct engine *e, uint32_t task)
{
	if (e->park_fds[task] > 0)
		close(e->park_fds[task] - 1);
	e->park_fds[task] = 0;
	e->park_external[task] = false;
}

/* Readiness depends on who asks; or it is that of a set of descriptors among which may be some of the world outside. */
static bool cannot_be_asked(struct engine *e, uint32_t task, const struct call *c)
{
	struct call probe = *c;

	if (host_fd_asks_its_reader(e->w, tracee_of(e, task)->tid, c->cond.fd))
		return true;
	return (e->w->network || e->x->input_ino) && x_fd_is_epoll(&probe, c->cond.fd);
}

/* While a thread waits for a descriptor the supervisor keeps a duplicate of it. The thread itself holds it open, so nobody's
 * end-of-file is delayed. */
void engine_park(struct engine *e, uint32_t task, const struct call *c)
{
	struct cond cond = c->cond;

	engine_unpark(e, task);
	if (cond.kind == COND_FD && cannot_be_asked(e, task, c)) {
		cond.kind = COND_ANY;
		cond.seen = e->w->progress;
	}
	if (cond.kind == COND_FD) {
		struct call probe = *c;
		struct fd_stat st;

		e->park_fds[task] = host_dup(e->x, e->w->tasks[task].proc, c->cond.fd) + 1;
		if (x_fd_stat(&probe, c->cond.fd, &st) == 0)
			e->park_external[task] = x_fd_is_external(&probe, c->cond.fd, &st);
	}
	sched_park(e->w, task, &cond, c->deadline_ns);
}

static bool fd_ready(struct engine *e, uint32_t task)
{
	struct pollfd p = { e->park_fds[task] - 1, (short)e->w->tasks[task].cond.events, 0 };

	if (p.fd < 0)
		return true;
	while (poll(&p, 1, 0) < 0) /* the watchdog's tick makes even a poll without a wait say EINTR */
		if (errno != EINTR)
			return true;
	return p.revents != 0;
}

static bool may_go_on(struct engine *e, uint32_t task)
{
	struct task *t = &e->w->tasks[task];
	struct tracee *g = tracee_of(e, task);

	if (g->zombie)
		return false;
	if (t->woken)
		return true;
	if (t->deadline_ns <= e->w->now_ns) {
		t->timed_out = 1;
		return true;
	}
	if (g->sig_check || (e->w->terminal_seen && tracee_signal_queued(g))) {
		if (engine_signal_waits(e, task, t->have_mask ? &t->mask : NULL))
			return true;
		g->sig_check = false;
	}
	switch (t->cond.kind) {
	case COND_FD:
		return !e->park_external[task] && fd_ready(e, task);
	case COND_ANY:
	case COND_SPIN:
		return t->cond.seen != e->w->progress;
	default:
		return false;
	}
}

static void wake_ready(struct engine *e)
{
	uint32_t next;

	for (uint32_t i = sched_next_parked(e->w, NO_INDEX); i != NO_INDEX; i = next) {
		next = sched_next_parked(e->w, i);
		if (may_go_on(e, i))
			sched_wake(e->w, i);
	}
}

/* ---- timers -------------------------------------------------------------------------------------------------------- */

static bool holds_timer(struct engine *e, const struct timer *t, uint32_t proc)
{
	return host_eventfd_id(e->x->procs[proc].tgid, t->id) == (int64_t)t->value;
}

/* A timerfd is an eventfd (syscall/timer.c). Whoever set it may have closed it, and its number been given to another file, or have ended: who inherited it has
 * it by the same number. False: nobody. */
static bool find_holder(struct engine *e, struct timer *t)
{
	if (holds_timer(e, t, t->proc))
		return true;
	for (uint32_t i = world_next_proc(e->w, NO_INDEX); i != NO_INDEX; i = world_next_proc(e->w, i))
		if (i != t->proc && holds_timer(e, t, i)) {
			t->proc = i;
			return true;
		}
	return false;
}

void engine_pass_timers_on(struct engine *e, uint32_t proc)
{
	for (uint32_t i = 0; i < e->w->timers_high; i++) {
		struct timer *t = &e->w->timers[i];

		if (t->used && t->kind == TIMER_FD && t->proc == proc)
			find_holder(e, t);
	}
}

static void add_to_eventfd(struct engine *e, uint32_t timer, uint64_t ticks)
{
	struct timer *t = &e->w->timers[timer];
	autoclose int fd = -1;

	if (!find_holder(e, t)) {
		timer_free(e->w, timer);
		return;
	}
	fd = host_dup(e->x, t->proc, t->id);
	if (fd >= 0) {
		struct pollfd room = { fd, POLLOUT, 0 };

		/* The guest can fill it; we never wait for room. */
		if (poll(&room, 1, 0) != 1 || write(fd, &ticks, sizeof(ticks)) < 0)
			detail("a timer's descriptor is full");
	}
	e->w->progress++;
}

/* A POSIX timer's signal says so itself; the kernel lets us send that (si_code below 0). Others are dressed at delivery. */
static void send_signal(struct engine *e, uint32_t proc, uint32_t task, uint32_t signo, const struct timer *t)
{
	pid_t tgid = e->x->procs[proc].tgid, tid = task != NO_INDEX ? tracee_of(e, task)->tid : 0;
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	if (t && t->kind == TIMER_POSIX) {
		si.si_signo = (int)signo;
		si.si_code = SI_TIMER;
		si.si_timerid = t->id;
		si.si_value.sival_ptr = (void *)(uintptr_t)t->value;
		if (tid)
			syscall(SYS_rt_tgsigqueueinfo, tgid, tid, signo, &si);
		else
			syscall(SYS_rt_sigqueueinfo, tgid, signo, &si);
	} else if (tid) {
		syscall(SYS_tgkill, tgid, tid, signo);
	} else {
		kill(tgid, (int)signo);
	}
}

static void send_to(struct engine *e, uint32_t proc, uint32_t task, uint32_t signo, const struct timer *t)
{
	send_signal(e, proc, task, signo, t);
	for (uint32_t i = sched_next_parked(e->w, NO_INDEX); i != NO_INDEX; i = sched_next_parked(e->w, i))
		if (e->w->tasks[i].proc == proc)
			tracee_of(e, i)->sig_check = true;
	e->w->progress++;
}

void x_send_signal(struct call *c, uint32_t proc, uint32_t task, uint32_t signo)
{
	send_to(c->x->ctx, proc, task, signo, NULL);
}

void engine_fire_timers(struct engine *e)
{
	uint32_t i;

	while ((i = timer_due(e->w)) != NO_INDEX) {
		struct timer *t = &e->w->timers[i];
		struct timer_action a = timer_expire(e->w, i);

		if (a.fd_ticks)
			add_to_eventfd(e, i, a.fd_ticks);
		if (a.send && (t->task == NO_INDEX || (e->w->tasks[t->task].state != TASK_FREE && e->w->tasks[t->task].serial == t->task_serial)))
			send_to(e, t->proc, t->task, t->signo, t);
	}
}

/* ---- nobody can run ------------------------------------------------------------------------------------------------ */

/* When time has come to at_ns, something happens; until then `spinner` (NO_INDEX: nobody) burns it. */
struct next { int64_t at_ns; uint32_t spinner; };

static void not_later(struct next *n, int64_t at_ns, uint32_t spinner)
{
	if (at_ns < n->at_ns)
		*n = (struct next){ at_ns, spinner };
}

static int64_t after(const struct world *w, int64_t rest_ns)
{
	return rest_ns <= 0 ? w->now_ns : rest_ns > NO_DEADLINE - 1 - w->now_ns ? NO_DEADLINE : w->now_ns + rest_ns;
}

/* When the process is to be told next that it is over its limit: at the soft limit, and every second after it. */
static int64_t cpu_limit_ns(const struct proc *p)
{
	uint64_t at = p->limits[RLIMIT_CPU][0];

	if (!(p->limits_set & 1u << RLIMIT_CPU) || at > (uint64_t)(NO_DEADLINE / NSEC) - UINT32_MAX)
		return NO_DEADLINE;
	return (int64_t)(at + p->xcpu_sent) * NSEC;
}

/* A thread that waits in a loop spends CPU time: timers and limits that count it come nearer. */
static void spinner_deadlines(struct engine *e, uint32_t task, struct next *n)
{
	struct world *w = e->w;
	const struct proc *p = world_proc(w, task);

	for (uint32_t i = 0; i < w->timers_high; i++) {
		const struct timer *t = &w->timers[i];

		if (!t->used || !t->cpu || t->deadline_ns == NO_DEADLINE)
			continue;
		if (t->cpu == TIMER_CPU_TASK ? t->cpu_task == task && t->cpu_serial == w->tasks[task].serial : t->cpu_serial == p->serial)
			not_later(n, after(w, t->deadline_ns - timer_cpu_now(w, t)), task);
	}
	if (cpu_limit_ns(p) != NO_DEADLINE)
		not_later(n, after(w, cpu_limit_ns(p) - p->cpu_ns), task);
}

static void tell_cpu_limit(struct engine *e, uint32_t proc)
{
	struct proc *p = &e->w->procs[proc];
	bool last = (uint64_t)(p->cpu_ns / NSEC) >= p->limits[RLIMIT_CPU][1];

	if (p->cpu_ns < cpu_limit_ns(p))
		return;
	p->xcpu_sent++;
	send_to(e, proc, NO_INDEX, last ? SIGKILL : SIGXCPU, NULL);
	if (last)
		engine_collect_if_killed(e, proc);
}

/* Everybody waits: time passes until the first of them need not wait any more. */
static bool jump(struct engine *e)
{
	uint32_t task = sched_earliest(e->w), timer, first = NO_INDEX, proc;
	struct next n = { NO_DEADLINE, NO_INDEX };

	for (uint32_t i = sched_next_parked(e->w, NO_INDEX); i != NO_INDEX; i = sched_next_parked(e->w, i)) {
		if (e->w->tasks[i].cond.kind != COND_SPIN)
			continue;
		if (first == NO_INDEX)
			first = i;
		spinner_deadlines(e, i, &n);
	}
	timer = first == NO_INDEX ? timer_earliest_heard(e->w) : timer_earliest(e->w); /* who waits in a loop looks again at each */
	if (task != NO_INDEX)
		not_later(&n, e->w->tasks[task].deadline_ns, first);
	if (timer != NO_INDEX)
		not_later(&n, e->w->timers[timer].deadline_ns, first);
	if (n.at_ns == NO_DEADLINE)
		return false;
	if (n.spinner == NO_INDEX) {
		clock_jump(e->w, n.at_ns);
	} else {
		clock_spin(e->w, n.spinner, n.at_ns);
	}
	engine_fire_timers(e);
	proc = n.spinner == NO_INDEX ? NO_INDEX : e->w->tasks[n.spinner].proc;
	if (proc != NO_INDEX && cpu_limit_ns(&e->w->procs[proc]) != NO_DEADLINE)
		tell_cpu_limit(e, proc);
	return true;
}

/* ---- the outside ---------------------------------------------------------------------------------------------------- */

/* Somebody waits for input from outside the box, or may do so among other things. */
static bool outside_matters(struct engine *e)
{
	bool any = e->w->network || e->x->input_ino;

	for (uint32_t i = sched_next_parked(e->w, NO_INDEX); any && i != NO_INDEX; i = sched_next_parked(e->w, i))
		if (e->park_external[i] || (e->w->tasks[i].cond.kind == COND_ANY))
			return true;
	return false;
}

/* The only place where the engine waits for something that is not a guest. Threads that wait for one descriptor are woken by it; those
 * that wait for several look again now and then. Logical time stands still while a given input is awaited, so that its
 * pace does not matter; with --network, where the run is not closed anyway, it follows real time to the next deadline. */
static bool wait_outside(struct engine *e)
{
	enum { SLICE_MS = 20 };
	struct pollfd p[64];
	uint32_t who[64];
	nfds_t n = 0;
	int r;

	if (!outside_matters(e))
		return false;
	for (uint32_t i = sched_next_parked(e->w, NO_INDEX); i != NO_INDEX && n < ARRAY_SIZE(p); i = sched_next_parked(e->w, i))
		if (e->park_external[i] && e->park_fds[i] > 0) {
			p[n] = (struct pollfd){ e->park_fds[i] - 1, (short)e->w->tasks[i].cond.events, 0 };
			who[n++] = i;
		}
	r = poll(p, n, SLICE_MS);
	if (r < 0 && errno == EINTR)
		return true; /* the caller's loop looks at what interrupted */
	for (nfds_t k = 0; k < n; k++)
		if (p[k].revents)
			sched_wake(e->w, who[k]);
	e->looked_at = UINT64_MAX; /* whoever waits for several things looks again */
	if (r == 0 && e->w->network) {
		clock_jump(e->w, e->w->now_ns + SLICE_MS * INT64_C(1000000));
		engine_fire_timers(e);
	}
	return true;
}

/* Calls that never stop (close, dup2, exit of a sharer) can make a condition true unseen: before time passes, everybody who waits
 * for "anything" looks once more. */
static bool look_again(struct engine *e)
{
	bool any = false;

	if (e->looked_at == e->w->events)
		return false;
	e->looked_at = e->w->events;
	for (uint32_t i = sched_next_parked(e->w, NO_INDEX), next; i != NO_INDEX; i = next) {
		next = sched_next_parked(e->w, i);
		if (e->w->tasks[i].cond.kind != COND_ANY)
			continue;
		sched_wake(e->w, i);
		any = true;
	}
	return any;
}

static const char *waits_for(const struct task *t)
{
	switch (t->state == TASK_PARKED ? (int)t->cond.kind : -1) {
	case COND_FD: return "a descriptor";
	case COND_FUTEX: return "another to wake it";
	case COND_CHILD: return "a child";
	case COND_ANY: return "what another does";
	case COND_SPIN: return "memory to change (a loop without calls)";
	case COND_NONE: return "a signal";
	default: return t->state == TASK_STOPPED ? "SIGCONT" : t->state == TASK_VFORK ? "its vfork child" : "its turn";
	}
}

static void report_deadlock(struct engine *e)
{
	warn("every process waits for another one; nothing can happen any more");
	for (uint32_t i = world_next_task(e->w, NO_INDEX); i != NO_INDEX; i = world_next_task(e->w, i)) {
		const struct task *t = &e->w->tasks[i];
		struct tracee *g = tracee_of(e, i);

		warn("  thread %u (process %u, id %d): %s(%#llx, %#llx, %#llx) waits for %s", t->serial, e->w->procs[t->proc].serial,
		     tracee_inner_id(g->tid, false), syscall_name((uint32_t)g->nr), (unsigned long long)g->arg[0], (unsigned long long)g->arg[1],
		     (unsigned long long)g->arg[2], waits_for(t));
		if (i != e->init)
			engine_warn_stack(e, i);
	}
	engine_over(e, ENGINE_DEADLOCK, 0);
}

/* ---- the decision -------------------------------------------------------------------------------------------------- */

uint32_t engine_turn(struct engine *e)
{
	struct world *w = e->w;

	if (w->current != NO_INDEX && !sched_quantum_over(w))
		return w->current;
	if (w->current != NO_INDEX) {
		wake_ready(e);
		return sched_next_turn(w);
	}
	while (!e->over) {
		uint32_t task;

		if (e->x->interrupted(e)) /* time may jump for ever */
			break;
		if (e->collect)
			engine_collect_killed(e);
		wake_ready(e);
		task = sched_pick(w);
		if (task != NO_INDEX)
			return task;
		if (!look_again(e) && !wait_outside(e) && !jump(e) && !engine_count_again(e))
			report_deadlock(e);
	}
	return NO_INDEX;
}
