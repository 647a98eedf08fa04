/* ptrace.c: stopping, resuming, real calls. See tracee.h for the states. */
#include "tracee/code.h"
#include "tracee/searches.h"

#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "syscall/table.h"

enum { SYSCALL_INSN = 2, SYSGOOD = SIGTRAP | 0x80 };

struct executor *executor_new(struct world *w)
{
	struct executor *x = xzalloc(sizeof(*x));

	x->w = w;
	x->root_fd = -1;
	x->dup_fd = -1;
	return x;
}

void executor_free(struct executor *x)
{
	if (!x)
		return;
	executor_drop_dup(x);
	executor_drop_pins(x);
	executor_drop_kept(x);
	for (size_t i = 0; i < WORLD_MAX_PROCS && x->procs[i].tgid; i++) /* behind those that ever were nothing is looked at */
		host_proc_close(&x->procs[i]);
	cleanup_close(&x->root_fd);
	if (x->softnet_fd > 0)
		close(x->softnet_fd);
	code_cache_free(x->code);
	searches_close(x->searches);
	free(x->edits.list);
	free(x->arena);
	free(x);
}

int tracee_seize(pid_t pid)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
		       PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;

	return ptrace(PTRACE_SEIZE, pid, NULL, options) < 0 ? -errno : 0;
}

static void mark_dead(struct tracee *t)
{
	t->dead = true;
}

/* A status that belongs to somebody else than the thread waited for: a sibling's death, the end of a group stop, or the first stop
 * of a child whose parent has not yet told of it. */
static void keep_for_later(struct executor *x, pid_t tid, int status)
{
	for (uint32_t i = world_next_task(x->w, NO_INDEX); i != NO_INDEX; i = world_next_task(x->w, i)) {
		struct tracee *t = &x->tracees[i];

		if (t->tid != tid)
			continue;
		t->status = status;
		t->told = true;
		if (WIFEXITED(status) || WIFSIGNALED(status))
			mark_dead(t);
		return;
	}
	if (WIFSTOPPED(status) && x->n_early < ARRAY_SIZE(x->early)) {
		x->early[x->n_early].tid = tid;
		x->early[x->n_early++].status = status;
	}
}

static bool was_early(struct executor *x, struct tracee *t, int *ret_status)
{
	if (t->told) {
		t->told = false;
		*ret_status = t->status;
		return true;
	}
	for (unsigned i = 0; i < x->n_early; i++)
		if (x->early[i].tid == t->tid) {
			*ret_status = x->early[i].status;
			x->early[i] = x->early[--x->n_early];
			return true;
		}
	return false;
}

/* The end of a leader is reported only when its siblings' ends have been read, and so is a new program (which only the agent's calls can start unseen),
 * under the leader's id: a thread with siblings is waited for together with everybody else. */
bool tracee_wait(struct executor *x, struct tracee *t)
{
	uint32_t task = (uint32_t)(t - x->tracees);
	int status;

	while (!was_early(x, t, &status)) {
		bool anybody = world_proc(x->w, task)->tasks > 1;
		pid_t r = waitpid(anybody ? -1 : t->tid, &status, __WALL);

		if (r == t->tid)
			break;
		if (r == t->tgid && status >> 16 == PTRACE_EVENT_EXEC) {
			kill(t->tgid, SIGKILL);
			x->odd_exec = true;
			status = SIGKILL;
			break;
		}
		if (r > 0) {
			keep_for_later(x, r, status);
			continue;
		}
		if (errno == EINTR) {
			if (x->interrupted && x->interrupted(x->ctx))
				return false;
			continue;
		}
		status = 0; /* ECHILD: somebody reaped it; it is gone */
		mark_dead(t);
		break;
	}
	x->stops++;
	t->status = status;
	t->regs_known = t->info_known = false;
	if (WIFEXITED(status) || WIFSIGNALED(status))
		mark_dead(t);
	if (x->w->inet_seen)
		executor_settle_loopback(x);
	return true;
}

