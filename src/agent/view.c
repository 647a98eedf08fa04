/* view.c: the model, where handlers would change it. The world can only be read here: what a call does to it becomes its record's effect, which
 * the supervisor has at the next stop; what would need more is the supervisor's from the beginning. */
#include "agent/internal.h"
#include "model/machine.h"
#include "sched/sched.h"
#include "syscall/abi.h"

#include <string.h>

static void set_effect(enum wire_effect effect, uint64_t a, uint64_t b, uint64_t c)
{
	struct pending *p = &WINDOW->pending;

	if (p->effect != WIRE_NONE)
		agent_cannot();
	p->effect = effect;
	p->a = a;
	p->b = b;
	p->c = c;
}

int64_t clock_now(const struct world *w)
{
	(void)w;
	return WINDOW->pending.now_ns;
}

int64_t clock_task_cpu(const struct world *w, uint32_t task)
{
	return task == WINDOW->task ? WINDOW->pending.task_cpu_ns : w->tasks[task].cpu_ns;
}

int64_t clock_proc_cpu(const struct world *w, uint32_t proc)
{
	return proc == WINDOW->proc ? WINDOW->pending.proc_cpu_ns : w->procs[proc].cpu_ns;
}

bool agent_may_read_clock(uint64_t place)
{
	struct ramp r = WINDOW->pending.ramp;

	return ramp_read(&r, place) < WINDOW->until_ns - WINDOW->pending.now_ns;
}

int64_t clock_read_at(struct world *w, uint32_t task, uint64_t place)
{
	struct pending *p = &WINDOW->pending;
	int64_t cost;

	(void)w;
	(void)task;
	if (!agent_may_read_clock(place))
		agent_cannot();
	cost = ramp_read(&p->ramp, place);
	p->now_ns = ramp_later(p->now_ns, cost);
	p->task_cpu_ns = ramp_later(p->task_cpu_ns, cost);
	p->proc_cpu_ns = ramp_later(p->proc_cpu_ns, cost);
	set_effect(WIRE_CLOCK, place, 0, 0);
	return p->now_ns;
}

void clock_shows(struct world *w, int64_t offset_ns)
{
	(void)w;
	WINDOW->pending.shows = 1;
	WINDOW->pending.offset_ns = offset_ns;
}

int64_t clock_read(struct world *w, uint32_t task)
{
	return clock_read_at(w, task, 0);
}

uint64_t rng_next(struct world *w, uint32_t task)
{
	struct pending *p = &WINDOW->pending;

	(void)w;
	(void)task;
	if (p->effect != WIRE_RANDOM)
		set_effect(WIRE_RANDOM, 0, 0, 0);
	if (p->a >= WIRE_RANDOM_MOST)
		agent_cannot();
	p->a++;
	return rng_step(&p->rng);
}

void world_set_clear_tid(struct world *w, uint32_t task, gaddr at)
{
	(void)w;
	(void)task;
	set_effect(WIRE_CLEAR_TID, at, 0, 0);
}

void world_set_sigchld(struct world *w, uint32_t task, uint32_t caught)
{
	(void)w;
	(void)task;
	set_effect(WIRE_SIGCHLD, caught, 0, 0);
}

void world_set_segv(struct world *w, uint32_t task, const struct signal_action *a)
{
	(void)w;
	(void)task;
	set_effect(WIRE_SEGV, 0, 0, 0);
	WINDOW->pending.segv = *a;
}

void world_get_limit(const struct world *w, uint32_t task, uint32_t resource, uint64_t ret[2])
{
	const struct window *win = WINDOW;
	const struct proc *p = &w->procs[w->tasks[task].proc];

	if (resource < WIRE_LIMITS_MOST && w->tasks[task].proc == win->proc && win->limits_set >> resource & 1)
		memcpy(ret, win->limits[resource], sizeof(win->limits[resource]));
	else if (p->limits_set >> resource & 1)
		memcpy(ret, p->limits[resource], sizeof(p->limits[resource]));
	else
		machine_limit(resource, ret);
}

/* The kernel's own limit is set next. */
void world_set_limit(struct world *w, uint32_t task, uint32_t resource, const uint64_t want[2])
{
	if (w->tasks[task].proc != WINDOW->proc || !((uint32_t)WIRE_LIMITS >> resource & 1))
		agent_cannot();
	set_effect(WIRE_LIMIT, resource, want[0], want[1]);
	WINDOW->pending.acting = ACTING_NEXT;
}

void x_refused(struct call *c, const char *why)
{
	(void)why;
	if (c->w->strict || c->nr != __NR_ioctl)
		agent_cannot();
	set_effect(WIRE_REFUSED, 0, 0, 0);
}

/* ---- who waits ------------------------------------------------------------------------------------------------------- */

static bool waits_for(const struct task *t, uint32_t mm, uint64_t key)
{
	return t->cond.kind == COND_FUTEX && t->cond.mm == mm && t->cond.key == key;
}

