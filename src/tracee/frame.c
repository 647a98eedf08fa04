/* frame.c: the frame of a signal's handler, as the canonical machine has it.
 *
 * The kernel saves the vector registers in the frame, as many as the host's processor has, so the handler's stack pointer, and with it every
 * address that the handler passes on, would tell the processor's generation: 512 bytes without XSAVE, 836 with AVX, 2700 with AVX-512.
 * When the frame is laid the thread stops at the handler's first instruction, and the frame moves to where the model's would be.
 *
 * F1. What lies where follows from the stack pointer before the signal (or the alternate stack) and the size of the state alone
 *     (arch/x86/kernel/signal.c, get_sigframe). A frame that is not found to lie just there stays.
 * F2. The model's state: legacy registers (x86-64-v2: no XSAVE), or legacy and AVX (v3). The kernel takes both back at
 *     rt_sigreturn; what a frame does not hold is then in its initial state, as it was (checked: else the frame stays). Protection
 *     keys cannot be had (table.def).
 * F3. Fields that processors fill in differently, or that are left from another fault, are made constant: where the last x87 instruction
 *     lay, the mask of MXCSR, trap number, error code and address for signals that are no faults. Whether a forbidden page was
 *     present is told by the signal's code.
 * F4. Below the moved frame the memory is what it was. On an alternate stack, of which nobody knows before the signal that it will be used,
 *     it is zeroed, as far as the largest frame reaches.
 * F5. All of it is the guest's to forge: the stack pointer is any number, and addresses are used for nothing but reading and writing
 *     its memory, lengths are bounded here. */
#include "tracee/frame.h"

#include <cpuid.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "model/machine.h"
#include "tracee/tracee.h"

enum {
	RED_ZONE = 128, STATE_ALIGN = 64, FRAME_ALIGN = 16,
	MAGIC_1 = 0x46505853, MAGIC_2 = 0x46505845,         /* asm/sigcontext.h */
	SOFTWARE_AT = 464,                                  /* struct _fpx_sw_bytes in the legacy state */
	RESERVED_AT = 416,
	LAST_INSN_AT = 6, LAST_INSN = 18,                   /* fop, fip, fdp */
	MXCSR_MASK_AT = 28, MXCSR_MASK = 0xffff,
	BIT_LEGACY = 3, BIT_AVX = 4, BITS_MPX = 0x18, BIT_KEYS = 1 << 9, /* of xstate_bv */
	FLAG_STATE = 1,                                     /* UC_FP_XSTATE */
	EFLAGS_RESUME = 0x10000,
	TRAP_OPCODE = 6, TRAP_PROTECTION = 13, TRAP_PAGE = 14, ERROR_PRESENT = 1,
	CODE_64 = 0x33,
	STATE_AFTER = 456,                                  /* the state lies so far above the frame's first byte: it is aligned more strictly */
	BELOW = 4096,                                       /* so far down the stack no frame that moves reaches */
	ALTERNATE_BELOW = 2560,
	AVX_END = FRAME_LEGACY + FRAME_HEADER + FRAME_AVX,
	PAGE = 4096,
};

struct software { uint32_t magic, extended_size; uint64_t features; uint32_t size, pad[7]; };
_Static_assert(sizeof(struct software) == FRAME_LEGACY - SOFTWARE_AT, "as the kernel has it");

size_t frame_state_size(const uint8_t legacy[FRAME_LEGACY])
{
	struct software s;

	memcpy(&s, legacy + SOFTWARE_AT, sizeof(s));
	if (s.magic != MAGIC_1 || s.size == FRAME_LEGACY) /* without XSAVE kernels say so too, but leave out the second magic word */
		return FRAME_LEGACY;
	if (s.size < FRAME_LEGACY + FRAME_HEADER || s.extended_size != s.size + 4 || s.extended_size > FRAME_STATE_MOST)
		return 0;
	return s.extended_size;
}

/* ---- where ---------------------------------------------------------------------------------------------------------- */

static gaddr state_place(gaddr base, size_t size)
{
	return (base - size) & ~(gaddr)(STATE_ALIGN - 1);
}

static gaddr head_place(gaddr state)
{
	return ((state - sizeof(struct frame_head)) & ~(gaddr)(FRAME_ALIGN - 1)) - 8;
}

static bool lies_below(const struct frame *f, gaddr base)
{
	return f->head.state_at == state_place(base, f->size) && f->at == head_place(f->head.state_at);
}

