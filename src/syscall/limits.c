/* limits.c: resource limits, priorities, CPUs and scheduling policies. Freestanding.
 *
 * Inputs: the canonical machine's limits and what the guest itself set. The kernel's own limits are inherited from whoever
 * started detbuild, so they are never shown.
 *
 * Invariants
 *  L1. What a limit says is the model's (struct proc); children inherit it.
 *  L2. Limits that end in a function of past calls (a size, a number of descriptors) are also set in the kernel, as far as its hard limit
 *      allows. Limits on what the host counts (CPU time, processes of a user, locked memory) are only shown.
 *  L3. Priorities, policies and affinities decide nothing, for one thread runs at a time: nice values and CPU sets are
 *      remembered, the rest is accepted where an ordinary user may set it, and forgotten. */
#include "syscall/abi.h"
#include "syscall/table.h"

#include <string.h>

#include "model/machine.h"

/* The task that a process or thread id means; NO_INDEX: nobody. */
static uint32_t task_meant(struct call *c, int32_t pid)
{
	if (!pid || pid == x_tid(c) || pid == x_pid(c))
		return c->task;
	return pid < 0 ? NO_INDEX : x_task_of(c, pid);
}

/* ---- resource limits ----------------------------------------------------------------------------------------------- */

enum { LIMIT_FSIZE = 1, LIMIT_DATA = 2, LIMIT_STACK = 3, LIMIT_CORE = 4, LIMIT_NOFILE = 7, LIMIT_AS = 9 };

static bool is_enforced(uint32_t resource)
{
	const uint32_t set = 1u << LIMIT_FSIZE | 1u << LIMIT_DATA | 1u << LIMIT_STACK | 1u << LIMIT_CORE | 1u << LIMIT_NOFILE | 1u << LIMIT_AS;

	return set >> resource & 1;
}

/* L2, for the process `pid`, 0: the caller's. The hard limit stays, so that the guest can raise again what the model lets it
 * raise. A failure cannot be shown. */
static void enforce(struct call *c, uint64_t pid, uint32_t resource, uint64_t soft)
{
	gaddr page = x_scratch(c);
	uint64_t real[2];

	if (!page || x_real(c, __NR_prlimit64, pid, resource, 0, page, 0, 0) < 0 || x_read(c, page, real, sizeof(real)) < 0)
		return;
	real[0] = soft < real[1] ? soft : real[1];
	if (x_write(c, page, real, sizeof(real)) == 0)
		x_real(c, __NR_prlimit64, pid, resource, page, 0, 0, 0);
}

/* The agent's part of the address space is not the program's. */
static uint64_t beside_agent(const struct call *c, uint64_t limit)
{
	return limit > UINT64_MAX - c->w->agent_space ? UINT64_MAX : limit + c->w->agent_space;
}

static int64_t set_limit(struct call *c, uint32_t task, uint64_t pid, uint32_t resource, const uint64_t want[2])
{
	uint64_t old[2];

	world_get_limit(c->w, task, resource, old);
	if (want[0] > want[1])
		return -EINVAL;
	if (want[1] > old[1] || (resource == LIMIT_NOFILE && want[1] > MACHINE_NR_OPEN))
		return -EPERM;
	world_set_limit(c->w, task, resource, want);
	if (is_enforced(resource))
		enforce(c, pid, resource, resource == LIMIT_AS ? beside_agent(c, want[0]) : want[0]);
	return 0;
}

enum outcome do_getrlimit(struct call *c)
{
	uint64_t v[2];

	if ((uint32_t)c->arg[0] >= MACHINE_LIMITS)
		return done(c, -EINVAL);
	world_get_limit(c->w, c->task, (uint32_t)c->arg[0], v);
	return done(c, x_write(c, c->arg[1], v, sizeof(v)));
}

enum outcome do_setrlimit(struct call *c)
{
	uint64_t v[2];

	if ((uint32_t)c->arg[0] >= MACHINE_LIMITS)
		return done(c, -EINVAL);
	if (x_read(c, c->arg[1], v, sizeof(v)) < 0)
		return done(c, -EFAULT);
	return done(c, set_limit(c, c->task, 0, (uint32_t)c->arg[0], v));
}

enum outcome do_prlimit64(struct call *c)
{
	uint32_t resource = (uint32_t)c->arg[1], task;
	uint64_t want[2], old[2];
	int64_t r = 0;

