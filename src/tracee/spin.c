/* spin.c: the spin fixpoint.
 *
 * All other guests are stopped, so the thread is an automaton on its registers and memory. When a state comes back with no memory
 * changed, the thread can never leave by itself: it waits for somebody else. Where in the round we happened to look is not
 * deterministic; the round itself is, and so is its smallest state. The thread is left there.
 *
 * Calls that do not stop are stepped over, and are good for a proof when they would do the same once more (row_repeats()); the rest of
 * the kernel's state is as it was, for nobody else runs. Not for a proof: rounds with another call, or with an instruction whose result
 * nobody controls (insn/insn.h). */
#include "tracee/spin.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "insn/loop.h"
#include "syscall/numbers.h"
#include "syscall/table.h"
#include "tracee/counter.h"

enum { PAGE = 4096, XSTATE = 16384, TRAP_FLAG = 0x100, RESUME_FLAG = 0x10000 };

static bool same(const struct user_regs_struct *a, const struct user_regs_struct *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Any fixed total order will do. */
static bool smaller(const struct user_regs_struct *a, const struct user_regs_struct *b)
{
	return a->rip != b->rip ? a->rip < b->rip : memcmp(a, b, sizeof(*a)) < 0;
}

/* The row of the call that the instruction at rip makes, if the call passes and leaves alone what a step stands on: who handles
 * and who blocks SIGTRAP. */
static const struct row *passing_call(const struct executor *x, const uint8_t *code, size_t n, const struct user_regs_struct *r)
{
	const uint64_t arg[CALL_ARGS] = { r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 };
	uint32_t nr = (uint32_t)r->rax;
	const struct row *row;

	if (n < 2 || code[0] != 0x0f || code[1] != 0x05 || nr >= WORLD_NSYS)
		return NULL;
	row = &syscall_rows[nr];
	if (nr == __NR_rt_sigprocmask || nr == __NR_rt_sigaction || nr == __NR_rt_sigreturn || row_stops(row, arg, x->w->single_id))
		return NULL;
	return row->class == ROW_FIXED || !x->every_call ? row : NULL;
}

/* ---- the flag that makes a processor step ----------------------------------------------------------------------------- */

/* PUSHF shows it, and what takes flags from the stack is taken for the program's own will to be stepped (arch/x86/kernel/step.c,
 * is_setting_trap_flag): the flag would stay, and the program die of it. */

struct flags_move { enum insn_flags kind; unsigned width; size_t len; };

static bool clean_pushed(struct tracee *t, const struct user_regs_struct *regs, unsigned width, uint64_t before)
{
	uint16_t low;

	if (before & TRAP_FLAG)
		return true;
	if (width < sizeof(low) || tracee_read(t, regs->rsp, &low, sizeof(low)) < 0)
		return false;
	low &= (uint16_t)~TRAP_FLAG;
	return tracee_write(t, regs->rsp, &low, sizeof(low)) == 0;
}

/* POPF in user mode, done by us. False: it cannot be, or the program will have itself stepped. */
static bool pop_flags(struct tracee *t, struct user_regs_struct *regs, unsigned width, size_t len)
{
	enum { WRITABLE = 0x44dd5, ID = 0x200000 }; /* CF PF AF ZF SF TF DF OF NT AC; what PTRACE_SETREGS cannot set */
	uint64_t value = regs->eflags, mask = width == 2 ? WRITABLE & 0xffff : WRITABLE;

	if ((width != 2 && width != 8) || tracee_read(t, regs->rsp, &value, width) < 0 || (value & TRAP_FLAG) || (width == 8 && ((value ^ regs->eflags) & ID)))
		return false;
	regs->eflags = (regs->eflags & ~(mask | RESUME_FLAG)) | (value & mask);
	regs->rsp += width;
	regs->rip += len;
	return tracee_set_regs(t, regs);
}

/* False: not for a step. A call (unless `calls` do no harm here, and it passes) or breakpoint whose stop would be taken for the step's, an instruction whose result nobody controls. */
static bool may_step(const struct executor *x, struct tracee *t, const struct user_regs_struct *r, bool calls, const struct row **ret_call, struct flags_move *ret_flags)
{
	uint8_t code[INSN_MOST];
	size_t n = tracee_read_code(t, r->rip, code);
	enum insn_kind kind = insn_decode(code, n, &ret_flags->len);

	ret_flags->kind = insn_moves_flags(code, n, &ret_flags->width);
	if (ret_flags->kind == INSN_FLAGS_RETURNED)
		return false;
	*ret_call = kind == INSN_CALLS && calls ? passing_call(x, code, n, r) : NULL;
	return kind == INSN_NONE || *ret_call;
}

/* The processor kept the flags in r11, with the one that makes it step. */
static enum spin_verdict called(struct tracee *t, const struct row *call, struct user_regs_struct *regs)
{
	regs->r11 &= ~(uint64_t)TRAP_FLAG;
	if (!tracee_set_regs(t, regs))
		return SPIN_OTHER_STOP;
	return row_repeats(call, (int64_t)regs->rax) ? SPIN_PROVEN : SPIN_NO;
}

static enum spin_verdict step(struct executor *x, struct tracee *t, bool calls, struct user_regs_struct *regs)
{
	const struct row *call;
	struct flags_move flags;
	uint64_t before = regs->eflags;

	if (!may_step(x, t, regs, calls, &call, &flags))
		return SPIN_NO;
	counter_step(t, regs);
	if (t->count.kind == COUNTER_PLACES && preempt_at(&t->count.turn, t->count.hits) == PREEMPT_NOW) {
		regs->eflags |= RESUME_FLAG;
		tracee_set_regs(t, regs);
		return SPIN_COUNTED;
	}
	if (flags.kind == INSN_FLAGS_POPPED)
		return pop_flags(t, regs, flags.width, flags.len) ? SPIN_PROVEN : t->dead ? SPIN_OTHER_STOP : SPIN_NO;
	if (ptrace(PTRACE_SINGLESTEP, t->tid, NULL, 0L) < 0) {
		t->dead = true;
		return SPIN_OTHER_STOP;
	}
	if (!tracee_wait(x, t) || t->dead || !WIFSTOPPED(t->status) || t->status >> 8 != SIGTRAP)
		return SPIN_OTHER_STOP;
	if (ptrace(PTRACE_GETREGS, t->tid, NULL, regs) < 0) {
		t->dead = true;
		return SPIN_OTHER_STOP;
	}
	if (flags.kind == INSN_FLAGS_PUSHED && !clean_pushed(t, regs, flags.width, before))
		return SPIN_OTHER_STOP;
	return call ? called(t, call, regs) : SPIN_PROVEN;
}

/* Each step ends in a forced SIGTRAP. Forcing it on a thread that blocks or ignores it would change its mask or its action for good. A
 * mask can be lent and given back; what is ignored cannot: then nothing is stepped. */
struct lent { uint64_t mask, hits; bool any; };

static bool lend_mask(struct tracee *t, struct lent *l)
{
	const uint64_t trap = UINT64_C(1) << (SIGTRAP - 1);
	struct sig_sets s;
	uint64_t open;

	l->any = false;
	l->hits = t->count.hits;
	counter_disarm(t); /* steps are counted by looking */
	if (tracee_signals(t, &s) < 0 || (s.ignored & trap))
		return false;
	if (ptrace(PTRACE_GETSIGMASK, t->tid, (void *)sizeof(l->mask), &l->mask) < 0)
		return false;
	open = l->mask & ~trap;
	l->any = open != l->mask;
	return !l->any || ptrace(PTRACE_SETSIGMASK, t->tid, (void *)sizeof(open), &open) == 0;
}

static void return_mask(struct tracee *t, const struct lent *l)
{
	if (l->any && !t->dead && ptrace(PTRACE_SETSIGMASK, t->tid, (void *)sizeof(l->mask), &l->mask) < 0)
		t->dead = true;
}

static enum spin_verdict steps(struct executor *x, struct tracee *t, bool calls, struct user_regs_struct *regs, uint64_t n)
{
	enum spin_verdict v = SPIN_PROVEN;

	while (n-- && v == SPIN_PROVEN)
		v = step(x, t, calls, regs);
	return v;
}

/* ---- what a round must leave alone ---------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	const uint64_t *q = p;

	for (size_t i = 0; i < n / 8; i++)
		h = (h ^ q[i]) * UINT64_C(0x9e3779b97f4a7c15), h ^= h >> 29;
	return h;
}

static uint64_t hash_range(struct tracee *t, int pagemap, gaddr from, gaddr to, uint64_t h)
{
	static uint64_t flags[512];
	static uint8_t page[PAGE];

	for (gaddr a = from; a < to; a += sizeof(flags) / 8 * PAGE) {
		ssize_t n = pread(pagemap, flags, sizeof(flags), (off_t)(a / PAGE * 8));

		for (ssize_t k = 0; k < n / 8 && a + (gaddr)k * PAGE < to; k++)
			if (flags[k] >> 62 && tracee_read(t, a + (gaddr)k * PAGE, page, PAGE) == 0)
				h = mix(h ^ (a + (gaddr)k * PAGE), page, PAGE);
	}
	return h;
}

/* All present pages that the process may write. */
static uint64_t hash_memory(struct tracee *t)
{
	char path[64];
	uint64_t h = 0;
	autoclose int pagemap = -1;
	struct mapping m;
	struct maps maps;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)t->tid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	maps_open(&maps, t);
	while (maps_next(&maps, &m))
		if (m.perms[1] == 'w')
			h = hash_range(t, pagemap, m.from, m.to, h);
	maps_close(&maps);
	return h;
}

