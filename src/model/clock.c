/* clock.c: the one logical clock. Every clock id, the vdso, rdtsc, CPU times and file times are views of now_ns and cpu_ns.
 *
 * Owns: how much an ordered event costs, and the ramp. Must not know: the host's clocks.
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
 *
 * A read pays at clock_read(), so that the value it shows includes the price; clock_event(), which follows every call,
 * sees by clock_reads having grown that the event was a read, and takes nothing more.
 */
#include "model/world.h"

enum {
	READ_NS = 1000,             /* a read of a clock */
	RAMP_FLAT = 8,            /* reads at the plain price */
	RAMP_MAX_NS = 1000000000,
	RAMP_MAX_SHIFT = 20,        /* READ_NS << 20 is more than RAMP_MAX_NS */
};

/* The clock stays below NO_DEADLINE whatever happens: a guest can sleep for centuries. */
static int64_t later(int64_t at, int64_t by)
{
	return at > NO_DEADLINE - 1 - by ? NO_DEADLINE - 1 : at + by;
}

static void charge(struct world *w, uint32_t task, int64_t ns)
{
	struct proc *p = world_proc(w, task);

	w->now_ns = later(w->now_ns, ns);
	w->tasks[task].cpu_ns = later(w->tasks[task].cpu_ns, ns);
	p->cpu_ns = later(p->cpu_ns, ns);
}

void clock_event(struct world *w, uint32_t task)
{
	struct task *t = &w->tasks[task];

	w->events++;
	t->events++;
	if (t->clock_reads != t->clock_reads_seen) {
		t->clock_reads_seen = t->clock_reads;
		return;
	}
	t->clock_reads = t->clock_reads_seen = 0;
	charge(w, task, CLOCK_EVENT_NS);
}

static int64_t read_cost(uint32_t k)
{
	uint32_t shift = k > RAMP_FLAT ? k - RAMP_FLAT : 0;

	if (shift >= RAMP_MAX_SHIFT)
		return RAMP_MAX_NS;
	return (int64_t)READ_NS << shift;
}

int64_t clock_read(struct world *w, uint32_t task)
{
	return clock_read_at(w, task, 0);
}

int64_t clock_read_at(struct world *w, uint32_t task, uint64_t place)
{
	struct task *t = &w->tasks[task];

	if (place != t->clock_places[0] && place != t->clock_places[1]) {
		t->clock_places[1] = t->clock_places[0];
		t->clock_places[0] = place;
		t->clock_reads = t->clock_reads_seen = 0;
	}
	if (t->clock_reads < UINT32_MAX / 2)
		t->clock_reads++;
	else
		t->clock_reads_seen--; /* far up the ramp only the difference matters */
	charge(w, task, read_cost(t->clock_reads));
	return w->now_ns;
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

int64_t clock_monotonic(const struct world *w)
{
	return w->now_ns - w->epoch_ns + (int64_t)CLOCK_BOOT_S * 1000000000;
}