/* Nobody, or it is the supervisor's. */
uint32_t futex_wake(struct world *w, uint32_t mm, uint64_t key, uint32_t bitset, uint32_t count)
{
	(void)bitset;
	(void)count;
	for (uint32_t i = w->parked_head; i != NO_INDEX; i = w->tasks[i].next)
		if (waits_for(&w->tasks[i], mm, key))
			agent_cannot();
	for (uint32_t i = w->run_head; i != NO_INDEX; i = w->tasks[i].next)
		if (w->tasks[i].looks_again && waits_for(&w->tasks[i], mm, key))
			agent_cannot();
	return 0;
}

static bool is_changed(uint64_t key)
{
	const struct window *w = WINDOW;

	for (uint32_t i = 0; i < w->n_channels && i < WIRE_CHANNELS; i++)
		if (w->channels[i] == key)
			return true;
	return false;
}

/* A wake-up that would hand the turn over at once, as seen from here. */
static bool hands_over(const struct world *w, uint32_t proc)
{
	const struct window *win = WINDOW;
	uint32_t n = w->procs[proc].futex_wakes + 1;

	for (uint32_t i = 0; i < win->n_woken && i < WIRE_CHANNELS; i++)
		n += win->woken[i] == proc;
	return n % FUTEX_HAND_OVER == 0;
}

/* More than one who waits is the supervisor's. */
void futex_channel_next(struct world *w, uint64_t key)
{
	const struct window *win = WINDOW;
	uint32_t n = 0;

	if (is_changed(key))
		return;
	for (uint32_t i = w->parked_head; i != NO_INDEX; i = w->tasks[i].next)
		if (waits_for(&w->tasks[i], FUTEX_CHANNELS, key) && (n++ || hands_over(w, w->tasks[i].proc)))
			agent_cannot();
	if (win->n_channels >= WIRE_CHANNELS || win->n_woken >= WIRE_CHANNELS)
		agent_cannot();
}

void futex_channel(struct world *w, uint64_t key)
{
	struct window *win = WINDOW;

	set_effect(WIRE_CHANNEL, key, 0, 0);
	if (is_changed(key))
		return;
	win->channels[win->n_channels++] = key;
	for (uint32_t i = w->parked_head; i != NO_INDEX; i = w->tasks[i].next)
		if (waits_for(&w->tasks[i], FUTEX_CHANNELS, key))
			win->woken[win->n_woken++] = w->tasks[i].proc;
}

/* ---- terminals --------------------------------------------------------------------------------------------------------- */

static uint64_t tty_key(uint32_t terminal, bool to_slave)
{
	return terminal * 2 + to_slave;
}

uint32_t world_tty_held(const struct world *w, uint32_t terminal, bool to_slave)
{
	const struct window *win = WINDOW;
	const uint64_t key = tty_key(terminal, to_slave);

	if (win->pending.effect == WIRE_TTY && win->pending.a == key)
		return (uint32_t)win->pending.b;
	for (uint32_t i = 0; i < win->n_ttys && i < WIRE_TTYS; i++)
		if (win->ttys[i].key == key)
			return (uint32_t)win->ttys[i].held;
	return w->terminals[terminal].held[to_slave];
}

/* Whether there is room was seen before bytes were moved (x_will_move()). */
void world_tty_hold(struct world *w, uint32_t terminal, bool to_slave, uint32_t n)
{
	struct window *win = WINDOW;

	(void)w;
	if (win->pending.effect == WIRE_TTY && win->pending.a == tty_key(terminal, to_slave)) {
		win->pending.b = n;
		return;
	}
	if (win->n_ttys >= WIRE_TTYS)
		agent_cannot();
	set_effect(WIRE_TTY, tty_key(terminal, to_slave), n, 0);
}

/* At the call's record. */
void agent_note_tty(uint64_t key, uint64_t held)
{
	struct window *win = WINDOW;
	uint32_t i = 0;

	while (i < win->n_ttys && i < WIRE_TTYS - 1 && win->ttys[i].key != key)
		i++;
	win->ttys[i].key = key;
	win->ttys[i].held = held;
	if (i == win->n_ttys)
		win->n_ttys++;
}

/* What is left to the supervisor has done nothing, and of what is done it counts the record. */
void world_progress(struct world *w)
{
	(void)w;
}

/* ---- state that is set once, or as it is -------------------------------------------------------------------------------- */

void world_sem_undo(struct world *w)
{
	if (!w->sem_undo_seen)
		agent_cannot();
}

void world_sem_waits(struct world *w, uint32_t task, bool waits)
{
	if ((w->tasks[task].sem_waits != 0) != waits)
		agent_cannot();
}

void world_enter_proc(struct world *w)
{
	if (!w->proc_entered)
		agent_cannot();
}

void world_shares_memory(struct world *w)
{
	if (!w->shared_memory_seen)
		agent_cannot();
}
