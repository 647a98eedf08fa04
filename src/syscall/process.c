/* process.c: birth, death, waiting, and what a process may ask the kernel to make of it. Freestanding.
 *
 * Process ids are the kernel's own: in a fresh pid namespace, with births serialised, they are a function of past calls. The engine
 * follows births, execs and deaths by their ptrace events; these handlers decide what may happen at all. */
#include "syscall/abi.h"
#include "syscall/executor.h"
#include "syscall/fs.h"
#include "syscall/table.h"

#include <string.h>

#define CLONE_NEW_ANY UINT64_C(0x7e020080) /* NEWNS NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET NEWTIME */
#define CLONE_UNTRACED_FLAG UINT64_C(0x00800000)
#define CLONE_PTRACE_FLAG UINT64_C(0x00002000)
#define CLONE_INTO_CGROUP_FLAG (UINT64_C(1) << 33)

struct clone_args { uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup; };

static bool flags_refused(struct call *c, uint64_t flags)
{
	/* In clone(2) the lowest byte is the exit signal, so CLONE_NEWTIME exists in clone3 only. */
	uint64_t namespaces = c->nr == __NR_clone ? CLONE_NEW_ANY & ~UINT64_C(0xff) : CLONE_NEW_ANY;

	if (flags & namespaces)
		x_refused(c, "new namespaces inside the box");
	else if (flags & CLONE_INTO_CGROUP_FLAG)
		x_refused(c, "cgroups inside the box");
	else
		return false;
	return true;
}

static int read_clone_args(struct call *c, struct clone_args *ret)
{
	enum { LEAST = 64, MOST = 4096 };
	uint64_t size = c->arg[1];

	if (size < LEAST || size > MOST)
		return size < LEAST ? -EINVAL : -E2BIG;
	memset(ret, 0, sizeof(*ret));
	return x_read(c, c->arg[0], ret, size < sizeof(*ret) ? size : sizeof(*ret));
}

/* What clone(2) takes as well, with the same checks. */
static bool is_plain_stack(const struct call *c, const struct clone_args *a)
{
	const uint64_t end = UINT64_C(1) << 47;

	return c->arg[1] <= sizeof(*a) && !a->set_tid && a->stack && a->stack_size && a->stack < end && a->stack_size < end - a->stack;
}

/* fork, vfork, clone, clone3. A child that asks not to be traced is traced all the same: clone's flag is taken away, clone3's refused.
 * What was checked here is what the engine believes (call->mem), not what the memory says later. */
enum outcome do_fork(struct call *c)
{
	const uint64_t vfork_flags = 0x4100; /* CLONE_VM | CLONE_VFORK */
	struct clone_args a;
	int e;

	if (c->w->live_tasks >= c->w->max_tasks)
		return done(c, -EAGAIN);
	if (c->nr == __NR_clone) {
		if (flags_refused(c, c->arg[0]))
			return done(c, -EPERM);
		c->arg[0] &= ~(CLONE_UNTRACED_FLAG | CLONE_PTRACE_FLAG);
		c->mem[FORK_FLAGS] = c->arg[0];
		c->mem[FORK_CHILD_TID] = c->arg[3];
	} else if (c->nr == __NR_clone3) {
		e = read_clone_args(c, &a);
		if (e < 0)
			return done(c, e);
		if (flags_refused(c, a.flags) || a.set_tid_size)
			return done(c, -EPERM);
		if (a.flags & (CLONE_UNTRACED_FLAG | CLONE_PTRACE_FLAG))
			return done(c, -EINVAL);
		c->mem[FORK_FLAGS] = a.flags;
		c->mem[FORK_CHILD_TID] = a.child_tid;
		c->mem[FORK_STACK] = is_plain_stack(c, &a) ? a.stack + a.stack_size : 0;
		c->mem[FORK_SIGNAL] = a.exit_signal;
	} else {
		c->mem[FORK_FLAGS] = c->nr == __NR_vfork ? vfork_flags : 0;
	}
	return CALL_PASS;
}

enum outcome do_execve(struct call *c)
{
	return fs_hidden(c, 0) ? done(c, -ENOENT) : CALL_PASS;
}

enum outcome do_exit(struct call *c)
{
	(void)c;
	return CALL_PASS;
}

/* The kernel's accounting of a child is real time: the model's logical times stand in for it. */
static void write_usage(struct call *c, gaddr usage)
{
	struct { int64_t utime[2], stime[2], rest[14]; } u;
	int64_t ns = world_proc(c->w, c->task)->children_cpu_ns;

	if (!usage)
		return;
	memset(&u, 0, sizeof(u));
	u.utime[0] = ns / NSEC;
	u.utime[1] = ns % NSEC / 1000;
	u.rest[0] = 4096; /* maxrss, KiB */
	x_write(c, usage, &u, sizeof(u));
}

static enum outcome park_for_child(struct call *c)
{
	return x_signal_pending(c, NULL) ? CALL_PASS : park_child(c);
}

/* wait4(pid, status, options, usage). Of several dead children the kernel takes the oldest, which is an order of births. */
enum outcome do_wait4(struct call *c)
{
	enum { NOHANG = 1 };
	uint64_t options = c->arg[2];
	int64_t r;

