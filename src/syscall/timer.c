/* timer.c: alarm, interval timers, POSIX timers, timerfd. What is due when is model/timer.c; who delivers is the engine.
 *
 * Owns: the calls that make, set, ask and delete timers. Must not know: how a signal reaches a guest.
 *
 * Invariants
 *  M1. No timer of the kernel is ever armed for a guest.
 *  M2. A timerfd is a real eventfd, which counts, polls and is read the same way: an expiry is an addition to it, so
 *      duplicated and inherited descriptors, poll and epoll just work. The model finds its timer by the eventfd's id,
 *      whatever number the descriptor has; a new descriptor with a known id proves that the old one is gone.
 *  M3. Asking what is left is a clock read to the model, so that polling a timer ends.
 *  M4. POSIX timer ids count up from 0 in each process, as in Linux.
 */
#include "syscall/time.h"

#include <string.h>

#include "syscall/abi.h"
#include "syscall/table.h"

handler do_alarm, do_setitimer, do_getitimer, do_timer_create, do_timer_settime, do_timer_gettime, do_timer_getoverrun, do_timer_delete, do_timerfd_create,
	do_timerfd_settime, do_timerfd_gettime, do_eventfd;

enum {
	SIG_ALRM = 14, SIG_VTALRM = 26, SIG_PROF = 27, SIG_LAST = 64,
	NOTIFY_SIGNAL = 0, NOTIFY_NONE = 1, NOTIFY_THREAD = 2, NOTIFY_THREAD_ID = 4,
	SETTIME_ABSTIME = 1,
	TFD_CANCEL_ON_SET_BIT = 2,  /* nobody can set the clock, so nothing is ever cancelled */
	O_NONBLOCK_BIT = 04000, O_CLOEXEC_BIT = 02000000,
	POLL_IN = 1,
};

struct spec { int64_t interval_ns, value_ns; };

/* struct itimerspec, also the order of the fields in struct itimerval. */
static int read_itimerspec(struct call *c, gaddr p, struct spec *ret)
{
	int e = read_timespec(c, p, &ret->interval_ns), f = read_timespec(c, p + 16, &ret->value_ns);

	return e == -EFAULT || f == -EFAULT ? -EFAULT : e < 0 ? e : f;
}

static int write_itimerspec(struct call *c, gaddr p, const struct spec *s)
{
	int64_t v[4] = { s->interval_ns / NSEC, s->interval_ns % NSEC, s->value_ns / NSEC, s->value_ns % NSEC };

	return x_write(c, p, v, sizeof(v));
}

static int read_itimerval(struct call *c, gaddr p, struct spec *ret)
{
	int e = read_timeval(c, p, &ret->interval_ns), f = read_timeval(c, p + 16, &ret->value_ns);

	return e == -EFAULT || f == -EFAULT ? -EFAULT : e < 0 ? e : f;
}

static int write_itimerval(struct call *c, gaddr p, const struct spec *s)
{
	int64_t v[4] = { s->interval_ns / NSEC, s->interval_ns % NSEC / 1000, s->value_ns / NSEC, s->value_ns % NSEC / 1000 };

	return x_write(c, p, v, sizeof(v));
}

/* What is left, never 0 while armed (`least` then: the caller's unit): 0 would say that it is not. */
static struct spec timer_left(struct world *w, const struct timer *t, int64_t least)
{
	struct spec s = { .interval_ns = t->interval_ns, .value_ns = 0 };

	if (t->deadline_ns == NO_DEADLINE)
		return s;
	s.value_ns = t->deadline_ns - timer_cpu_now(w, t);
	if (s.value_ns < least)
		s.value_ns = least;
	return s;
}

/* ---- interval timers ----------------------------------------------------------------------------------------------- */

/* The process's timer of this kind, made when it has none yet; NULL: table full. */
static struct timer *itimer_of(struct call *c, uint32_t kind)
{
	static const uint8_t signals[3] = { SIG_ALRM, SIG_VTALRM, SIG_PROF };
	uint32_t proc = c->w->tasks[c->task].proc, i;
	struct proc *p = &c->w->procs[proc];
	struct timer *t;

	if (p->itimer[kind])
		return &c->w->timers[p->itimer[kind] - 1];
	i = timer_new(c->w, proc);
	if (i == NO_INDEX)
		return NULL;
	p->itimer[kind] = i + 1;
	t = &c->w->timers[i];
	t->kind = kind;
	t->signo = signals[kind];
	if (kind != TIMER_REAL) {
		t->cpu = TIMER_CPU_PROC;
		t->cpu_proc = proc;
		t->cpu_serial = p->serial;
	}
	return t;
}