/* F1. From where the frame was laid downwards; 0: unknown. */
static gaddr base_of(const struct frame *f, bool *ret_alternate)
{
	gaddr plain = f->head.rsp - RED_ZONE, alternate = f->head.stack_at + f->head.stack_size;

	*ret_alternate = false;
	if (lies_below(f, plain))
		return plain;
	*ret_alternate = true;
	return f->head.stack_size && lies_below(f, alternate) ? alternate : 0;
}

/* ---- what ----------------------------------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

/* F2: no state is in use that would be lost. Processors are free to call in use what is as it was at a program's start: zero. Nobody can have
 * protection keys, and Linux knows no MPX any more. */
static bool holds_more(const struct frame *f, const struct frame_part parts[FRAME_PARTS], bool avx)
{
	uint64_t used = 0;

	if (f->size == FRAME_LEGACY)
		return false;
	memcpy(&used, f->state + FRAME_LEGACY, sizeof(used));
	used &= ~(uint64_t)(BIT_LEGACY | BITS_MPX | BIT_KEYS | (avx ? BIT_AVX : 0));
	for (unsigned k = 0; used; k++, used >>= 1) {
		const struct frame_part *p = &parts[k];

		if ((used & 1) && (!p->size || p->at + p->size > f->size || !is_zero(f->state + p->at, p->size)))
			return true;
	}
	return false;
}

/* The state's new bytes; how many. */
static size_t make_state(const struct frame *f, bool avx, uint8_t *to)
{
	static const uint32_t mask = MXCSR_MASK, magic_2 = MAGIC_2;
	static const uint64_t used = BIT_LEGACY | BIT_AVX;
	static const struct software s = { .magic = MAGIC_1, .extended_size = AVX_END + sizeof(magic_2), .features = BIT_LEGACY | BIT_AVX, .size = AVX_END };

	memcpy(to, f->state, RESERVED_AT);
	memset(to + LAST_INSN_AT, 0, LAST_INSN);
	memcpy(to + MXCSR_MASK_AT, &mask, sizeof(mask));
	memset(to + RESERVED_AT, 0, FRAME_LEGACY - RESERVED_AT);
	if (!avx)
		return FRAME_LEGACY;
	memcpy(to + SOFTWARE_AT, &s, sizeof(s));
	memset(to + FRAME_LEGACY, 0, FRAME_HEADER);
	memcpy(to + FRAME_LEGACY, &used, sizeof(used));
	memcpy(to + FRAME_LEGACY + FRAME_HEADER, f->state + FRAME_LEGACY + FRAME_HEADER, FRAME_AVX);
	memcpy(to + AVX_END, &magic_2, sizeof(magic_2));
	return AVX_END + sizeof(magic_2);
}

/* What the processor said of a fault, as far as the signal says it as well. An instruction of ours may have faulted in the place of the
 * guest's (insn.h, I2), with numbers of its own. */
static void settle_fault(struct frame_head *h, const siginfo_t *si)
{
	bool page = si->si_signo == SIGSEGV && si->si_code != SI_KERNEL;

	if (si->si_signo == SIGILL)
		h->trap = TRAP_OPCODE;
	else if (si->si_signo == SIGSEGV)
		h->trap = page ? TRAP_PAGE : TRAP_PROTECTION;
	if (h->trap != TRAP_PAGE)
		h->cr2 = h->error = 0;
	else if (page && si->si_code == SEGV_ACCERR)
		h->error |= ERROR_PRESENT;
	else if (page)
		h->error &= ~(uint64_t)ERROR_PRESENT;
}

/* F3 */
static void settle_head(struct frame_head *h, const siginfo_t *si, bool fault, bool avx)
{
	if (!avx)
		h->flags &= ~(uint64_t)FLAG_STATE;
	memset(h->reserved, 0, sizeof(h->reserved));
	memset(h->info, 0, sizeof(h->info));
	memcpy(h->info, si, sizeof(*si) < sizeof(h->info) ? sizeof(*si) : sizeof(h->info));
	if (fault) {
		settle_fault(h, si);
		return;
	}
	h->trap = h->error = h->cr2 = 0;
	h->eflags &= ~(uint64_t)EFLAGS_RESUME;
}

bool frame_canonical(const struct frame *f, const struct frame_part parts[FRAME_PARTS], uint32_t model, const siginfo_t *si, bool fault, struct frame_new *ret)
{
	bool avx = model == MACHINE_CPU_V3;
	uint8_t state[AVX_END + 4];
	struct frame_head h = f->head;
	gaddr base = base_of(f, &ret->alternate);
	size_t size;

	if (!base || h.cs != CODE_64 || (avx && f->size < sizeof(state)) || holds_more(f, parts, avx))
		return false;
	size = make_state(f, avx, state);
	settle_head(&h, si, fault, avx);
	h.state_at = state_place(base, size);
	ret->at = head_place(h.state_at);
	ret->low = f->at < ret->at ? f->at : ret->at;
	ret->top = base;
	ret->n = (size_t)(h.state_at - ret->at) + size;
	memset(ret->bytes, 0, sizeof(ret->bytes));
	memcpy(ret->bytes, &h, sizeof(h));
	memcpy(ret->bytes + (h.state_at - ret->at), state, size);
	if (ret->alternate) /* the same for all hosts */
		ret->low = ret->at - h.stack_at < ALTERNATE_BELOW ? h.stack_at : ret->at - ALTERNATE_BELOW;
	return true;
}

