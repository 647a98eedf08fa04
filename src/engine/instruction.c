/* instruction.c: instructions that would bring in what the host knows raise SIGSEGV and are answered from the model.
 *
 * rdtsc and rdtscp fault by themselves where the machine can do it (PR_SET_TSC), cpuid where the CPU can (ARCH_SET_CPUID); those that do not, and rdrand, rdseed,
 * rdpid, xgetbv and xbegin, stand as traps wherever code was mapped (tracee/code.h). A processor that lacks one of them (rdtscp, or one that no trap
 * replaced) raises SIGILL at it instead: the answer is the same, for it is the model's processor that programs run on.
 *
 * N1. What an answer costs in logical time does not depend on how the instruction came to stop: only the clock's are events. */
#include "engine/internal.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "insn/insn.h"
#include "insn/tsc_place.h"
#include "model/machine.h"
#include "tracee/code.h"

#define SEGV_BIT (UINT64_C(1) << (SIGSEGV - 1))

enum { CARRY = 1, ARITHMETIC_FLAGS = 0x8d5 }; /* CF PF AF ZF SF OF */

static void answer_tsc(struct engine *e, uint32_t task, struct user_regs_struct *r, uint64_t place, bool with_cpu)
{
	uint64_t tsc;

	clock_read_at(e->w, task, place);
	tsc = (uint64_t)clock_monotonic(e->w);
	r->rax = tsc & UINT32_MAX;
	r->rdx = tsc >> 32;
	if (with_cpu)
		r->rcx = 0;
}

static void answer_cpuid(struct engine *e, struct user_regs_struct *r)
{
	uint32_t v[4];

	machine_cpuid(e->w->cpu_model, e->w->cpus, (uint32_t)r->rax, (uint32_t)r->rcx, v);
	r->rax = v[0];
	r->rbx = v[1];
	r->rcx = v[2];
	r->rdx = v[3];
}

/* rsp and rip come last in no encoding: the sixteen registers in the order of their numbers. */
static void set_register(struct user_regs_struct *r, const struct insn_trap *i, uint64_t v)
{
	unsigned long long *const all[16] = { &r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi, &r->r8, &r->r9, &r->r10,
		&r->r11, &r->r12, &r->r13, &r->r14, &r->r15 };
	unsigned long long *p = all[i->reg & 15];

	if (i->bits == 16)
		*p = (*p & ~UINT64_C(0xffff)) | (v & 0xffff);
	else
		*p = i->bits == 32 ? v & UINT32_MAX : v;
}

static void answer_random(struct engine *e, uint32_t task, struct user_regs_struct *r, const struct insn_trap *i)
{
	set_register(r, i, rng_next(e->w, task));
	r->eflags = (r->eflags & ~(unsigned long long)ARITHMETIC_FLAGS) | CARRY;
}

/* Without OSXSAVE the processor does not know the instruction; with it, only register 0. */
static int answer_xgetbv(struct engine *e, struct user_regs_struct *r)
{
	uint64_t enabled = machine_xcr0(e->w->cpu_model);

	if (!enabled)
		return SIGILL;
	if ((uint32_t)r->rcx != 0)
		return SIGSEGV;
	r->rax = enabled & UINT32_MAX;
	r->rdx = enabled >> 32;
	return 0;
}

/* Its bytes and those behind it, n of them, say where it stood. */
static void read_tsc(struct engine *e, uint32_t task, struct user_regs_struct *r, const uint8_t *code, size_t n, bool with_cpu)
{
	answer_tsc(e, task, r, with_cpu ? r->rip : insn_tsc_place(code, n, r->rip), with_cpu);
	clock_event(e->w, task);
}

/* 0: answered; otherwise the signal that the guest gets. */
static int answer_trap(struct engine *e, uint32_t task, struct user_regs_struct *r, const uint8_t *code, size_t n, const struct insn_trap *i)
{
	int signo = 0;

	switch (i->kind) {
	case INSN_CPUID:
		answer_cpuid(e, r);
		break;
	case INSN_RDRAND:
	case INSN_RDSEED:
		answer_random(e, task, r, i);
		break;
	case INSN_RDPID:
		set_register(r, i, 0);
		break;
	case INSN_XGETBV:
		signo = answer_xgetbv(e, r);
		break;
	case INSN_RDTSC:
	case INSN_RDTSCP:
		read_tsc(e, task, r, code, n, i->kind == INSN_RDTSCP);
		break;
	default: /* xbegin: the transaction is aborted at once, for no reason given */
		r->rip += (uint64_t)(int64_t)i->target;
		r->rax = 0;
		break;
	}
	if (!signo)
		r->rip += i->len;
	return signo;
}