	if (c->tried)
		return park_for_child(c);
	r = x_real(c, c->nr, c->arg[0], c->arg[1], options | NOHANG, c->arg[3], 0, 0);
	if (r == 0 && !(options & NOHANG))
		return park_for_child(c);
	if (r > 0)
		write_usage(c, c->arg[3]);
	c->ret = r;
	return r == 0 ? CALL_YIELD : CALL_DONE; /* who polls for a child lets it run */
}

/* waitid(which, id, info, options, usage): nothing found is info.si_pid == 0, so without info a scratch one is used. */
enum outcome do_waitid(struct call *c)
{
	enum { NOHANG = 1, SI_PID = 16 };
	uint64_t options = c->arg[3];
	gaddr info = c->arg[2] ? c->arg[2] : x_scratch(c) + SCRATCH_STRUCT;
	int32_t pid = 0;
	int64_t r;

	if (c->tried)
		return park_for_child(c);
	r = x_real(c, c->nr, c->arg[0], c->arg[1], info, options | NOHANG, c->arg[4], 0);
	if (r < 0)
		return done(c, r);
	x_read(c, info + SI_PID, &pid, sizeof(pid));
	if (pid == 0 && !(options & NOHANG))
		return park_for_child(c);
	c->ret = r;
	if (pid == 0)
		return CALL_YIELD;
	if (pid != 0) {
		const int64_t none[2] = { 0, 0 };

		write_usage(c, c->arg[4]);
		x_write(c, info + 32, none, sizeof(none)); /* si_utime, si_stime */
	}
	return done(c, r);
}

enum outcome do_set_tid_address(struct call *c)
{
	world_set_clear_tid(c->w, c->task, c->arg[0]);
	return CALL_PASS;
}

/* What would change how we see the guest is answered by us; the rest is the guest's own affair. */
enum outcome do_prctl(struct call *c)
{
	enum { SET_PDEATHSIG = 1, GET_DUMPABLE = 3, SET_DUMPABLE = 4, GET_TIMING = 13, SET_NAME = 15, GET_NAME = 16, GET_SECCOMP = 21, SET_SECCOMP = 22,
	       CAPBSET_READ = 23, CAPBSET_DROP = 24, GET_TSC = 25, SET_TSC = 26, GET_SECUREBITS = 27, SET_SECUREBITS = 28, SET_TIMERSLACK = 29, GET_TIMERSLACK = 30,
	       SET_CHILD_SUBREAPER = 36, GET_CHILD_SUBREAPER = 37, SET_NO_NEW_PRIVS = 38, GET_NO_NEW_PRIVS = 39, GET_TID_ADDRESS = 40, SET_THP_DISABLE = 41,
	       GET_THP_DISABLE = 42, CAP_AMBIENT = 47, SET_KEEPCAPS = 8, GET_KEEPCAPS = 7, GET_PDEATHSIG = 2, SET_VMA = 0x53564d41, SET_PTRACER = 0x59616d61, SET_MM = 35 };
	int32_t one = 1;

	switch (c->arg[0]) {
	case SET_TSC:
		return done(c, 0);
	case GET_TSC:
		return done(c, x_write(c, c->arg[1], &one, sizeof(one)));
	case GET_DUMPABLE:
		return done(c, 1);
	case SET_DUMPABLE: case SET_PTRACER:
		return done(c, 0);
	case GET_SECCOMP:
		return done(c, 0);
	case SET_SECCOMP:
		x_refused(c, "the guest's own seccomp filter is accepted and ignored");
		return done(c, 0);
	case SET_CHILD_SUBREAPER:
		c->w->subreaper_seen = 1;
		return CALL_PASS;
	case GET_TIMERSLACK:
		return done(c, 50000);
	case SET_TIMERSLACK: case SET_VMA:
		return done(c, 0);
	case SET_PDEATHSIG:
		c->w->pdeathsig_seen = 1;
		return CALL_PASS;
	case GET_PDEATHSIG: case SET_NAME: case GET_NAME: case CAPBSET_READ: case CAPBSET_DROP: case GET_SECUREBITS: case SET_SECUREBITS:
	case GET_CHILD_SUBREAPER: case SET_NO_NEW_PRIVS: case GET_NO_NEW_PRIVS: case GET_TID_ADDRESS: case SET_THP_DISABLE: case GET_THP_DISABLE:
	case CAP_AMBIENT: case SET_KEEPCAPS: case GET_KEEPCAPS: case GET_TIMING:
		return CALL_PASS;
	default:
		x_refused(c, "prctl option without a model");
		return done(c, -EINVAL);
	}
}

enum outcome do_arch_prctl(struct call *c)
{
	enum { SET_GS = 0x1001, GET_GS = 0x1004, GET_CPUID = 0x1011, SET_CPUID = 0x1012 };

	if (c->arg[0] >= SET_GS && c->arg[0] <= GET_GS)
		return CALL_PASS;
	if (c->arg[0] == GET_CPUID)
		return done(c, 1);
	if (c->arg[0] == SET_CPUID)
		return done(c, -ENODEV);
	return done(c, -EINVAL);
}

/* ADDR_NO_RANDOMIZE is ours: asked, the guest hears that nothing is set; it may set what it likes, to no effect. */
enum outcome do_personality(struct call *c)
{
	return done(c, 0);
}

/* Reached only after a stop signal interrupted a call with a timeout, which the model had not parked: POSIX allows EINTR. */
enum outcome do_restart_syscall(struct call *c)
{
	return done(c, -EINTR);
}