	if (resource >= MACHINE_LIMITS)
		return done(c, -EINVAL);
	if (c->arg[2] && x_read(c, c->arg[2], want, sizeof(want)) < 0)
		return done(c, -EFAULT);
	task = task_meant(c, (int32_t)c->arg[0]);
	if (task == NO_INDEX)
		return done(c, -ESRCH);
	world_get_limit(c->w, task, resource, old);
	if (c->arg[2])
		r = set_limit(c, task, task == c->task ? 0 : c->arg[0], resource, want);
	if (r == 0 && c->arg[3] && x_write(c, c->arg[3], old, sizeof(old)) < 0)
		r = -EFAULT;
	return done(c, r);
}

/* ---- nice values --------------------------------------------------------------------------------------------------- */

/* A group or user means its member that calls: one nice value is as good as another. */
static int64_t priority_target(struct call *c, struct proc **ret)
{
	int32_t which = (int32_t)c->arg[0];
	uint32_t task = c->task;

	if (which < 0 || which > 2)
		return -EINVAL;
	if (which == 0)
		task = task_meant(c, (int32_t)c->arg[1]);
	if (task == NO_INDEX)
		return -ESRCH;
	*ret = world_proc(c->w, task);
	return 0;
}

enum outcome do_getpriority(struct call *c)
{
	struct proc *p;
	int64_t r = priority_target(c, &p);

	return done(c, r < 0 ? r : 20 - p->nice);
}

enum outcome do_setpriority(struct call *c)
{
	int32_t nice = (int32_t)c->arg[2];
	struct proc *p;
	int64_t r = priority_target(c, &p);

	if (r < 0)
		return done(c, r);
	nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
	if (nice < p->nice)
		return done(c, -EACCES);
	p->nice = nice;
	return done(c, 0);
}

enum { IOPRIO_RT = 1, IOPRIO_CLASSES = 4 };

enum outcome do_ioprio_get(struct call *c)
{
	if ((uint32_t)c->arg[0] - 1 > 2)
		return done(c, -EINVAL);
	return done(c, 0); /* none asked for */
}

enum outcome do_ioprio_set(struct call *c)
{
	uint32_t class = (uint32_t)c->arg[2] >> 13;

	if ((uint32_t)c->arg[0] - 1 > 2 || class >= IOPRIO_CLASSES)
		return done(c, -EINVAL);
	return done(c, class == IOPRIO_RT ? -EPERM : 0);
}

/* ---- CPUs ---------------------------------------------------------------------------------------------------------- */

static uint64_t affinity_of(const struct world *w, uint32_t task)
{
	uint64_t all = machine_cpu_mask(w->cpus), own = w->tasks[task].affinity & all;

	return own ? own : all;
}

/* The first CPU of the affinity mask, always: one thread runs at a time, and nothing tells when the host moves it. */
enum outcome do_getcpu(struct call *c)
{
	uint32_t cpu = (uint32_t)__builtin_ctzll(affinity_of(c->w, c->task)), node = 0;

	if (c->arg[0] && x_write(c, c->arg[0], &cpu, sizeof(cpu)) < 0)
		return done(c, -EFAULT);
	if (c->arg[1] && x_write(c, c->arg[1], &node, sizeof(node)) < 0)
		return done(c, -EFAULT);
	return done(c, 0);
}

/* The kernel copies as many bytes as its own mask has, and says how many: here one word, for at most 64 CPUs. */
enum outcome do_sched_getaffinity(struct call *c)
{
	uint32_t size = (uint32_t)c->arg[1], task;
	uint64_t mask;

	if (size < sizeof(mask) || size % sizeof(mask))
		return done(c, -EINVAL);
	task = task_meant(c, (int32_t)c->arg[0]);
	if (task == NO_INDEX)
		return done(c, -ESRCH);
	mask = affinity_of(c->w, task);
	return done(c, x_write(c, c->arg[2], &mask, sizeof(mask)) < 0 ? -EFAULT : (int64_t)sizeof(mask));
}

enum outcome do_sched_setaffinity(struct call *c)
{
	uint32_t size = (uint32_t)c->arg[1], task;
	uint64_t mask = 0;

	if (x_read(c, c->arg[2], &mask, size < sizeof(mask) ? size : sizeof(mask)) < 0)
		return done(c, -EFAULT);
	task = task_meant(c, (int32_t)c->arg[0]);
	if (task == NO_INDEX)
		return done(c, -ESRCH);
	mask &= machine_cpu_mask(c->w->cpus);
	if (!mask)
		return done(c, -EINVAL);
	c->w->tasks[task].affinity = mask;
	return done(c, 0);
}