/* T1: what fails, fails because the thread is dying. */
static bool alive(struct tracee *t, long result)
{
	if (result < 0)
		mark_dead(t);
	return result >= 0;
}

/* T4 */
bool tracee_regs(struct tracee *t, struct user_regs_struct *ret)
{
	if (!t->regs_known || t->dead)
		t->regs_known = alive(t, ptrace(PTRACE_GETREGS, t->tid, NULL, &t->regs));
	*ret = t->regs;
	return t->regs_known;
}

bool tracee_set_regs(struct tracee *t, const struct user_regs_struct *r)
{
	t->regs_known = false; /* the kernel takes not all of it */
	return alive(t, ptrace(PTRACE_SETREGS, t->tid, NULL, r));
}

/* T4 */
bool tracee_siginfo(struct tracee *t, siginfo_t *ret)
{
	if (!t->info_known || t->dead)
		t->info_known = alive(t, ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &t->info));
	*ret = t->info;
	return t->info_known;
}

bool tracee_set_siginfo(struct tracee *t, const siginfo_t *si)
{
	t->info = *si;
	return t->info_known = alive(t, ptrace(PTRACE_SETSIGINFO, t->tid, NULL, si));
}

bool tracee_sigmask(struct tracee *t, uint64_t *ret)
{
	return alive(t, ptrace(PTRACE_GETSIGMASK, t->tid, (void *)sizeof(*ret), ret));
}

bool tracee_set_sigmask(struct tracee *t, uint64_t mask)
{
	return alive(t, ptrace(PTRACE_SETSIGMASK, t->tid, (void *)sizeof(mask), &mask));
}

bool tracee_enters_call(struct tracee *t)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info) > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

bool tracee_listen(struct tracee *t)
{
	return ptrace(PTRACE_LISTEN, t->tid, NULL, 0L) == 0;
}

bool tracee_interrupt(struct tracee *t)
{
	return ptrace(PTRACE_INTERRUPT, t->tid, NULL, 0L) == 0;
}

bool tracee_read_entry(struct executor *x, struct tracee *t)
{
	(void)x;
	if (!tracee_regs(t, &t->orig))
		return false;
	t->now = t->orig;
	t->nr = t->orig.orig_rax;
	t->arg[0] = t->orig.rdi;
	t->arg[1] = t->orig.rsi;
	t->arg[2] = t->orig.rdx;
	t->arg[3] = t->orig.r10;
	t->arg[4] = t->orig.r8;
	t->arg[5] = t->orig.r9;
	t->where = AT_ENTRY;
	return true;
}

static void set_args(struct user_regs_struct *r, const uint64_t arg[6])
{
	r->rdi = arg[0];
	r->rsi = arg[1];
	r->rdx = arg[2];
	r->r10 = arg[3];
	r->r8 = arg[4];
	r->r9 = arg[5];
}

static void store(struct tracee *t, const struct user_regs_struct *r)
{
	if (memcmp(r, &t->now, sizeof(*r)) == 0)
		return;
	tracee_set_regs(t, r);
	t->now = *r;
}

void tracee_resume(struct executor *x, struct tracee *t, int signo)
{
	(void)x;
	t->where = RUNNING;
	t->regs_known = t->info_known = false;
	if (ptrace(t->counting ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, NULL, (long)signo) < 0)
		mark_dead(t);
}

static bool step_to(struct executor *x, struct tracee *t, enum __ptrace_request how)
{
	if (t->dead || ptrace(how, t->tid, NULL, 0L) < 0) {
		mark_dead(t);
		return false;
	}
	if (!tracee_wait(x, t))
		mark_dead(t);
	return !t->dead;
}

static bool is_seccomp_stop(int status)
{
	return status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
}

static bool is_syscall_stop(int status)
{
	return WIFSTOPPED(status) && WSTOPSIG(status) == SYSGOOD;
}

