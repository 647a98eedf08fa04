/* timer.c: which timers exist, which are due, and what an expiry means. Delivery is the engine's.
 *
 * Owns: timers[] of the world. Must not know: signals beyond their numbers, descriptors beyond a key.
 *
 * Invariants
 *  T1. No kernel timer ever runs for a guest: all are here, and expire only where the engine asks timer_due().
 *  T2. Timers expire in the order of (deadline, arming); those on now_ns before those on CPU time.
 *  T3. A timer on CPU time makes a sleeping world jump only when its thread waits in a loop: while all sleep nobody's CPU time grows.
 *  T4. A POSIX timer has at most one signal on its way; expiries until that is taken are its overrun (timer_getoverrun(2)).
 *  T5. ITIMER_VIRTUAL and ITIMER_PROF both count the process's logical CPU time, which is not divided into user and system.
 *  T6. While everybody waits, a timer that has come three times and woken nobody will wake nobody: what it can bring about, a readable descriptor or a pending
 *      signal, is there. Who is told of each expiry anew, by an edge of epoll, has been woken by the first of them.
 */
#include "model/world.h"

#include <string.h>

enum { FIRST_RT_SIGNAL = 32 };

uint32_t timer_new(struct world *w, uint32_t proc)
{
	for (uint32_t i = 0; i < WORLD_MAX_TIMERS; i++) {
		struct timer *t = &w->timers[i];

		if (t->used)
			continue;
		memset(t, 0, sizeof(*t));
		t->used = 1;
		t->proc = proc;
		t->task = NO_INDEX;
		t->deadline_ns = NO_DEADLINE;
		if (w->timers_high <= i)
			w->timers_high = i + 1;
		return i;
	}
	return NO_INDEX;
}

void timer_arm(struct world *w, uint32_t timer, int64_t deadline_ns, int64_t interval_ns)
{
	struct timer *t = &w->timers[timer];

	t->deadline_ns = deadline_ns;
	t->interval_ns = interval_ns;
	t->armed_seq = ++w->timers_armed;
}

void timer_free(struct world *w, uint32_t timer)
{
	struct timer *t = &w->timers[timer];
	struct proc *p = &w->procs[t->proc];

	if (t->used && t->kind <= TIMER_PROF && p->itimer[t->kind] == timer + 1)
		p->itimer[t->kind] = 0;
	t->used = 0;
	t->deadline_ns = NO_DEADLINE;
	while (w->timers_high && !w->timers[w->timers_high - 1].used)
		w->timers_high--;
}

int64_t timer_cpu_now(const struct world *w, const struct timer *t)
{
	const struct task *k = &w->tasks[t->cpu_task];
	const struct proc *p = &w->procs[t->cpu_proc];

	if (t->cpu == TIMER_CPU_TASK)
		return k->state != TASK_FREE && k->serial == t->cpu_serial ? k->cpu_ns : 0;
	if (t->cpu == TIMER_CPU_PROC)
		return p->used && p->serial == t->cpu_serial ? p->cpu_ns : 0;
	return w->now_ns;
}

static bool before(const struct timer *a, const struct timer *b)
{
	if (!a->cpu != !b->cpu)
		return !a->cpu;
	if (a->deadline_ns != b->deadline_ns)
		return a->deadline_ns < b->deadline_ns;
	return a->armed_seq < b->armed_seq;
}

bool timer_cpu_armed(const struct world *w, uint32_t proc)
{
	for (uint32_t i = 0; i < w->timers_high; i++) {
		const struct timer *t = &w->timers[i];

		if (!t->used || !t->cpu || t->deadline_ns == NO_DEADLINE)
			continue;
		if (t->cpu == TIMER_CPU_TASK ? w->tasks[t->cpu_task].proc == proc && w->tasks[t->cpu_task].serial == t->cpu_serial : w->procs[proc].serial == t->cpu_serial)
			return true;
	}
	return false;
}

static bool is_unheard(const struct world *w, const struct timer *t)
{
	enum { ENOUGH = 3 };

	return t->unheard >= ENOUGH && t->unheard_at == w->events;
}