/* Where the host's processor puts what (leaf 0xd of CPUID). */
static const struct frame_part *host_parts(void)
{
	static struct frame_part parts[FRAME_PARTS];
	enum { LEAF = 0xd, FIRST = 2 };

	if (parts[FIRST].size || __get_cpuid_max(0, NULL) < LEAF)
		return parts;
	for (unsigned k = FIRST; k < FRAME_PARTS; k++) {
		uint32_t c, d;

		__cpuid_count(LEAF, k, parts[k].size, parts[k].at, c, d);
	}
	return parts;
}

/* ---- in the guest --------------------------------------------------------------------------------------------------- */

/* The last bytes below the stack pointer; where there is no memory yet there will be zeros. */
struct below { gaddr from; size_t n; uint8_t bytes[BELOW]; };

/* How far the kernel's own frame will reach, once the size of the host's state is known: reading further could make a stack grow. */
static size_t reach(gaddr sp, size_t state_size)
{
	gaddr lowest = head_place(state_place(sp - RED_ZONE, state_size));

	return state_size && sp - lowest < BELOW ? (size_t)(sp - lowest) : BELOW;
}

/* Of what lies at from..to, the pieces that lie in one page each. How many; most: room for them. */
static size_t split(gaddr from, gaddr to, struct iovec *ret, size_t most)
{
	size_t n = 0;

	for (gaddr at = from, next; at < to && n < most; at = next) {
		next = at + (PAGE - at % PAGE) < to ? at + (PAGE - at % PAGE) : to;
		ret[n++] = (struct iovec){ (void *)(uintptr_t)at, next - at };
	}
	return n;
}

static void read_below(struct tracee *t, gaddr sp, size_t state_size, struct below *ret)
{
	struct iovec pieces[2];
	size_t n;

	ret->n = reach(sp, state_size);
	ret->from = sp - ret->n; /* anything may stand in the stack pointer: it wraps, and what is not memory is not read */
	memset(ret->bytes, 0, ret->n);
	n = split(ret->from, ret->from + ret->n, pieces, ARRAY_SIZE(pieces));
	if (tracee_readv(t, &(struct iovec){ ret->bytes, ret->n }, 1, pieces, n) == (ssize_t)ret->n)
		return;
	for (size_t at = 0; at < ret->n; at += n) {
		size_t in_page = PAGE - (ret->from + at) % PAGE;

		n = in_page < ret->n - at ? in_page : ret->n - at;
		(void)tracee_read(t, ret->from + at, ret->bytes + at, n);
	}
}

/* All of it at once, if it is as large as the last one: where the state lies follows from its alignment. */
static bool read_frame_of(struct tracee *t, gaddr at, size_t state_size, struct frame *ret)
{
	enum { BETWEEN = STATE_AFTER - sizeof(struct frame_head) };
	uint8_t between[BETWEEN];
	const struct iovec here[] = { { &ret->head, sizeof(ret->head) }, { between, sizeof(between) }, { ret->state, state_size } };
	const struct iovec there = { (void *)(uintptr_t)at, STATE_AFTER + state_size };

	return state_size && tracee_readv(t, here, ARRAY_SIZE(here), &there, 1) == (ssize_t)there.iov_len && ret->head.state_at == at + STATE_AFTER &&
	       frame_state_size(ret->state) == state_size;
}

static bool read_frame(struct tracee *t, gaddr at, size_t state_size, struct frame *ret)
{
	ret->at = at;
	ret->size = state_size;
	if (read_frame_of(t, at, state_size, ret))
		return true;
	if (tracee_read(t, at, &ret->head, sizeof(ret->head)) < 0 || tracee_read(t, ret->head.state_at, ret->state, FRAME_LEGACY) < 0)
		return false;
	ret->size = frame_state_size(ret->state);
	return ret->size && tracee_read(t, ret->head.state_at, ret->state, ret->size) == 0;
}

static const uint8_t zeros[PAGE];