static bool always_stops(const struct executor *x, uint32_t nr)
{
	const struct row *r = nr < WORLD_NSYS ? &syscall_rows[nr] : NULL;

	if (!r || r->class == ROW_FIXED)
		return false;
	if (x->every_call)
		return true;
	if (r->class == ROW_PASS || r->class == ROW_ASK || r->when[0].when != WHEN_NONE)
		return false;
	return r->class == ROW_NONE || !r->single || x->w->single_id;
}

static bool same_call(const struct user_regs_struct *r, const struct tracee *t, uint32_t nr, const uint64_t arg[6])
{
	return r->orig_rax == nr && r->rip == t->orig.rip && r->rdi == arg[0] && r->rsi == arg[1] && r->rdx == arg[2] && r->r10 == arg[3] &&
	       r->r8 == arg[4] && r->r9 == arg[5];
}

/* A SIGSTOP that came up where none may, and to whom it was sent. */
enum stop_sent { STOP_NONE, STOP_TO_PROCESS, STOP_TO_THREAD };

/* Once more: signals of a thread come up before those of its process, so to whom it was sent. */
static void send_stop_again(const struct tracee *t, enum stop_sent stop)
{
	if (stop == STOP_TO_PROCESS)
		kill(t->tgid, SIGSTOP);
	else if (stop == STOP_TO_THREAD)
		syscall(SYS_tgkill, t->tgid, t->tid, SIGSTOP);
}

static enum stop_sent stop_of(struct tracee *t)
{
	siginfo_t si;

	return tracee_siginfo(t, &si) && si.si_code == SI_TKILL ? STOP_TO_THREAD : STOP_TO_PROCESS;
}

/* The next stop that is not a group stop's trap (SIGCONT makes one). SIGSTOP cannot be held back: *ret_stopped, it is sent again. */
static bool step_past_traps(struct executor *x, struct tracee *t, enum __ptrace_request how, enum stop_sent *ret_stopped)
{
	bool group, alone;

	do {
		if (!step_to(x, t, how))
			return false;
		group = t->status >> 16 == PTRACE_EVENT_STOP;
		alone = t->status >> 16 == 0 && WSTOPSIG(t->status) == SIGSTOP;
		if (alone)
			*ret_stopped = stop_of(t);
		else if (group && WSTOPSIG(t->status) != SIGTRAP && *ret_stopped == STOP_NONE)
			*ret_stopped = STOP_TO_THREAD;
	} while (group || alone);
	return true;
}

/* From the exit of one call back to the entry of another one, which the same syscall instruction makes. Signals are held
 * meanwhile: they belong to the guest's next return to its own code. The instruction may have been rewritten while the thread was
 * parked: if anything but the call that we asked for comes up, the process is killed. */
static bool go_to_entry(struct executor *x, struct tracee *t, uint32_t nr, const uint64_t arg[6])
{
	enum stop_sent stopped = STOP_NONE;
	bool fresh = always_stops(x, nr), held;
	struct user_regs_struct r = t->orig;
	uint64_t mask = 0;

	r.rip = t->orig.rip - SYSCALL_INSN;
	r.rax = nr;
	set_args(&r, arg);
	store(t, &r);
	held = tracee_sigmask(t, &mask) && tracee_set_sigmask(t, ~UINT64_C(0));
	if (!step_past_traps(x, t, fresh ? PTRACE_CONT : PTRACE_SYSCALL, &stopped))
		return false;
	if (!tracee_regs(t, &t->now))
		return false;
	if ((fresh ? !is_seccomp_stop(t->status) : !is_syscall_stop(t->status)) || !same_call(&t->now, t, nr, arg)) {
		kill(t->tgid, SIGKILL);
		mark_dead(t);
		return false;
	}
	if (held)
		tracee_set_sigmask(t, mask);
	send_stop_again(t, stopped);
	t->where = AT_ENTRY;
	return !t->dead;
}

static int64_t tracee_result(struct tracee *t)
{
	return (int64_t)t->now.rax;
}