static uint32_t earliest(const struct world *w, bool heard)
{
	uint32_t best = NO_INDEX;

	for (uint32_t i = 0; i < w->timers_high; i++) {
		const struct timer *t = &w->timers[i];

		if (!t->used || t->cpu || t->deadline_ns == NO_DEADLINE || (heard && is_unheard(w, t)))
			continue;
		if (best == NO_INDEX || before(t, &w->timers[best]))
			best = i;
	}
	return best;
}

uint32_t timer_earliest(const struct world *w)
{
	return earliest(w, false);
}

uint32_t timer_earliest_heard(const struct world *w)
{
	return earliest(w, true);
}

uint32_t timer_due(const struct world *w)
{
	uint32_t best = NO_INDEX;

	for (uint32_t i = 0; i < w->timers_high; i++) {
		const struct timer *t = &w->timers[i];

		if (!t->used || t->deadline_ns == NO_DEADLINE || t->deadline_ns > timer_cpu_now(w, t))
			continue;
		if (best == NO_INDEX || before(t, &w->timers[best]))
			best = i;
	}
	return best;
}

/* Moves the deadline past now by whole intervals, keeping the place in the order of arming. How many expiries that were. */
static uint64_t forward(struct timer *t, int64_t now)
{
	int64_t late = now - t->deadline_ns;
	uint64_t n;

	if (t->interval_ns <= 0) {
		t->deadline_ns = NO_DEADLINE;
		return 1;
	}
	n = (uint64_t)(late / t->interval_ns) + 1;
	if (t->interval_ns > NO_DEADLINE - 1 - now)
		t->deadline_ns = NO_DEADLINE;
	else
		t->deadline_ns = now + (t->interval_ns - late % t->interval_ns);
	return n;
}

static void add_overrun(struct timer *t, uint64_t n)
{
	const uint32_t max = INT32_MAX; /* DELAYTIMER_MAX */

	t->overrun = n > max - t->overrun ? max : t->overrun + (uint32_t)n;
}

struct timer_action timer_expire(struct world *w, uint32_t timer)
{
	struct timer *t = &w->timers[timer];
	struct timer_action a = { .timer = timer };
	uint64_t n = forward(t, timer_cpu_now(w, t));

	t->unheard = t->unheard_at == w->events ? t->unheard + 1 : 1;
	t->unheard_at = w->events;
	switch (t->kind) {
	case TIMER_FD:
		a.fd_ticks = n;
		break;
	case TIMER_POSIX:
		if (!t->signo)
			break;
		add_overrun(t, t->pending ? n : n - 1);
		a.send = !t->pending;
		t->pending = 1;
		break;
	default:
		a.send = true;
	}
	return a;
}

uint32_t timer_signal_taken(struct world *w, uint32_t task, uint32_t signo, bool *ret_again)
{
	uint32_t proc = w->tasks[task].proc, first = NO_INDEX;
	bool again = false;

	for (uint32_t i = 0; i < w->timers_high; i++) {
		struct timer *t = &w->timers[i];

		if (!t->used || t->kind != TIMER_POSIX || !t->pending || t->proc != proc || t->signo != signo)
			continue;
		if (t->task != NO_INDEX && (t->task != task || t->task_serial != w->tasks[task].serial))
			continue;
		if (first == NO_INDEX)
			first = i;
		else if (signo < FIRST_RT_SIGNAL)
			again = true;
	}
	if (first != NO_INDEX) {
		w->timers[first].pending = 0;
		w->timers[first].overrun_last = w->timers[first].overrun;
		w->timers[first].overrun = 0;
	}
	*ret_again = again;
	return first;
}

uint32_t timer_find_fd(const struct world *w, uint64_t eventfd_id)
{
	for (uint32_t i = 0; i < w->timers_high; i++)
		if (w->timers[i].used && w->timers[i].kind == TIMER_FD && w->timers[i].value == eventfd_id)
			return i;
	return NO_INDEX;
}

static void free_all(struct world *w, uint32_t proc, bool posix_only)
{
	for (uint32_t i = w->timers_high; i-- > 0;)
		if (w->timers[i].used && w->timers[i].proc == proc && (!posix_only || w->timers[i].kind == TIMER_POSIX))
			timer_free(w, i);
}

void timer_proc_exec(struct world *w, uint32_t proc)
{
	free_all(w, proc, true);
}

void timer_proc_exit(struct world *w, uint32_t proc)
{
	free_all(w, proc, false);
}