/* False: they cannot be read, so nothing is proven. A processor without XSAVE has the legacy registers only. */
static bool hash_vectors(struct tracee *t, uint64_t *ret)
{
	static const uintptr_t sets[] = { NT_X86_XSTATE, NT_PRFPREG };
	static uint8_t buf[XSTATE];

	for (size_t k = 0; k < ARRAY_SIZE(sets); k++) {
		struct iovec v = { buf, sizeof(buf) };

		memset(buf, 0, sizeof(buf));
		if (ptrace(PTRACE_GETREGSET, t->tid, (void *)sets[k], &v) < 0)
			continue;
		*ret = mix(0, buf, v.iov_len);
		return true;
	}
	return false;
}

/* ---- search and proof ----------------------------------------------------------------------------------------------- */

/* Brent: the length of a round, or 0. */
static enum spin_verdict find_period(struct executor *x, struct tracee *t, uint64_t budget, struct user_regs_struct *regs, uint64_t *ret)
{
	struct user_regs_struct mark = *regs;
	uint64_t power = 1, length = 0;

	for (uint64_t n = 0; n < budget; n++) {
		enum spin_verdict v = step(x, t, true, regs);

		if (v != SPIN_PROVEN)
			return v;
		length++;
		if (same(regs, &mark)) {
			*ret = length;
			return SPIN_PROVEN;
		}
		if (length == power) {
			mark = *regs;
			power *= 2;
			length = 0;
		}
	}
	return SPIN_NO;
}