static struct spec itimer_get(struct call *c, uint32_t kind)
{
	const struct proc *p = world_proc(c->w, c->task);
	struct spec none = { 0, 0 };

	clock_read(c->w, c->task);
	return p->itimer[kind] ? timer_left(c->w, &c->w->timers[p->itimer[kind] - 1], 1000) : none;
}

static void arm_relative(struct world *w, struct timer *t, const struct spec *s)
{
	int64_t at = s->value_ns ? deadline_add(timer_cpu_now(w, t), s->value_ns) : NO_DEADLINE;

	/* Linux forgets the interval of a disarmed ITIMER_REAL, and only of that. */
	timer_arm(w, (uint32_t)(t - w->timers), at, s->value_ns || t->kind != TIMER_REAL ? s->interval_ns : 0);
}

/* setitimer(which, new, old): expiry at a logical instant instead of a real one; ITIMER_VIRTUAL and _PROF count the logical CPU time. */
enum outcome do_setitimer(struct call *c)
{
	uint32_t kind = (uint32_t)c->arg[0];
	struct spec s = { 0, 0 }, old;
	struct timer *t;
	int e = c->arg[1] ? read_itimerval(c, c->arg[1], &s) : 0;

	if (e < 0)
		return done(c, e);
	if (kind > TIMER_PROF)
		return done(c, -EINVAL);
	old = itimer_get(c, kind);
	t = itimer_of(c, kind);
	if (!t)
		return done(c, -ENOMEM);
	arm_relative(c->w, t, &s);
	return done(c, c->arg[2] ? write_itimerval(c, c->arg[2], &old) : 0);
}

/* getitimer(which, old): what is left in logical time. */
enum outcome do_getitimer(struct call *c)
{
	struct spec s;

	if ((uint32_t)c->arg[0] > TIMER_PROF)
		return done(c, -EINVAL);
	s = itimer_get(c, (uint32_t)c->arg[0]);
	return done(c, write_itimerval(c, c->arg[1], &s));
}

/* alarm(seconds): ITIMER_REAL by its old name; what was left is rounded as Linux does, never down to 0. */
enum outcome do_alarm(struct call *c)
{
	uint32_t seconds = (uint32_t)c->arg[0] > INT32_MAX ? INT32_MAX : (uint32_t)c->arg[0];
	struct spec s = { .interval_ns = 0, .value_ns = seconds * NSEC }, old = itimer_get(c, TIMER_REAL);
	struct timer *t = itimer_of(c, TIMER_REAL);
	int64_t left = old.value_ns / NSEC, rest = old.value_ns % NSEC;

	if (!t)
		return done(c, 0);
	arm_relative(c->w, t, &s);
	if ((!left && rest) || rest >= NSEC / 2)
		left++;
	return done(c, left);
}

/* ---- POSIX timers -------------------------------------------------------------------------------------------------- */

static uint32_t posix_find(struct call *c, int32_t id)
{
	for (uint32_t i = 0; i < c->w->timers_high; i++) {
		const struct timer *t = &c->w->timers[i];

		if (t->used && t->kind == TIMER_POSIX && t->id == id && t->proc == c->w->tasks[c->task].proc)
			return i;
	}
	return NO_INDEX;
}

/* struct sigevent -> the timer's signal. */
static int read_sigevent(struct call *c, struct timer *t)
{
	struct { uint64_t value; int32_t signo, notify, tid, pad[11]; } ev = { .signo = SIG_ALRM };

	if (!c->arg[1]) {
		t->signo = SIG_ALRM;
		t->value = (uint64_t)t->id;
		return 0;
	}
	if (x_read(c, c->arg[1], &ev, sizeof(ev)) < 0)
		return -EFAULT;
	t->value = ev.value;
	switch (ev.notify) {
	case NOTIFY_NONE:
		return 0;
	case NOTIFY_THREAD_ID:
		t->task = ev.tid == x_tid(c) ? c->task : x_task_of(c, ev.tid);
		if (t->task == NO_INDEX || c->w->tasks[t->task].proc != t->proc)
			return -EINVAL;
		t->task_serial = c->w->tasks[t->task].serial;
		break;
	case NOTIFY_SIGNAL:
	case NOTIFY_THREAD:
		break;
	default:
		return -EINVAL;
	}
	if (ev.signo <= 0 || ev.signo > SIG_LAST)
		return -EINVAL;
	t->signo = (uint32_t)ev.signo;
	return 0;
}