int64_t tracee_real_call(struct executor *x, struct tracee *t, uint32_t nr, const uint64_t arg[6])
{
	struct user_regs_struct r;

	if (t->dead)
		return -ESRCH;
	if (t->where == AT_EXIT) {
		if (!go_to_entry(x, t, nr, arg))
			return -ESRCH;
	} else {
		r = t->now;
		r.orig_rax = nr;
		set_args(&r, arg);
		store(t, &r);
	}
	do {
		if (!step_to(x, t, PTRACE_SYSCALL))
			return -ESRCH;
	} while (is_seccomp_stop(t->status));
	if (!is_syscall_stop(t->status) || !tracee_regs(t, &t->now)) {
		mark_dead(t);
		return -ESRCH;
	}
	t->where = AT_EXIT;
	return tracee_result(t);
}

int64_t x_real(struct call *c, uint32_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	const uint64_t arg[6] = { a0, a1, a2, a3, a4, a5 };

	executor_drop_dup(c->x);
	return tracee_real_call(c->x, &c->x->tracees[c->task], nr, arg);
}

int64_t x_original(struct call *c)
{
	executor_drop_dup(c->x);
	return tracee_real_call(c->x, &c->x->tracees[c->task], c->nr, c->arg);
}

int64_t x_real_unsignalled(struct call *c, uint32_t nr, const uint64_t arg[6])
{
	struct tracee *t = &c->x->tracees[c->task];
	uint64_t mask;
	bool held = tracee_sigmask(t, &mask) && tracee_set_sigmask(t, ~UINT64_C(0));
	int64_t r;

	executor_drop_dup(c->x);
	r = tracee_real_call(c->x, t, nr, arg);
	if (held && !t->dead)
		tracee_set_sigmask(t, mask);
	return r;
}

bool x_dead(struct call *c)
{
	return c->x->tracees[c->task].dead;
}

/* A restart code only works on the way out of a call that really was made. */
static void finish_with_restart(struct executor *x, struct tracee *t, int64_t ret)
{
	static const uint64_t none[6];
	struct user_regs_struct r;

	if (t->where == AT_ENTRY)
		tracee_real_call(x, t, SYS_getppid, none);
	r = t->orig;
	r.orig_rax = t->nr;
	r.rax = (uint64_t)ret;
	store(t, &r);
}

void tracee_finish(struct executor *x, uint32_t task, int64_t ret)
{
	struct tracee *t = &x->tracees[task];
	struct user_regs_struct r;

	if (t->dead)
		return;
	if (ret == -ERESTARTSYS_CODE || ret == -ERESTARTNOINTR_CODE || ret == -ERESTARTNOHAND_CODE) {
		finish_with_restart(x, t, ret);
		return;
	}
	if (t->where == AT_ENTRY) {
		r = t->orig;
		r.orig_rax = UINT64_MAX; /* skips the call */
	} else {
		r = t->now;
		set_args(&r, t->arg);
	}
	r.rax = (uint64_t)ret;
	store(t, &r);
}

void tracee_pass(struct executor *x, uint32_t task, const uint64_t arg[6])
{
	struct tracee *t = &x->tracees[task];
	struct user_regs_struct r;

	if (t->dead)
		return;
	if (t->where == AT_EXIT) {
		go_to_entry(x, t, (uint32_t)t->nr, arg);
		return;
	}
	r = t->now;
	r.orig_rax = t->nr;
	set_args(&r, arg);
	store(t, &r);
}

bool tracee_cpuid_can_fault(void)
{
	return syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1) == 0; /* allowed, as it is: only asks */
}

static sigjmp_buf faulted;

static void on_fault(int signo)
{
	(void)signo;
	siglongjmp(faulted, 1);
}

bool tracee_tsc_can_fault(void)
{
	const struct sigaction a = { .sa_handler = on_fault };
	struct sigaction before;
	volatile bool faults = true;
	int was = PR_TSC_ENABLE;

	prctl(PR_GET_TSC, &was, 0, 0, 0);
	if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) < 0)
		return false;
	sigaction(SIGSEGV, &a, &before);
	if (sigsetjmp(faulted, 1) == 0) {
		__asm__ volatile("rdtsc" : : : "eax", "edx");
		faults = false;
	}
	prctl(PR_SET_TSC, was, 0, 0, 0);
	sigaction(SIGSEGV, &before, NULL);
	return faults;
}