static enum spin_verdict go_to_smallest(struct executor *x, struct tracee *t, uint64_t period, struct user_regs_struct *regs, struct spin *ret)
{
	struct user_regs_struct least = *regs;
	enum spin_verdict v = SPIN_PROVEN;

	for (uint64_t n = 0; n < period && v == SPIN_PROVEN; n++) {
		v = step(x, t, true, regs);
		if (smaller(regs, &least))
			least = *regs;
	}
	for (uint64_t n = 0; n < period && v == SPIN_PROVEN && !same(regs, &least); n++)
		v = step(x, t, true, regs);
	ret->period = period;
	ret->regs = least;
	return v;
}

static enum spin_verdict find(struct executor *x, struct tracee *t, uint64_t budget, struct spin *ret)
{
	struct user_regs_struct regs, before;
	uint64_t period = 0, vectors, vectors_after, memory;
	enum spin_verdict v;

	if (ptrace(PTRACE_GETREGS, t->tid, NULL, &regs) < 0) {
		t->dead = true;
		return SPIN_OTHER_STOP;
	}
	v = find_period(x, t, budget, &regs, &period);
	if (v != SPIN_PROVEN)
		return v;
	before = regs;
	if (!hash_vectors(t, &vectors))
		return SPIN_NO;
	memory = hash_memory(t);
	v = steps(x, t, true, &regs, period);
	if (v != SPIN_PROVEN)
		return v;
	if (!same(&regs, &before) || !hash_vectors(t, &vectors_after) || vectors_after != vectors || hash_memory(t) != memory)
		return SPIN_NO;
	return go_to_smallest(x, t, period, &regs, ret);
}

enum spin_verdict spin_find(struct executor *x, struct tracee *t, uint64_t budget, struct spin *ret)
{
	enum spin_verdict v;
	struct lent l;

	if (!lend_mask(t, &l))
		return SPIN_NO;
	v = find(x, t, budget, ret);
	return_mask(t, &l);
	if (v == SPIN_PROVEN && t->count.hits != l.hits)
		return SPIN_NO; /* how often it went round shows in its count, which will end its turn */
	return v;
}