/* Instructions that fault by themselves, or (SIGILL) that this machine's processor does not know. */
static int answer_fault(struct engine *e, uint32_t task, struct user_regs_struct *r, const uint8_t *code, size_t n, int signo)
{
	struct insn_trap trap;
	size_t len;
	enum insn_kind kind = insn_decode(code, n, &len);

	if (signo == SIGILL && insn_as_trap(code, n, &trap))
		return answer_trap(e, task, r, code, n, &trap);
	if (kind == INSN_RDTSC || kind == INSN_RDTSCP) {
		read_tsc(e, task, r, code, n, kind == INSN_RDTSCP);
	} else if (kind == INSN_CPUID && e->x->cpuid_faults) {
		answer_cpuid(e, r);
	} else {
		return signo;
	}
	r->rip += len;
	return 0;
}

/* ---- what the trap did to SIGSEGV ---------------------------------------------------------------------------------------- */

/* The kernel forces the signal on a thread that blocks or ignores it: it is unblocked, and its action is the default from now on (kernel/signal.c,
 * force_sig_info_to_task). Was it so? A handler that is gone says that it was blocked; what was ignored is not any more. */
static bool lost_action(const struct tracee *t, const struct signal_action *a)
{
	struct sig_sets s;

	if (a->handler == HANDLER_DEFAULT || tracee_signals(t, &s) < 0)
		return false;
	return !((a->handler == HANDLER_IGNORE ? s.ignored : s.caught) & SEGV_BIT);
}

void engine_give_action_back(struct engine *e, uint32_t task, const struct user_regs_struct *r, gaddr at)
{
	const struct signal_action *a = &world_proc(e->w, task)->segv;
	enum { RED_ZONE = 128 };
	struct tracee *t = tracee_of(e, task);
	const gaddr room = (r->rsp - RED_ZONE - sizeof(*a)) & ~UINT64_C(15);
	const uint64_t arg[6] = { SIGSEGV, room, 0, sizeof(uint64_t) };
	struct signal_action was;
	uint64_t mask;

	if (!lost_action(t, a))
		return;
	if (tracee_read(t, room, &was, sizeof(was)) < 0 || tracee_write(t, room, a, sizeof(*a)) < 0)
		return;
	tracee_call_at(e->x, t, at, SYS_rt_sigaction, arg);
	tracee_write(t, room, &was, sizeof(was));
	if (!t->dead && a->handler != HANDLER_IGNORE && tracee_sigmask(t, &mask))
		tracee_set_sigmask(t, mask | SEGV_BIT);
}

static void forge_sigill(struct tracee *t, const struct user_regs_struct *r, siginfo_t *si)
{
	memset(si, 0, sizeof(*si));
	si->si_signo = SIGILL;
	si->si_code = ILL_ILLOPN;
	si->si_addr = (void *)(uintptr_t)r->rip;
	tracee_set_siginfo(t, si);
}

/* The kernel lets nobody block or ignore a fault. A forged one that is would come again and again: the thread meets a real one. */
static bool meets_fault(struct tracee *t, gaddr at)
{
	static const uint8_t ud2[2] = { 0x0f, 0x0b };
	const uint64_t bit = UINT64_C(1) << (SIGILL - 1);
	uint8_t old[sizeof(ud2)];
	struct sig_sets s;

	return tracee_signals(t, &s) == 0 && ((s.blocked | s.ignored) & bit) && tracee_read(t, at, old, sizeof(old)) == 0 &&
	       tracee_code_swap(t, at, old, ud2, sizeof(ud2));
}

int engine_instruction(struct engine *e, uint32_t task, int stopped_by, siginfo_t *si)
{
	struct tracee *t = tracee_of(e, task);
	struct user_regs_struct before, r;
	struct insn_trap trap;
	uint8_t code[INSN_MOST];
	size_t n;
	int signo;

	if (!tracee_regs(t, &before))
		return stopped_by;
	r = before;
	n = tracee_read_code(t, r.rip, code);
	if (si->si_code == SEGV_ACCERR && fresh_code_runs(e->x, task, r.rip, (gaddr)(uintptr_t)si->si_addr))
		signo = 0;
	else if (insn_read_trap(code, n, &trap))
		signo = answer_trap(e, task, &r, code, n, &trap);
	else
		signo = answer_fault(e, task, &r, code, n, stopped_by);
	if (signo == SIGILL && stopped_by != SIGILL && meets_fault(t, r.rip))
		signo = 0;
	else if (signo == SIGILL && stopped_by != SIGILL)
		forge_sigill(t, &r, si);
	if (signo)
		return signo;
	engine_give_action_back(e, task, &before, before.rip);
	if (!t->dead)
		tracee_set_regs(t, &r);
	return 0;
}

void engine_sites_cut(struct engine *e, uint32_t task)
{
	e->x->sites_cut = false;
	if (e->sites_told) /* how often a file is searched depends on how old it is by the host's clock */
		return;
	e->sites_told = true;
	warn("code has more than %d instructions that ask the processor: the rest of them is as it was, and this run may not be repeatable", INSN_SITES_MOST);
	engine_note(e, task, "code with more than %d instructions that ask the processor", INSN_SITES_MOST);
	if (e->w->strict)
		engine_over(e, ENGINE_REFUSED, 0);
}