/* ---- scheduling policies ------------------------------------------------------------------------------------------- */

enum { POLICY_OTHER = 0, POLICY_FIFO = 1, POLICY_RR = 2, POLICY_BATCH = 3, POLICY_IDLE = 5, POLICY_DEADLINE = 6, POLICY_RESET_ON_FORK = 0x40000000 };

static int64_t check_policy(uint32_t policy, int32_t priority)
{
	switch (policy & ~(uint32_t)POLICY_RESET_ON_FORK) {
	case POLICY_OTHER:
	case POLICY_BATCH:
	case POLICY_IDLE:
		return priority ? -EINVAL : 0;
	case POLICY_FIFO:
	case POLICY_RR:
		return priority < 1 || priority > 99 ? -EINVAL : -EPERM;
	case POLICY_DEADLINE:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

/* 0, -EINVAL or -ESRCH for the id in the first argument. */
static int64_t sched_target(struct call *c, struct proc **ret)
{
	int32_t pid = (int32_t)c->arg[0];
	uint32_t task = pid < 0 ? NO_INDEX : task_meant(c, pid);

	if (task == NO_INDEX)
		return pid < 0 ? -EINVAL : -ESRCH;
	*ret = world_proc(c->w, task);
	return 0;
}

enum outcome do_sched_setscheduler(struct call *c)
{
	struct proc *p;
	int64_t r = sched_target(c, &p);
	int32_t priority;

	if (r < 0 || (int32_t)c->arg[1] < 0)
		return done(c, r < 0 ? r : -EINVAL);
	if (x_read(c, c->arg[2], &priority, sizeof(priority)) < 0)
		return done(c, -EFAULT);
	return done(c, check_policy((uint32_t)c->arg[1], priority));
}

enum outcome do_sched_getscheduler(struct call *c)
{
	struct proc *p;
	int64_t r = sched_target(c, &p);

	return done(c, r < 0 ? r : POLICY_OTHER);
}

enum outcome do_sched_setparam(struct call *c)
{
	struct proc *p;
	int64_t r = sched_target(c, &p);
	int32_t priority;

	if (r < 0)
		return done(c, r);
	if (x_read(c, c->arg[1], &priority, sizeof(priority)) < 0)
		return done(c, -EFAULT);
	return done(c, check_policy(POLICY_OTHER, priority));
}

enum outcome do_sched_getparam(struct call *c)
{
	struct proc *p;
	int64_t r = sched_target(c, &p);
	int32_t priority = 0;

	if (r < 0)
		return done(c, r);
	return done(c, x_write(c, c->arg[1], &priority, sizeof(priority)));
}

enum outcome do_sched_rr_get_interval(struct call *c)
{
	struct proc *p;
	int64_t r = sched_target(c, &p);

	return done(c, r < 0 ? r : write_timespec(c, c->arg[1], 4000000));
}

/* struct sched_attr in its first published size. */
struct sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

_Static_assert(sizeof(struct sched_attr) == 48, "SCHED_ATTR_SIZE_VER0");

enum outcome do_sched_getattr(struct call *c)
{
	struct sched_attr a = { .size = sizeof(a) };
	struct proc *p;
	int64_t r = sched_target(c, &p);

	if (r < 0)
		return done(c, r);
	if ((uint32_t)c->arg[2] < sizeof(a) || c->arg[3])
		return done(c, -EINVAL);
	a.nice = p->nice;
	return done(c, x_write(c, c->arg[1], &a, sizeof(a)));
}

enum outcome do_sched_setattr(struct call *c)
{
	struct proc *p;
	int64_t r = sched_target(c, &p);
	struct sched_attr a;

	if (r < 0 || c->arg[2])
		return done(c, r < 0 ? r : -EINVAL);
	if (x_read(c, c->arg[1], &a, sizeof(a)) < 0)
		return done(c, -EFAULT);
	if (a.size && a.size < sizeof(a))
		return done(c, -E2BIG);
	r = check_policy(a.policy, (int32_t)a.priority);
	if (r < 0)
		return done(c, r);
	if (a.policy == POLICY_OTHER || a.policy == POLICY_BATCH) {
		if (a.nice < p->nice)
			return done(c, -EPERM);
		p->nice = a.nice > 19 ? 19 : a.nice;
	}
	return done(c, 0);
}
