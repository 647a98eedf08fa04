/* signal.c: sending signals and waiting for them. Freestanding.
 *
 * A signal's sender is an ordered event; the kernel queues it, and the target takes it when it next has its turn. A thread
 * that waits for signals is parked; it runs on when one that it catches (or that ends it) is pending, and then the KERNEL
 * performs the original waiting call, which returns at once with exactly the right masks and restart rules. */
#include "syscall/abi.h"
#include "syscall/executor.h"
#include "syscall/table.h"

enum { SIGNALS = 64, NUM_SIGSEGV = 11, NUM_SIGCHLD = 17 };

/* Without a pid namespace "everybody" and foreign ids would be the machine's processes. Groups and descriptors can only be the
 * guest's own: it began in a session of its own. */
static bool reaches_out(struct call *c)
{
	int32_t id = (int32_t)c->arg[0];

	if (c->nr == __NR_pidfd_send_signal || id == 0 || id < -1)
		return false;
	return id == -1 || x_task_of(c, id) == NO_INDEX;
}

/* With a single id: the rules of kill(2) for one process or thread (kernel/signal.c, check_kill_permission); of groups the kernel
 * signals all, for it takes all for the same user. SIGCONT may go to everybody in one's session, here to everybody. */
static bool may_signal(struct call *c, int signo)
{
	enum { KILL_CAP = 5, CONT = 18, MOST = 64 };
	bool two_ids = c->nr == __NR_tgkill || c->nr == __NR_rt_tgsigqueueinfo;
	int32_t id = (int32_t)c->arg[two_ids];
	uint32_t task = c->nr == __NR_pidfd_send_signal || id <= 0 ? NO_INDEX : x_task_of(c, id);
	const struct proc *p = world_proc(c->w, c->task), *to = task == NO_INDEX ? p : world_proc(c->w, task);

	return to == p || signo == CONT || signo < 0 || signo > MOST || (p->cap_effective >> KILL_CAP & 1) || p->euid == to->suid || p->euid == to->ruid ||
	       p->ruid == to->suid || p->ruid == to->ruid;
}

/* kill(pid, sig) tkill(tid, sig) tgkill(tgid, tid, sig) rt_sigqueueinfo(pid, sig, info) rt_tgsigqueueinfo(tgid, tid, sig, info) pidfd_send_signal(fd, sig, ...) */
enum outcome do_kill(struct call *c)
{
	bool two_ids = c->nr == __NR_tgkill || c->nr == __NR_rt_tgsigqueueinfo;
	int signo = (int)c->arg[two_ids ? 2 : 1];
	int64_t r;

	if (c->nr == __NR_pidfd_send_signal && c->arg[3] != 0)
		return done(c, -EINVAL); /* flags are later than the canonical kernel */
	if (c->w->in_place && reaches_out(c))
		return done(c, -ESRCH);
	if (c->w->single_id && !may_signal(c, signo))
		return done(c, -EPERM);
	r = x_original(c);
	if (r == 0 && signo > 0 && !x_dead(c)) {
		c->w->progress++;
		x_after_kill(c, c->nr == __NR_pidfd_send_signal ? -1 : (int32_t)c->arg[0], signo);
	}
	return done(c, r);
}

enum outcome do_pause(struct call *c)
{
	if (x_signal_pending(c, NULL))
		return CALL_PASS;
	c->cond.kind = COND_NONE;
	return CALL_PARK;
}

enum outcome do_rt_sigsuspend(struct call *c)
{
	uint64_t mask;

	if (c->arg[1] != sizeof(mask) || x_read(c, c->arg[0], &mask, sizeof(mask)) < 0)
		return CALL_PASS; /* the kernel says which errno */
	if (x_signal_pending(c, &mask))
		return CALL_PASS;
	c->w->tasks[c->task].have_mask = 1;
	c->w->tasks[c->task].mask = mask;
	c->cond.kind = COND_NONE;
	return CALL_PARK;
}

/* A timer's signal was taken by waiting for it: its information is completed as at a delivery (the kernel's own timers say SI_KERNEL,
 * a POSIX timer counts its overruns), and the timer may signal again. */