/* F4. Where nothing can be written, nothing was. */
static void give_back(struct tracee *t, gaddr from, gaddr to, bool alternate, const struct below *b)
{
	if (!alternate && (from < b->from || to - b->from > b->n))
		return;
	for (gaddr at = from, next; at < to; at = next) {
		next = at + (PAGE - at % PAGE) < to ? at + (PAGE - at % PAGE) : to;
		(void)tracee_write(t, at, alternate ? zeros : b->bytes + (at - b->from), next - at);
	}
}

/* The new frame first: what is below it holds the one to which it is an answer. Most often all of it can be written. False: not the frame. */
static bool write_frame(struct tracee *t, const struct frame_new *n, const struct below *b)
{
	const size_t under = n->at - n->low, over = n->top - n->at - n->n;
	const bool known = n->alternate ? under <= PAGE && over <= PAGE : n->low >= b->from && n->top - b->from <= b->n;
	const struct iovec here[] = { { (void *)(uintptr_t)n->bytes, n->n }, { (void *)(uintptr_t)(n->alternate ? zeros : b->bytes + (n->low - b->from)), under },
		{ (void *)(uintptr_t)(n->alternate ? zeros : b->bytes + (n->at + n->n - b->from)), over } };
	const struct iovec there[] = { { (void *)(uintptr_t)n->at, n->n }, { (void *)(uintptr_t)n->low, under }, { (void *)(uintptr_t)(n->at + n->n), over } };

	if (known && tracee_writev(t, here, there, ARRAY_SIZE(there)) == (ssize_t)(n->top - n->low))
		return true;
	if (tracee_write(t, n->at, n->bytes, n->n) < 0)
		return false;
	give_back(t, n->low, n->at, n->alternate, b);
	give_back(t, n->at + n->n, n->top, n->alternate, b);
	return true;
}

/* A frame that stays is right about all but one thing: the step into the handler shows in it when an instruction comes next that takes
 * flags from the stack. */
static bool keep(struct tracee *t, const struct frame *f, uint64_t eflags)
{
	(void)tracee_write(t, f->at + offsetof(struct frame_head, eflags), &eflags, sizeof(eflags));
	return !t->dead;
}

static bool move(const struct executor *x, struct tracee *t, const siginfo_t *si, bool fault, uint64_t eflags, const struct below *b, size_t *state_size,
		 struct user_regs_struct *r)
{
	static struct frame f;
	static struct frame_new n;

	if (!read_frame(t, r->rsp, *state_size, &f))
		return true;
	*state_size = f.size;
	f.head.eflags = eflags;
	if (!frame_canonical(&f, host_parts(), x->w->cpu_model, si, fault, &n) || !write_frame(t, &n, b))
		return keep(t, &f, eflags);
	r->rsp = n.at;
	r->rsi = n.at + offsetof(struct frame_head, info);
	r->rdx = n.at + offsetof(struct frame_head, flags);
	return tracee_set_regs(t, r);
}

/* The kernel tells a thread that is stepped into a handler with its own sort of trap (kernel/signal.c, signal_delivered). */
static bool at_handler(struct tracee *t)
{
	siginfo_t si;

	return t->status >> 8 == SIGTRAP && tracee_siginfo(t, &si) && si.si_signo == SIGTRAP && si.si_code == SIGTRAP;
}

enum delivery tracee_deliver(struct executor *x, struct tracee *t, int signo)
{
	static struct below b;
	static size_t state_size; /* of this host's frames; 0: none was seen yet */
	struct user_regs_struct r;
	siginfo_t si;
	uint64_t eflags;
	bool fault;

	memset(&si, 0, sizeof(si));
	if (!tracee_siginfo(t, &si) || !tracee_regs(t, &r))
		return DELIVERY_OTHER_STOP;
	/* Who sends it to itself may say so too, but in a call. */
	fault = r.orig_rax == UINT64_MAX && si.si_code > 0 && (signo == SIGSEGV || signo == SIGBUS || signo == SIGFPE || signo == SIGILL || signo == SIGTRAP);
	eflags = r.eflags;
	read_below(t, r.rsp, state_size, &b);
	t->where = RUNNING;
	if (ptrace(PTRACE_SINGLESTEP, t->tid, NULL, (long)signo) < 0) {
		t->dead = true;
		return DELIVERY_OTHER_STOP;
	}
	if (!tracee_wait(x, t))
		return DELIVERY_INTERRUPTED;
	if (t->dead || !at_handler(t))
		return DELIVERY_OTHER_STOP;
	t->where = AT_OTHER;
	return tracee_regs(t, &r) && move(x, t, &si, fault, eflags, &b, &state_size, &r) ? DELIVERY_AT_HANDLER : DELIVERY_OTHER_STOP;
}