/* timer_create(clock, event, ret_id): ids are already a function of past calls; the timer lives in the model only. */
enum outcome do_timer_create(struct call *c)
{
	uint32_t proc = c->w->tasks[c->task].proc, i;
	struct clock_ref r;
	struct timer *t;
	int e;

	if (clock_resolve(c, (int32_t)c->arg[0], &r) < 0)
		return done(c, -EINVAL);
	if (r.timer_errno)
		return done(c, r.timer_errno);
	i = timer_new(c->w, proc);
	if (i == NO_INDEX)
		return done(c, -EAGAIN);
	t = &c->w->timers[i];
	t->kind = TIMER_POSIX;
	t->id = c->w->procs[proc].next_timer_id;
	t->clock = (uint32_t)c->arg[0];
	t->cpu = r.cpu;
	t->cpu_task = r.cpu == TIMER_CPU_TASK ? r.task : 0;
	t->cpu_proc = r.cpu == TIMER_CPU_PROC ? r.proc : 0;
	t->cpu_serial = r.serial;
	e = read_sigevent(c, t);
	if (e == 0)
		e = x_write(c, c->arg[2], &t->id, sizeof(t->id));
	if (e < 0) {
		timer_free(c->w, i);
		return done(c, e);
	}
	c->w->procs[proc].next_timer_id = t->id == INT32_MAX ? 0 : t->id + 1;
	return done(c, 0);
}

/* A value on the timer's clock -> its deadline. 0 disarms. */
static int64_t spec_deadline(struct call *c, const struct timer *t, const struct spec *s, bool absolute)
{
	struct clock_ref r;

	if (!s->value_ns)
		return NO_DEADLINE;
	if (!absolute)
		return deadline_add(timer_cpu_now(c->w, t), s->value_ns);
	if (t->cpu || clock_resolve(c, (int32_t)t->clock, &r) < 0)
		return s->value_ns;
	return clock_ref_deadline(&r, s->value_ns);
}

/* timer_settime(id, flags, new, old): armed in logical time. */
enum outcome do_timer_settime(struct call *c)
{
	struct spec s, old;
	struct timer *t;
	uint32_t i;
	int e = c->arg[2] ? read_itimerspec(c, c->arg[2], &s) : -EINVAL;

	if (e < 0)
		return done(c, e);
	i = posix_find(c, (int32_t)c->arg[0]);
	if (i == NO_INDEX)
		return done(c, -EINVAL);
	t = &c->w->timers[i];
	clock_read(c->w, c->task);
	old = timer_left(c->w, t, 1);
	t->overrun = t->overrun_last = 0;
	timer_arm(c->w, i, spec_deadline(c, t, &s, c->arg[1] & SETTIME_ABSTIME), s.value_ns ? s.interval_ns : 0);
	return done(c, c->arg[3] ? write_itimerspec(c, c->arg[3], &old) : 0);
}

/* timer_gettime(id, ret): what is left in logical time. */
enum outcome do_timer_gettime(struct call *c)
{
	uint32_t i = posix_find(c, (int32_t)c->arg[0]);
	struct spec s;

	if (i == NO_INDEX)
		return done(c, -EINVAL);
	clock_read(c->w, c->task);
	s = timer_left(c->w, &c->w->timers[i], 1);
	return done(c, write_itimerspec(c, c->arg[1], &s));
}

/* timer_getoverrun(id): expiries between the sending and the taking of the last signal; logical, so a function of events. */
enum outcome do_timer_getoverrun(struct call *c)
{
	uint32_t i = posix_find(c, (int32_t)c->arg[0]);

	return done(c, i == NO_INDEX ? -EINVAL : (int64_t)c->w->timers[i].overrun_last);
}

/* timer_delete(id) */
enum outcome do_timer_delete(struct call *c)
{
	uint32_t i = posix_find(c, (int32_t)c->arg[0]);

	if (i == NO_INDEX)
		return done(c, -EINVAL);
	timer_free(c->w, i);
	return done(c, 0);
}

/* ---- timerfd ------------------------------------------------------------------------------------------------------- */

void timerfd_forget(struct call *c, int fd)
{
	int64_t id;
	uint32_t i;

	if (!c->w->timers_high)
		return;
	id = x_eventfd_id(c, fd);
	i = id < 0 ? NO_INDEX : timer_find_fd(c->w, (uint64_t)id);
	if (i != NO_INDEX)
		timer_free(c->w, i);
}

