/* clock.c: the one logical clock. Every clock id, the vdso, rdtsc, CPU times and file times are views of now_ns and cpu_ns.
 *
 * Owns: who is charged for an ordered event, and when the clock moves. Must not know: the host's clocks.
 *
 * Invariants
 *  K1. now_ns only grows, by at least one nanosecond an event, and every read is later than all before it.
 *  K2. What the turn's holder is charged (its own cpu_ns and its process's) is what the world's clock advances by; only
 *      clock_jump(), when everybody sleeps, moves now_ns alone; when somebody waits in a loop, that thread pays (clock_spin).
 *  K3. The ramp: the k-th read of a clock by a thread that does nothing else in between costs 2^max(0, k-8) microseconds,
 *      at most a second. Loops that poll a deadline, and loops that double their work until enough time has passed, end
 *      after a few dozen reads; a program that reads the clock now and then sees it run evenly.
 *
 * A loop that waits reads from one place, or from two in turn (before and after the work that it measures); a program that
 * reads the clock at many places is not waiting, and a third place starts the ramp anew. A place is the address of the buffer,
 * or of the instruction.
 * The row of reads is ramp.h's. */
#include "model/world.h"

static void charge(struct world *w, uint32_t task, int64_t ns)
{
	struct proc *p = world_proc(w, task);

	w->now_ns = ramp_later(w->now_ns, ns);
	w->tasks[task].cpu_ns = ramp_later(w->tasks[task].cpu_ns, ns);
	p->cpu_ns = ramp_later(p->cpu_ns, ns);
}

void clock_event(struct world *w, uint32_t task)
{
	w->events++;
	w->tasks[task].events++;
	charge(w, task, ramp_event(&w->tasks[task].ramp));
}

int64_t clock_read(struct world *w, uint32_t task)
{
	return clock_read_at(w, task, 0);
}

int64_t clock_read_at(struct world *w, uint32_t task, uint64_t place)
{
	charge(w, task, ramp_read(&w->tasks[task].ramp, place));
	return w->now_ns;
}

uint64_t clock_read_again(struct world *w, uint32_t task, uint64_t place, uint64_t n, int64_t until)
{
	struct task *t = &w->tasks[task];
	struct ramp ramp = t->ramp;
	int64_t now = w->now_ns, own = t->cpu_ns, *all = &world_proc(w, task)->cpu_ns;
	uint64_t k;

	for (k = 0; k < n && now < until; k++) {
		int64_t cost = ramp_read(&ramp, place) + ramp_event(&ramp);

		now = ramp_later(now, cost);
		own = ramp_later(own, cost);
		*all = ramp_later(*all, cost);
	}
	w->events += k;
	t->events += k;
	t->ramp = ramp;
	w->now_ns = now;
	t->cpu_ns = own;
	return k;
}

uint64_t clock_events(struct world *w, uint32_t task, uint64_t n, int64_t until)
{
	struct task *t = &w->tasks[task];
	uint64_t room = w->now_ns < until ? ((uint64_t)(until - w->now_ns) - 1) / CLOCK_EVENT_NS + 1 : 0;

	if (n > room)
		n = room;
	if (!n)
		return 0;
	w->events += n;
	t->events += n;
	t->ramp.reads = t->ramp.reads_seen = 0;
	charge(w, task, (int64_t)n * CLOCK_EVENT_NS);
	return n;
}

void clock_shows(struct world *w, int64_t offset_ns)
{
	(void)w;
	(void)offset_ns;
}

int64_t clock_now(const struct world *w)
{
	return w->now_ns;
}

int64_t clock_task_cpu(const struct world *w, uint32_t task)
{
	return w->tasks[task].cpu_ns;
}

int64_t clock_proc_cpu(const struct world *w, uint32_t proc)
{
	return w->procs[proc].cpu_ns;
}

void clock_jump(struct world *w, int64_t to_ns)
{
	if (to_ns > w->now_ns && to_ns != NO_DEADLINE)
		w->now_ns = to_ns;
}

void clock_spin(struct world *w, uint32_t task, int64_t to_ns)
{
	if (to_ns > w->now_ns && to_ns != NO_DEADLINE)
		charge(w, task, to_ns - w->now_ns);
}