/* ---- code of ours in the thread's name ---------------------------------------------------------------------------------- */

bool tracee_run_to_entry(struct executor *x, struct tracee *t, const struct user_regs_struct *r)
{
	uint64_t mask = 0;
	enum stop_sent stopped = STOP_NONE;
	bool held, entered;

	tracee_set_regs(t, r);
	held = tracee_sigmask(t, &mask) && tracee_set_sigmask(t, ~UINT64_C(0));
	entered = step_past_traps(x, t, PTRACE_CONT, &stopped) && is_seccomp_stop(t->status) && tracee_read_entry(x, t);
	if (!t->dead && held)
		tracee_set_sigmask(t, mask);
	if (!t->dead)
		send_stop_again(t, stopped);
	return entered;
}

int64_t tracee_call_at(struct executor *x, struct tracee *t, gaddr at, uint32_t nr, const uint64_t arg[6])
{
	static const uint8_t call[SYSCALL_INSN] = { 0x0f, 0x05 };
	struct user_regs_struct before, r;
	uint8_t old[SYSCALL_INSN];
	int64_t ret = -EFAULT;
	bool swap;

	if (!tracee_regs(t, &before) || tracee_read(t, at, old, sizeof(old)) < 0)
		return ret;
	swap = memcmp(old, call, sizeof(old)) != 0;
	if (swap && !tracee_code_swap(t, at, old, call, sizeof(old)))
		return ret;
	r = before;
	r.orig_rax = UINT64_MAX;
	r.rax = nr;
	r.rip = at;
	set_args(&r, arg);
	if (tracee_run_to_entry(x, t, &r))
		ret = tracee_real_call(x, t, nr, arg);
	if (!t->dead && ((swap && !tracee_code_swap(t, at, call, old, sizeof(old))) || !tracee_set_regs(t, &before)))
		mark_dead(t);
	t->where = AT_OTHER;
	return ret;
}

unsigned long tracee_event_message(struct tracee *t)
{
	unsigned long m = 0;

	if (ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &m) < 0)
		mark_dead(t);
	return m;
}

void host_proc_close(struct host_proc *p)
{
	if (p->pidfd)
		close(p->pidfd - 1);
	p->pidfd = 0;
}

/* The first thread of a process has ended, and nothing is seen through it any more: another one is looked through. False: that cannot be (before Linux 6.9). */
static bool look_through_another(struct executor *x, uint32_t proc)
{
	enum { THREAD = O_EXCL }; /* PIDFD_THREAD, linux/pidfd.h */
	uint32_t other = NO_INDEX;
	bool gone = false;
	int fd;

	for (uint32_t i = world_next_task(x->w, NO_INDEX); i != NO_INDEX; i = world_next_task(x->w, i)) {
		const struct tracee *t = &x->tracees[i];

		if (x->w->tasks[i].proc != proc)
			continue;
		gone |= t->zombie;
		if (!t->zombie && !t->dead)
			other = i;
	}
	if (!gone || other == NO_INDEX)
		return false;
	fd = (int)syscall(SYS_pidfd_open, x->tracees[other].tid, THREAD);
	if (fd < 0)
		return false;
	host_proc_close(&x->procs[proc]);
	x->procs[proc].pidfd = fd + 1;
	return true;
}

int host_dup(struct executor *x, uint32_t proc, int fd)
{
	struct host_proc *p = &x->procs[proc];
	int r;

	if (!p->pidfd)
		p->pidfd = (int)syscall(SYS_pidfd_open, p->tgid, 0) + 1;
	r = (int)syscall(SYS_pidfd_getfd, p->pidfd - 1, fd, 0);
	if (r < 0 && (errno == EBADF || errno == ESRCH) && look_through_another(x, proc))
		r = (int)syscall(SYS_pidfd_getfd, p->pidfd - 1, fd, 0);
	return r < 0 ? -errno : r;
}