/* eventfd(n), eventfd2(n, flags): the kernel's; it may reuse the identity of a timerfd that was closed. */
enum outcome do_eventfd(struct call *c)
{
	int64_t fd = x_original(c);

	if (fd >= 0 && !x_dead(c))
		timerfd_forget(c, (int)fd);
	return done(c, fd);
}

/* timerfd_create(clock, flags): an eventfd in the guest and a timer in the model. */
enum outcome do_timerfd_create(struct call *c)
{
	int32_t clock = (int32_t)c->arg[0];
	uint64_t flags = (uint32_t)c->arg[1];
	int64_t fd, id;
	uint32_t i;

	if (flags & ~(uint64_t)(O_NONBLOCK_BIT | O_CLOEXEC_BIT))
		return done(c, -EINVAL);
	if (clock == ID_REALTIME_ALARM || clock == ID_BOOTTIME_ALARM)
		return done(c, -EPERM);
	if (clock != ID_REALTIME && clock != ID_MONOTONIC && clock != ID_BOOTTIME)
		return done(c, -EINVAL);
	fd = x_real(c, __NR_eventfd2, 0, flags, 0, 0, 0, 0);
	if (fd < 0 || x_dead(c))
		return done(c, fd);
	timerfd_forget(c, (int)fd);
	id = x_eventfd_id(c, (int)fd);
	i = id < 0 ? NO_INDEX : timer_new(c->w, c->w->tasks[c->task].proc);
	if (i == NO_INDEX) {
		x_real(c, __NR_close, (uint64_t)fd, 0, 0, 0, 0, 0);
		return done(c, -ENOMEM);
	}
	c->w->timers[i].kind = TIMER_FD;
	c->w->timers[i].id = (int32_t)fd;
	c->w->timers[i].value = (uint64_t)id;
	c->w->timers[i].clock = (uint32_t)clock;
	return done(c, fd);
}

/* The timer behind a descriptor. -EBADF, -EINVAL as Linux says it. */
static int timerfd_find(struct call *c, int fd, uint32_t *ret_timer)
{
	int64_t id = x_eventfd_id(c, fd);

	if (id < 0)
		return (int)id;
	*ret_timer = timer_find_fd(c->w, (uint64_t)id);
	return *ret_timer == NO_INDEX ? -EINVAL : 0;
}

/* Most processes that have timers have none of these, and need not be asked what the descriptor is. */
bool is_timerfd(struct call *c, int fd)
{
	uint32_t i = 0;

	while (i < c->w->timers_high && !(c->w->timers[i].used && c->w->timers[i].kind == TIMER_FD))
		i++;
	return i < c->w->timers_high && timerfd_find(c, fd, &i) == 0;
}

/* timerfd_settime(fd, flags, new, old): armed in logical time; expiries that nobody read are forgotten, as Linux does. */
enum outcome do_timerfd_settime(struct call *c)
{
	int fd = (int)c->arg[0];
	uint64_t ticks;
	struct spec s = { 0 }, old;
	struct timer *t;
	uint32_t i = NO_INDEX;
	int e = read_itimerspec(c, c->arg[2], &s);

	if (e == 0 && ((uint32_t)c->arg[1] & ~(uint32_t)(SETTIME_ABSTIME | TFD_CANCEL_ON_SET_BIT)))
		e = -EINVAL;
	if (e == 0)
		e = timerfd_find(c, fd, &i);
	if (e < 0)
		return done(c, e);
	clock_read(c->w, c->task);
	t = &c->w->timers[i];
	old = timer_left(c->w, t, 1);
	t->proc = c->w->tasks[c->task].proc; /* who set it last certainly holds it: expiries are delivered there */
	t->id = fd;
	if (x_fd_poll(c, fd, POLL_IN) & POLL_IN)
		x_fd_read(c, fd, &ticks, sizeof(ticks));
	timer_arm(c->w, i, spec_deadline(c, t, &s, c->arg[1] & SETTIME_ABSTIME), s.interval_ns);
	return done(c, c->arg[3] ? write_itimerspec(c, c->arg[3], &old) : 0);
}

/* timerfd_gettime(fd, ret): what is left in logical time. */
enum outcome do_timerfd_gettime(struct call *c)
{
	struct spec s;
	uint32_t i = NO_INDEX;
	int e = timerfd_find(c, (int)c->arg[0], &i);

	if (e < 0)
		return done(c, e);
	clock_read(c->w, c->task);
	s = timer_left(c->w, &c->w->timers[i], 1);
	return done(c, write_itimerspec(c, c->arg[1], &s));
}
