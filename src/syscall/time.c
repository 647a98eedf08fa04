/* time.c: looking at clocks, sleeping on them, CPU times. The clock itself is model/clock.c.
 *
 * Owns: what each clock id means. Must not know: the host's clocks; nothing here performs a real call.
 *
 * Invariants
 *  C1. All wall clocks are one clock with different origins: realtime starts at the epoch, monotonic, raw and boottime at
 *      CLOCK_BOOT_S seconds, TAI is 37 seconds ahead of realtime. Coarse clocks are the fine ones rounded down.
 *  C2. Every way to learn the time is a clock read to the model, so that the ramp ends every loop that polls.
 *  C3. CPU time is what the model charged for ordered events; all of it is user time.
 *  C4. A sleep's deadline is computed once, at the first try (mem[0]), and is absolute and logical.
 */
#include "syscall/time.h"

#include <string.h>

#include "sched/sched.h"
#include "syscall/abi.h"
#include "syscall/table.h"

handler do_clock_gettime, do_clock_getres, do_gettimeofday, do_time, do_nanosleep, do_clock_nanosleep, do_times, do_getrusage, do_adjtimex,
	do_sched_yield;

enum {
	TAI_AHEAD_S = 37,
	COARSE_NS = 4000000,        /* a tick of a kernel with HZ=250, Debian's */
	USER_HZ_NS = 10000000,      /* times(2) counts hundredths */
	SLEEP_ABSTIME = 1,          /* TIMER_ABSTIME */
	MAX_RSS_KIB = 16384,        /* plausible, and the same for all */
};

/* Dynamic ids (include/linux/posix-timers.h): the complement of a pid or tid shifted by three, one bit for "a thread", two for the kind. */
enum { CPUCLOCK_KIND = 3, CPUCLOCK_SCHED = 2, CPUCLOCK_FD = 3, CPUCLOCK_THREAD = 4 };

static void of_task(struct call *c, uint32_t task, struct clock_ref *r)
{
	r->cpu = TIMER_CPU_TASK;
	r->task = task;
	r->serial = c->w->tasks[task].serial;
}

static void of_proc(struct call *c, uint32_t proc, struct clock_ref *r)
{
	r->cpu = TIMER_CPU_PROC;
	r->proc = proc;
	r->serial = c->w->procs[proc].serial;
}

/* CPU clocks of other processes are open to all; those of threads to their own process only, as in Linux. */
static int resolve_dynamic(struct call *c, int32_t id, struct clock_ref *r)
{
	int32_t pid = ~(id >> 3);
	bool thread = id & CPUCLOCK_THREAD;
	uint32_t task = pid == 0 || pid == x_tid(c) ? c->task : x_task_of(c, pid);

	if ((id & CPUCLOCK_KIND) == CPUCLOCK_FD || task == NO_INDEX)
		return -EINVAL;
	r->resolution_ns = (id & CPUCLOCK_KIND) == CPUCLOCK_SCHED ? 1 : COARSE_NS;
	if (!thread) {
		of_proc(c, c->w->tasks[task].proc, r);
		return 0;
	}
	if (c->w->tasks[task].proc != c->w->tasks[c->task].proc)
		return -EINVAL;
	of_task(c, task, r);
	if (task == c->task)
		r->sleep_errno = -EINVAL;
	return 0;
}

int clock_resolve(struct call *c, int32_t id, struct clock_ref *ret)
{
	int64_t since_boot = CLOCK_BOOT_S * NSEC - c->w->epoch_ns;

	memset(ret, 0, sizeof(*ret));
	ret->task = ret->proc = NO_INDEX;
	ret->resolution_ns = 1;
	if (id < 0)
		return resolve_dynamic(c, id, ret);
	switch (id) {
	case ID_REALTIME:
		break;
	case ID_TAI:
		ret->offset_ns = TAI_AHEAD_S * NSEC;
		break;
	case ID_MONOTONIC:
	case ID_BOOTTIME:
		ret->offset_ns = since_boot;
		break;
	case ID_PROCESS_CPU:
		of_proc(c, c->w->tasks[c->task].proc, ret);
		break;
	case ID_THREAD_CPU:
		of_task(c, c->task, ret);
		ret->sleep_errno = -EOPNOTSUPP;
		break;
	case ID_RAW:
		ret->offset_ns = since_boot;
		ret->sleep_errno = ret->timer_errno = -EOPNOTSUPP;
		break;
	case ID_MONOTONIC_COARSE:
		ret->offset_ns = since_boot;
		/* fall through */
	case ID_REALTIME_COARSE:
		ret->resolution_ns = COARSE_NS;
		ret->sleep_errno = ret->timer_errno = -EOPNOTSUPP;
		break;
	case ID_BOOTTIME_ALARM:
		ret->offset_ns = since_boot;
		/* fall through */
	case ID_REALTIME_ALARM:
		ret->sleep_errno = ret->timer_errno = -EPERM; /* would wake the machine: CAP_WAKE_ALARM */
		break;
	default:
		return -EINVAL;
	}
	return 0;
}