enum spin_verdict spin_again(struct executor *x, struct tracee *t, const struct spin *s)
{
	struct user_regs_struct regs = s->regs;
	enum spin_verdict v;
	struct lent l;

	if (!lend_mask(t, &l))
		return SPIN_NO;
	v = steps(x, t, true, &regs, s->period);
	return_mask(t, &l);
	if (v != SPIN_PROVEN)
		return v;
	return same(&regs, &s->regs) ? SPIN_PROVEN : SPIN_NO;
}

/* ---- loops whose state changes (insn/loop.h) ------------------------------------------------------------------------- */

/* Where calls take their arguments from, and what the SYSCALL instruction itself changes: rcx, and r11 by the flags. */
static bool call_effects(const struct row *row, struct insn_effects *ret)
{
	static const uint8_t args[CALL_ARGS] = { 7, 6, 2, 10, 8, 9 };
	enum { RAX = 0, RCX = 1, R11 = 11 };
	size_t n = strlen(row->args);

	memset(ret, 0, sizeof(*ret));
	if (row->class != ROW_FIXED && (row->class != ROW_ASK || strpbrk(row->args, "psba"))) /* what it does to memory is not told here */
		return false;
	ret->read = 1u << RAX | 1u << EFFECT_FLAGS;
	for (size_t k = 0; k < n; k++)
		ret->read |= 1u << args[k];
	ret->write = ret->kill = 1u << RAX | 1u << RCX | 1u << R11;
	ret->control = true; /* the same call in each round */
	return true;
}

static void note_step(const struct executor *x, struct tracee *t, const struct user_regs_struct *r, struct loop_step *s)
{
	const uint64_t regs[17] = { r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi, r->rdi, r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15, r->eflags };
	uint8_t code[INSN_MOST];
	size_t n = tracee_read_code(t, r->rip, code);
	const struct row *call = passing_call(x, code, n, r);

	memset(s, 0, sizeof(*s));
	s->state.rip = r->rip;
	s->state.fs = r->fs_base;
	s->state.gs = r->gs_base;
	memcpy(s->state.reg, regs, sizeof(regs));
	if (!n)
		return;
	s->known = call ? call_effects(call, &s->effects) : insn_effects(code, n, &s->state, &s->effects);
	for (unsigned k = 0; s->known && k < s->effects.n_mem; k++) {
		const struct insn_mem *m = &s->effects.mem[k];

		if (m->read && tracee_read(t, m->at, &s->found[k], m->len < 8 ? m->len : 8) < 0)
			s->known = false;
	}
}

static enum spin_verdict trace(struct executor *x, struct tracee *t, struct loop_step *s, struct loop *ret)
{
	struct user_regs_struct regs;
	size_t n = 0;

	if (ptrace(PTRACE_GETREGS, t->tid, NULL, &regs) < 0) {
		t->dead = true;
		return SPIN_OTHER_STOP;
	}
	for (size_t next = 64;;) {
		enum spin_verdict v;

		note_step(x, t, &regs, &s[n++]);
		if (n == next && loop_prove(s, n, ret))
			return SPIN_PROVEN;
		if (n == LOOP_STEPS)
			return SPIN_NO;
		if (n == next)
			next *= 4;
		v = step(x, t, true, &regs);
		if (v != SPIN_PROVEN)
			return v;
	}
}

enum spin_verdict spin_find_loop(struct executor *x, struct tracee *t, struct loop *ret)
{
	struct loop_step *s;
	enum spin_verdict v;
	struct lent l;

	if (!lend_mask(t, &l))
		return SPIN_NO;
	s = xmalloc(LOOP_STEPS * sizeof(*s));
	v = trace(x, t, s, ret);
	free(s);
	return_mask(t, &l);
	return v;
}

enum spin_verdict tracee_steps(struct executor *x, struct tracee *t, uint64_t n)
{
	const uint64_t trap = UINT64_C(1) << (SIGTRAP - 1);
	struct user_regs_struct regs;
	struct sig_sets s;

	if (tracee_signals(t, &s) < 0 || ((s.ignored | s.blocked) & trap) || ptrace(PTRACE_GETREGS, t->tid, NULL, &regs) < 0)
		return SPIN_NO;
	counter_disarm(t);
	return steps(x, t, false, &regs, n);
}