static void complete_timer_info(struct call *c, uint32_t signo)
{
	enum { SI_KERNEL_CODE = 0x80, SI_TIMER_CODE = -2, OFF_CODE = 8, OFF_OVERRUN = 20, UTIME = 32 };
	struct { int32_t signo, err, code, pad, pid, uid; } si;
	bool again = false;
	const int64_t none[2] = { 0, 0 };
	uint32_t timer;

	if (c->arg[1] && x_read(c, c->arg[1], &si, sizeof(si)) < 0)
		return;
	timer = timer_signal_taken(c->w, c->task, signo, &again);
	if (again)
		x_send_signal(c, c->w->tasks[c->task].proc, NO_INDEX, signo);
	if (!c->arg[1])
		return;
	if (timer != NO_INDEX && si.code == SI_TIMER_CODE)
		x_write(c, c->arg[1] + OFF_OVERRUN, &c->w->timers[timer].overrun_last, sizeof(uint32_t));
	si.code = SI_KERNEL_CODE;
	if (timer == NO_INDEX && si.pid == 0 && x_read(c, c->arg[1] + OFF_CODE, &si.pad, sizeof(si.pad)) == 0 && si.pad == 0)
		x_write(c, c->arg[1] + OFF_CODE, &si.code, sizeof(si.code));
	if (signo == NUM_SIGCHLD)
		x_write(c, c->arg[1] + UTIME, none, sizeof(none));
}

/* rt_sigtimedwait(set, info, timeout, size): tried with a zero timeout; the deadline is logical. */
enum outcome do_rt_sigtimedwait(struct call *c)
{
	gaddr scratch = x_scratch(c);
	const int64_t zero[2] = { 0, 0 };
	int64_t wait = 0, r;

	if (c->arg[2] && (r = read_timespec(c, c->arg[2], &wait)) < 0)
		return done(c, r);
	if (!scratch || x_write(c, scratch + SCRATCH_STRUCT, zero, sizeof(zero)) < 0)
		return done(c, -ENOMEM);
	r = x_real(c, c->nr, c->arg[0], c->arg[1], scratch + SCRATCH_STRUCT, c->arg[3], 0, 0);
	if (r > 0)
		complete_timer_info(c, (uint32_t)r);
	if (r != -EAGAIN || c->timed_out || (c->arg[2] && wait == 0))
		return done(c, r);
	if (x_signal_pending(c, NULL))
		return done(c, -EINTR);
	if (!c->mem[0])
		c->mem[0] = c->arg[2] ? (uint64_t)(c->w->now_ns + wait) : (uint64_t)NO_DEADLINE;
	park_any(c);
	return park_until(c, (int64_t)c->mem[0]);
}

enum { MASK_SIZE = 8 }; /* bytes of a set of signals, as the kernel wants to be told */

/* An instruction that traps resets the action of a thread that blocks or ignores SIGSEGV (engine/instruction.c gives it back). */
static enum outcome note_segv(struct call *c)
{
	struct signal_action a;

	/* The kernel has set it when it finds that the old one cannot be written. */
	if (c->arg[1] && c->arg[3] == MASK_SIZE && x_read(c, c->arg[1], &a, sizeof(a)) == 0)
		world_set_segv(c->w, c->task, &a);
	return CALL_PASS;
}

static void note_sigchld(struct call *c)
{
	const uint64_t reset = UINT64_C(0x80000000); /* SA_RESETHAND */
	struct signal_action a;

	if (!c->arg[1] || c->arg[3] != MASK_SIZE || x_read(c, c->arg[1], &a, sizeof(a)) < 0)
		return;
	world_set_sigchld(c->w, c->task, a.handler <= HANDLER_IGNORE ? 0 : a.flags & reset ? SIGCHLD_CAUGHT : SIGCHLD_STAYS);
}

/* Only SIGCHLD and SIGSEGV come here (table.def): whether a child's death interrupts a wait depends on its handler. */
enum outcome do_rt_sigaction(struct call *c)
{
	if ((uint32_t)c->arg[0] == NUM_SIGSEGV)
		return note_segv(c);
	if ((uint32_t)c->arg[0] == NUM_SIGCHLD)
		note_sigchld(c);
	return CALL_PASS;
}

/* signalfd, signalfd4. From now on an epoll descriptor may hold one, whose readiness depends on who asks (x_fd_is_epoll). */
enum outcome do_signalfd(struct call *c)
{
	c->w->signalfd_seen = 1;
	return CALL_PASS;
}