static int64_t clock_ref_now(const struct world *w, const struct clock_ref *r)
{
	if (r->cpu == TIMER_CPU_TASK)
		return clock_task_cpu(w, r->task);
	if (r->cpu == TIMER_CPU_PROC)
		return clock_proc_cpu(w, r->proc);
	return clock_now(w) + r->offset_ns;
}

int64_t deadline_add(int64_t now_ns, int64_t ns)
{
	int64_t at;

	if (__builtin_add_overflow(now_ns, ns, &at))
		return ns < 0 ? INT64_MIN : NO_DEADLINE;
	return at;
}

int64_t clock_ref_deadline(const struct clock_ref *r, int64_t value_ns)
{
	if (value_ns == INT64_MAX)
		return NO_DEADLINE;
	return deadline_add(value_ns, -r->offset_ns);
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

/* clock_gettime(id, ts): the value depends on the host's clock: eliminated, the logical clock answers. */
enum outcome do_clock_gettime(struct call *c)
{
	struct clock_ref r;
	int64_t now;

	if (clock_resolve(c, (int32_t)c->arg[0], &r) < 0)
		return done(c, -EINVAL);
	clock_read_at(c->w, c->task, c->arg[1]);
	now = clock_ref_now(c->w, &r);
	if (!r.cpu)
		now -= now % r.resolution_ns;
	if (!r.cpu && r.resolution_ns == 1)
		clock_shows(c->w, r.offset_ns);
	return done(c, write_timespec(c, c->arg[1], now));
}

/* clock_getres(id, ts or NULL): depends on the kernel's timers: normalised to 1 ns, 4 ms for the coarse clocks. */
enum outcome do_clock_getres(struct call *c)
{
	struct clock_ref r;

	if (clock_resolve(c, (int32_t)c->arg[0], &r) < 0)
		return done(c, -EINVAL);
	return done(c, c->arg[1] ? write_timespec(c, c->arg[1], r.resolution_ns) : 0);
}

/* gettimeofday(tv, tz): host clock eliminated; the kernel's time zone, which nobody sets, is always zero. */
enum outcome do_gettimeofday(struct call *c)
{
	const int32_t utc[2] = { 0, 0 };
	int64_t now = clock_read_at(c->w, c->task, c->arg[0]);

	if (c->arg[0] && write_timeval(c, c->arg[0], now) < 0)
		return done(c, -EFAULT);
	return done(c, c->arg[1] ? x_write(c, c->arg[1], utc, sizeof(utc)) : 0);
}

/* time(p): host clock eliminated. */
enum outcome do_time(struct call *c)
{
	int64_t now = clock_read(c->w, c->task) / NSEC;

	if (c->arg[0] && x_write(c, c->arg[0], &now, sizeof(now)) < 0)
		return done(c, -EFAULT);
	return done(c, now);
}

/* times(buf): CPU times and uptime depend on host and load: normalised to the model's. */
enum outcome do_times(struct call *c)
{
	const struct proc *p = world_proc(c->w, c->task);
	int64_t tms[4] = { 0 };

	clock_read(c->w, c->task);
	tms[0] = clock_proc_cpu(c->w, c->w->tasks[c->task].proc) / USER_HZ_NS;
	tms[2] = p->children_cpu_ns / USER_HZ_NS;
	if (c->arg[0] && x_write(c, c->arg[0], tms, sizeof(tms)) < 0)
		return done(c, -EFAULT);
	return done(c, clock_monotonic(c->w) / USER_HZ_NS);
}

enum { RUSAGE_WORDS = 18 }; /* struct rusage */

/* Of a process that has used this much CPU time. */
static void rusage_fill(int64_t cpu_ns, int64_t ret_rusage[RUSAGE_WORDS])
{
	memset(ret_rusage, 0, RUSAGE_WORDS * sizeof(ret_rusage[0]));
	ret_rusage[0] = cpu_ns / NSEC;
	ret_rusage[1] = cpu_ns % NSEC / 1000;
	ret_rusage[4] = MAX_RSS_KIB;
}

/* getrusage(who, usage): times normalised to the model's, memory to a constant; faults, blocks and switches, which the
 * kernel counts as the host happens to behave, are eliminated: zero. */
enum outcome do_getrusage(struct call *c)
{
	const struct proc *p = world_proc(c->w, c->task);
	int64_t r[RUSAGE_WORDS];

	clock_read(c->w, c->task);
	switch ((int32_t)c->arg[0]) {
	case 0:
		rusage_fill(clock_proc_cpu(c->w, c->w->tasks[c->task].proc), r);
		break;
	case 1:
		rusage_fill(clock_task_cpu(c->w, c->task), r);
		break;
	case -1:
		rusage_fill(p->children_cpu_ns, r);
		if (!p->children_cpu_ns)
			r[4] = 0;
		break;
	default:
		return done(c, -EINVAL);
	}
	return done(c, x_write(c, c->arg[1], r, sizeof(r)));
}

/* struct timex, as adjtimex(2) has it. */
struct guest_timex {
	uint32_t modes, pad0;
	int64_t offset, freq, maxerror, esterror;
	int32_t status, pad1;
	int64_t constant, precision, tolerance, sec, usec, tick, pps[3], pps2[5];
	int32_t tai, pad2[11];
};
_Static_assert(sizeof(struct guest_timex) == 208, "struct timex");

/* adjtimex(buf), clock_adjtime(id, buf): how well the host's clock is disciplined is eliminated: a clock that nobody
 * synchronises, as a kernel shows it after boot. Setting anything is refused. */
enum outcome do_adjtimex(struct call *c)
{
	enum { UNSYNC = 0x40, STATE_ERROR = 5, OFFSET_SS_READ = 0xa001 };
	bool by_id = c->nr == __NR_clock_adjtime;
	gaddr p = c->arg[by_id ? 1 : 0];
	struct clock_ref r;
	struct guest_timex t;
	uint32_t modes;
	int64_t now;

	if (x_read(c, p, &modes, sizeof(modes)) < 0)
		return done(c, -EFAULT);
	if (by_id && clock_resolve(c, (int32_t)c->arg[0], &r) < 0)
		return done(c, -EINVAL);
	if (by_id && (int32_t)c->arg[0] != ID_REALTIME)
		return done(c, -EOPNOTSUPP);
	if (modes && modes != OFFSET_SS_READ)
		return done(c, -EPERM);
	now = clock_read(c->w, c->task);
	memset(&t, 0, sizeof(t));
	t.modes = modes;
	t.maxerror = t.esterror = 16000000;
	t.status = UNSYNC;
	t.constant = 2;
	t.precision = 1;
	t.tolerance = 32768000;
	t.sec = now / NSEC;
	t.usec = now % NSEC / 1000;
	t.tick = USER_HZ_NS / 1000;
	return done(c, x_write(c, p, &t, sizeof(t)) < 0 ? -EFAULT : STATE_ERROR);
}

/* ---- sleeping ---------------------------------------------------------------------------------------------------- */

enum { MEM_DEADLINE, MEM_STARTED };

static int64_t sleep_deadline(struct call *c, const struct clock_ref *r, int64_t ns, bool absolute)
{
	if (r->cpu) /* nobody is charged while all sleep: what is missing is waited for on the wall */
		return deadline_add(c->w->now_ns, absolute ? ns - clock_ref_now(c->w, r) : ns);
	return absolute ? clock_ref_deadline(r, ns) : deadline_add(c->w->now_ns, ns);
}

/* Sleeps until mem[MEM_DEADLINE]; rem (0: none) gets what is left when a signal ends it. */
static enum outcome sleep_on(struct call *c, bool absolute, gaddr rem)
{
	int64_t deadline = (int64_t)c->mem[MEM_DEADLINE];

	if (c->timed_out || deadline <= c->w->now_ns)
		return done(c, 0);
	if (x_signal_pending(c, NULL)) {
		if (absolute)
			return done(c, -ERESTARTNOHAND_CODE);
		if (rem && write_timespec(c, rem, deadline - c->w->now_ns) < 0)
			return done(c, -EFAULT);
		return interrupted_until(c, deadline);
	}
	return park_until(c, deadline);
}

static enum outcome sleep_start(struct call *c, const struct clock_ref *r, gaddr req, bool absolute, gaddr rem)
{
	int64_t ns, deadline;
	int e;

	if (!c->mem[MEM_STARTED] && !absolute && resumed_until(c, &deadline)) {
		c->mem[MEM_STARTED] = 1;
		c->mem[MEM_DEADLINE] = (uint64_t)deadline;
	}
	if (!c->mem[MEM_STARTED]) {
		e = read_timespec(c, req, &ns);
		if (e < 0)
			return done(c, e);
		c->mem[MEM_STARTED] = 1;
		c->mem[MEM_DEADLINE] = (uint64_t)sleep_deadline(c, r, ns, absolute);
		if (ns == 0 && !absolute) { /* how some loops say sched_yield */
			c->ret = 0;
			return CALL_YIELD;
		}
	}
	return sleep_on(c, absolute, rem);
}

/* nanosleep(req, rem): real time passing is eliminated; the scheduler ends the sleep at a logical deadline. */
enum outcome do_nanosleep(struct call *c)
{
	struct clock_ref r = { .cpu = TIMER_WALL };

	return sleep_start(c, &r, c->arg[0], false, c->arg[1]);
}

/* clock_nanosleep(id, flags, req, rem): as nanosleep; a sleep on a CPU clock becomes one of the same length on the wall. */
enum outcome do_clock_nanosleep(struct call *c)
{
	bool absolute = c->arg[1] & SLEEP_ABSTIME;
	struct clock_ref r;

	if (clock_resolve(c, (int32_t)c->arg[0], &r) < 0)
		return done(c, -EINVAL);
	if (r.sleep_errno)
		return done(c, r.sleep_errno);
	return sleep_start(c, &r, c->arg[2], absolute, c->arg[3]);
}

/* sched_yield(): ordered: the turn goes to the next. A thread that yields to nobody waits for time to pass: that is a
 * clock read to the model, and ramps. */
enum outcome do_sched_yield(struct call *c)
{
	if (c->w->run_head == NO_INDEX)
		clock_read(c->w, c->task);
	c->ret = 0;
	return CALL_YIELD;
}
