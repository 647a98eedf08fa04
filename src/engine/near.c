/* near.c: calls that the agent answered in the guest (agent/wire.h).
 *
 * N1. The window is open from a thread's resumption by run_task() to its next stop, and no longer: what else runs a guest (prologues, signal
 *     frames, calls in its name) meets a closed one.
 * N2. Within the window nothing can come up that would have had a consequence at a call's own stop: no end of a quantum, no timer, nobody who is woken.
 *     Who waits is looked at when the turn ends, as ever. A signal that the thread's own call brings about ends the window (hold(), deliver_held()).
 * N3. A record is judged before it is believed; what is wrong with one is said once, and from then on every call comes to us. */
#include "engine/internal.h"

#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/log.h"
#include "base/mem.h"
#include "sched/sched.h"
#include "syscall/io.h"
#include "syscall/table.h"
#include "tracee/code.h"
#include "tracee/texts.h"

enum { SYSCALL_INSN = 2 };

/* TF and AC of the flags: with neither does anybody run in the agent (entry.c, step.c). */
#define TRAP_FLAG UINT64_C(0x100)
#define ALIGNMENT_CHECK UINT64_C(0x40000)

/* ---- opening and closing -------------------------------------------------------------------------------------------------- */

/* Nothing may happen by itself while the thread answers its calls. */
static bool may_open(struct engine *e, uint32_t task)
{
	const struct world *w = e->w;
	const struct tracee *t = tracee_of(e, task);

	return !e->near.off && e->x->procs[w->tasks[task].proc].agent && !t->counting && !t->executing && !w->async_seen && !w->hand_over &&
	       t->count.kind == COUNTER_NONE && w->quantum > w->tasks[task].events + 1;
}

static bool writes_are_limited(struct engine *e, uint32_t task)
{
	return e->cfg->file_limit || (world_proc(e->w, task)->limits_set & 1u << RLIMIT_FSIZE);
}

void engine_near_open(struct engine *e, uint32_t task)
{
	struct window *v = e->cfg->window;
	const struct world *w = e->w;
	const struct task *t = &w->tasks[task];
	uint32_t timer;

	if (!v)
		return;
	v->open = e->near.open = may_open(e, task);
	if (!v->open)
		return;
	timer = timer_earliest(w);
	e->near.left = w->quantum - t->events - 1;
	v->left = e->near.left;
	v->task = task;
	v->proc = t->proc;
	v->log = e->cfg->observer != NULL;
	v->limited = writes_are_limited(e, task);
	v->paths = !e->x->root_changed;
	v->used = v->n_seen = v->n_new = v->n_channels = v->n_woken = v->n_ttys = v->limits_set = v->segv_set = v->tried = v->written = v->stop = 0;
	v->latest.used = 0;
	v->retry = e->near.retry;
	e->near.retry = false;
	v->now_ns = w->now_ns;
	e->near.until = timer == NO_INDEX ? NO_DEADLINE : w->timers[timer].deadline_ns;
	v->until_ns = e->near.until;
	e->spin_near = e->near.left;
	e->near.looks = 0;
	v->task_cpu_ns = t->cpu_ns;
	v->proc_cpu_ns = w->procs[t->proc].cpu_ns;
	v->ramp = t->ramp;
	v->rng = t->rng;
	for (unsigned i = 0; i < 2; i++) {
		v->outputs[i].dev = e->x->outputs[i].dev;
		v->outputs[i].ino = e->x->outputs[i].ino;
	}
}

/* Parked at its entry, with nothing to remember and no signal that would come first: it goes on as if it just came to the call. */
static bool may_try_again(struct engine *e, uint32_t task)
{
	static const uint64_t nothing[ARRAY_SIZE(e->w->tasks[0].scratch)];
	const struct task *m = &e->w->tasks[task];
	struct tracee *t = tracee_of(e, task);

	return e->cfg->window && t->where == AT_ENTRY && !(t->orig.eflags & TRAP_FLAG) && t->nr < WORLD_NSYS && syscall_rows[t->nr].near == NEAR_TRIES && !t->inject && !m->timed_out &&
	       m->deadline_ns == NO_DEADLINE && memcmp(m->scratch, nothing, sizeof(nothing)) == 0 && may_open(e, task) &&
	       !(e->w->timers_high > 0 && timer_cpu_armed(e->w, m->proc)) &&
	       !(m->have_mask ? tracee_signal_queued(t) : tracee_signal_comes(t));
}

bool engine_near_try_again(struct engine *e, uint32_t task)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	struct tracee *t = tracee_of(e, task);
	struct user_regs_struct r = t->orig;

	if (!may_try_again(e, task))
		return false;
	engine_unpark(e, task);
	r.rcx = r.rip - SYSCALL_INSN;
	r.rip = image->entry;
	r.rax = t->nr;
	r.orig_rax = UINT64_MAX;
	tracee_set_regs(t, &r);
	e->w->seen[t->nr]--; /* it will be counted once more */
	t->where = AT_OTHER;
	t->sig_check = false;
	e->near.retry = true;
	e->near.again_at = t->orig.rip;
	return true;
}

bool engine_near_came_back(struct engine *e, const struct tracee *t)
{
	bool back = e->near.again_failed;

	e->near.again_failed = false;
	if (back)
		e->w->seen[t->nr]++;
	return back;
}

bool engine_near_progress(struct engine *e)
{
	uint32_t left = e->near.open ? *(const volatile uint32_t *)&e->cfg->window->left : UINT32_MAX;

	if (left >= e->spin_near)
		return false;
	e->spin_near = left;
	return true;
}

/* ---- edits of code ------------------------------------------------------------------------------------------------------- */

static void put_frame(struct window *v, const struct user_regs_struct *r)
{
	const uint64_t saved[2] = { r->rcx, r->r11 };
	const struct frame f = { r->r15, r->r14, r->r13, r->r12, r->rbp, r->rbx, r->r9, r->r8, r->r10, r->rdx, r->rsi, r->rdi, r->rax, r->rip, r->eflags, r->rsp };

	memcpy((uint8_t *)v + (AGENT_FRAME - AGENT_WINDOW), &f, sizeof(f));
	memcpy((uint8_t *)v + (AGENT_SAVED - AGENT_WINDOW), saved, sizeof(saved));
}

/* The thread is about to go on: first in the agent, which makes the edits and takes its registers from the frame. Where a signal comes first, or
 * every call stops, they are made from outside. */
void engine_near_edit(struct engine *e, uint32_t task)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	struct window *v = e->cfg->window;
	struct tracee *t = tracee_of(e, task);
	struct user_regs_struct r;

	if (engine_start_edits(e, v, &r, &e->near.edit_regs)) {
		put_frame(v, &e->near.edit_regs);
		e->near.editing = e->start.runs = tracee_set_regs(t, &r);
		return;
	}
	if (!e->x->edits.n)
		return;
	if (!v || e->x->edits.task != task || e->x->edits.n > sizeof(v->records) || t->executing || t->counting || t->inject || !tracee_regs(t, &e->near.edit_regs) ||
	    (e->near.edit_regs.eflags & TRAP_FLAG)) {
		tracee_code_edit(e->x);
		return;
	}
	memcpy(v->records, e->x->edits.list, e->x->edits.n);
	v->edits = (uint32_t)e->x->edits.n;
	put_frame(v, &e->near.edit_regs);
	r = e->near.edit_regs;
	r.rip = image->edit_entry;
	r.rsp = AGENT_FRAME;
	r.eflags &= ~ALIGNMENT_CHECK; /* entry.c */
	r.orig_rax = UINT64_MAX;
	e->near.editing = tracee_set_regs(t, &r);
}

/* It stopped. Where nothing was done yet (a signal came first), it is where it was, and the edits are still to be made. */
static void end_editing(struct engine *e, uint32_t task)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	struct tracee *t = tracee_of(e, task);
	struct user_regs_struct r;

	if (!e->near.editing)
		return;
	e->near.editing = e->start.runs = false;
	if (t->dead || !tracee_regs(t, &r) || r.rip != image->edit_entry)
		e->x->edits.n = 0;
	else
		tracee_set_regs(t, &e->near.edit_regs);
}

/* ---- records ---------------------------------------------------------------------------------------------------------------- */

static bool is_near(const struct wire_record *r)
{
	if (r->nr == WIRE_TSC)
		return r->effect == WIRE_CLOCK;
	return r->nr < WORLD_NSYS && row_is_near(&syscall_rows[r->nr]);
}

static bool is_fork(uint32_t nr)
{
	return nr == SYS_clone || nr == SYS_clone3 || nr == SYS_vfork;
}

/* What the filter lets pass at the agent's addresses. */
static bool is_plain_fork(const struct wire_record *r)
{
	if (r->nr == SYS_clone)
		return !(r->a & ~(uint64_t)(CSIGNAL | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID));
	return r->a == (CLONE_VM | CLONE_VFORK);
}

/* It stands for more of its call. */
static uint64_t repeats(const struct wire_record *r)
{
	return r->effect == WIRE_NONE || r->effect == WIRE_CLOCK ? r->b : 0;
}

static bool may_repeat(const struct engine *e, const struct wire_record *r, uint32_t calls)
{
	if (!repeats(r))
		return true;
	if (r->b >= calls || e->cfg->observer || r->more || r->nr == WIRE_TSC)
		return false;
	return r->effect == WIRE_CLOCK ? r->nr == SYS_clock_gettime : syscall_rows[r->nr].class != ROW_LIFE;
}

/* left: bytes of records; calls that may still be answered. */
static bool is_sound(const struct engine *e, const struct wire_record *r, uint32_t left, uint32_t calls)
{
	enum { ERRNO_MOST = 4095, RW_MOST = 0x7ffff000 }; /* MAX_ERRNO, MAX_RW_COUNT of the kernel */
	uint64_t behind = r->more * sizeof(struct wire_more) + (r->path_len == NO_INDEX ? 0 : r->path_len) + (uint64_t)(r->data_len == NO_INDEX ? 0 : r->data_len);

	return left >= sizeof(*r) && r->size >= sizeof(*r) && r->size <= left && r->size % 8 == 0 && behind <= r->size - sizeof(*r) &&
	       r->more <= WIRE_MORE && (r->path_len == NO_INDEX || r->path_len < PATH_MAX) && is_near(r) &&
	       (r->effect == WIRE_FORK) == is_fork(r->nr) && (r->effect != WIRE_FORK || is_plain_fork(r)) &&
	       may_repeat(e, r, calls) && (r->effect != WIRE_REFUSED || r->nr == SYS_ioctl) && (r->effect != WIRE_LIMIT || (r->a < WIRE_LIMITS_MOST && (uint32_t)WIRE_LIMITS >> r->a & 1)) &&
	       r->ret >= -ERRNO_MOST && (r->nr == WIRE_TSC || syscall_rows[r->nr].near != NEAR_ACTS || r->ret <= RW_MOST) && r->effect < WIRE_EFFECTS &&
	       (r->effect != WIRE_TTY || (r->a / 2 < WORLD_MAX_TERMINALS && r->b <= WORLD_TTY_HELD)) && (r->effect != WIRE_RANDOM || r->a <= WIRE_RANDOM_MOST);
}

static bool ends(const struct wire_record *r)
{
	return r->nr != WIRE_TSC && syscall_rows[r->nr].near == NEAR_ENDS;
}

static bool begins(const struct wire_record *r)
{
	return r->nr != WIRE_TSC && row_begins(&syscall_rows[r->nr]);
}

/* The process said that it ends: it did nothing more, was alone, and is dead. */
static bool is_its_end(struct engine *e, uint32_t task, bool last)
{
	return last && tracee_of(e, task)->dead && world_proc(e->w, task)->tasks == 1;
}

static void apply_to_file(struct engine *e, uint32_t effect, uint64_t dev, uint64_t ino, int64_t ns)
{
	const int64_t times[2] = { effect == WIRE_ATIME ? ns : INT64_MIN, effect == WIRE_MTIME ? ns : INT64_MIN };
	bool known = inode_find(e->w, dev, ino);

	switch (effect) {
	case WIRE_SEE:
		inode_see(e->w, dev, ino, 0, 1);
		break;
	case WIRE_BORN:
		inode_born(e->w, dev, ino);
		break;
	case WIRE_TOUCH:
		if (known)
			inode_touch(e->w, dev, ino);
		break;
	case WIRE_TOUCH_META:
		if (known)
			inode_touch_meta(e->w, dev, ino);
		break;
	case WIRE_DIED:
		inode_died(e->w, dev, ino);
		break;
	case WIRE_ATIME:
	case WIRE_MTIME:
		inode_set_times(e->w, dev, ino, times);
		break;
	}
}

/* What the process made of SIGSEGV, by its own word. */
static void take_segv(struct engine *e, uint32_t task)
{
	struct signal_action a;

	memcpy(&a, &e->cfg->window->segv, sizeof(a));
	world_set_segv(e->w, task, &a);
}

/* Of a call that changes names, behind its own effect. */
static void apply_more(struct engine *e, const uint8_t *behind, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct wire_more m;

		memcpy(&m, behind + i * sizeof(m), sizeof(m));
		apply_to_file(e, (uint32_t)(m.effect < WIRE_EFFECTS ? m.effect : WIRE_NONE), m.a, m.b, (int64_t)m.c);
	}
}

static void refuse(struct engine *e, uint32_t task)
{
	struct call c = { .x = e->x, .w = e->w, .task = task, .nr = SYS_ioctl };

	tracee_of(e, task)->nr = SYS_ioctl;
	x_refused(&c, IO_UNKNOWN_IOCTL);
}

static void apply(struct engine *e, uint32_t task, const struct wire_record *r)
{
	switch (r->effect) {
	case WIRE_CLOCK:
		clock_read_at(e->w, task, r->a);
		break;
	case WIRE_RANDOM:
		for (uint64_t n = r->a; n; n--)
			rng_next(e->w, task);
		break;
	case WIRE_CLEAR_TID:
		world_set_clear_tid(e->w, task, r->a);
		break;
	case WIRE_SIGCHLD:
		world_set_sigchld(e->w, task, (uint32_t)r->a);
		break;
	case WIRE_REFUSED:
		refuse(e, task);
		break;
	case WIRE_LIMIT:
		world_set_limit(e->w, task, (uint32_t)r->a, (const uint64_t[2]){ r->b, r->c });
		break;
	case WIRE_CHANNEL:
		futex_channel(e->w, r->a);
		break;
	case WIRE_FORK:
		e->w->tasks[task].scratch[FORK_FLAGS] = r->a;
		e->w->tasks[task].scratch[FORK_CHILD_TID] = r->b;
		break;
	case WIRE_MAPPED:
		texts_mapped(e->x, r->a);
		break;
	case WIRE_SEGV:
		take_segv(e, task);
		break;
	case WIRE_TTY:
		world_tty_hold(e->w, (uint32_t)(r->a / 2), r->a & 1, (uint32_t)r->b);
		break;
	default:
		apply_to_file(e, r->effect, r->a, r->b, (int64_t)r->c);
	}
}

/* What else a call's own stop would have done, for who is told of it. */
static void tell(struct engine *e, uint32_t task, const struct wire_record *r, const uint8_t *behind)
{
	struct tracee *t = tracee_of(e, task);
	struct told told = { .path = (const char *)behind, .path_len = r->path_len, .data_len = r->data_len };
	struct call c = { .x = e->x, .w = e->w, .task = task, .nr = r->nr, .ret = r->ret, .told = &told };

	told.data = behind + (r->path_len == NO_INDEX ? 0 : r->path_len);
	t->nr = r->nr;
	memcpy(t->arg, r->arg, sizeof(t->arg));
	engine_completed(e, &c, &syscall_rows[r->nr]);
	if (syscall_rows[r->nr].class == ROW_LIFE)
		engine_life_begins(e, &c);
}

static void replay(struct engine *e, uint32_t task, const struct wire_record *r, const uint8_t *behind)
{
	apply(e, task, r);
	apply_more(e, behind, r->more);
	behind += r->more * sizeof(struct wire_more);
	if (r->nr == WIRE_TSC) {
		clock_event(e->w, task);
		return;
	}
	e->near.forked = r->effect == WIRE_FORK;
	e->w->seen[r->nr]++;
	e->near.calls++;
	e->near.by_call[r->nr]++;
	if (e->cfg->observer || syscall_rows[r->nr].class == ROW_LIFE) {
		tell(e, task, r, behind);
		return;
	}
	engine_counted(e, task, &syscall_rows[r->nr]);
	engine_fire_timers(e);
}

/* What else the record stands for. False: that took longer than until something else happens. */
static bool replay_repeats(struct engine *e, uint32_t task, const struct wire_record *r)
{
	const uint64_t n = repeats(r);

	if (!n)
		return true;
	if ((r->effect == WIRE_CLOCK ? clock_read_again(e->w, task, r->a, n, e->near.until) : clock_events(e->w, task, n, e->near.until)) != n)
		return false;
	if (r->effect == WIRE_NONE && syscall_rows[r->nr].class != ROW_FAKE)
		e->w->progress += n;
	e->w->seen[r->nr] += n;
	e->near.calls += n;
	e->near.by_call[r->nr] += n;
	return true;
}

/* ---- closing ---------------------------------------------------------------------------------------------------------------- */

void engine_near_distrust(struct engine *e, uint32_t task)
{
	if (e->near.off || engine_is_cut(e)) /* who is interrupted leaves things half done */
		return;
	e->near.off = true;
	warn("a program changed the memory that detbuild keeps in it: this run may not be repeatable");
	engine_note(e, task, "the agent's memory was changed");
	if (e->w->strict)
		engine_over(e, ENGINE_REFUSED, 0);
}

/* A signal that came up inside the agent waits until the call is answered (deliver_held()), or left to us, which is its next stop. */
static bool hold(struct engine *e, int signo)
{
	e->near.held |= UINT64_C(1) << (signo - 1);
	e->cfg->window->stop = 1;
	return true;
}

/* As the kernel does by itself: to the process, of which nobody else runs. What it says is the kernel's as well (dress_timer()). */
static void send_held(struct engine *e, uint32_t task)
{
	const struct tracee *t = tracee_of(e, task);

	for (int signo = 1; e->near.held; signo++, e->near.held >>= 1)
		if (e->near.held & 1 && !t->dead)
			kill(t->tgid, signo);
}

/* At a call's entry, with the instruction before this place. */
static bool stops_at(struct tracee *t, gaddr rip)
{
	struct user_regs_struct r;

	return !t->dead && t->status >> 16 == PTRACE_EVENT_SECCOMP && tracee_regs(t, &r) && r.rip == rip && r.orig_rax == t->nr;
}

void engine_near_close(struct engine *e, uint32_t task)
{
	struct window *v = e->cfg->window;
	uint32_t at = 0, used, n = 0;
	gaddr again_at = e->near.again_at;

	e->near.again_at = 0;
	e->near.again_failed = e->near.forked = false;
	e->near.tried = 0;
	end_editing(e, task);
	send_held(e, task);
	if (!e->near.open)
		return;
	e->near.tried = v->tried;
	e->near.open = false;
	if (v->written)
		e->x->outputs[0].dirty = e->x->outputs[1].dirty = true;
	v->open = 0;
	used = v->used;
	e->near.again_failed = again_at && !used && stops_at(tracee_of(e, task), again_at);
	while (at < used && used <= WIRE_RECORDS && n < e->near.left && !engine_is_cut(e)) {
		struct wire_record r;
		uint32_t left = used - at;

		memcpy(&r, (const uint8_t *)v + offsetof(struct window, records) + at, sizeof(r)); /* behind the records lies more of the window */
		if (!is_sound(e, &r, left, e->near.left - n) || (begins(&r) && world_proc(e->w, task)->tasks != 1) || (ends(&r) && !is_its_end(e, task, at + r.size == used)) || e->w->now_ns >= e->near.until)
			break;
		replay(e, task, &r, v->records + at + sizeof(r));
		if (!replay_repeats(e, task, &r))
			break;
		at += r.size;
		n += 1 + (uint32_t)repeats(&r);
	}
	if (tracee_of(e, task)->status >> 16 != PTRACE_EVENT_EXEC)
		tracee_of(e, task)->executing = false; /* it failed */
	if (!e->over && (at != used || v->now_ns != e->w->now_ns || v->rng != e->w->tasks[task].rng || memcmp(&v->ramp, &e->w->tasks[task].ramp, sizeof(v->ramp)) != 0 || v->left != e->near.left - n))
		engine_near_distrust(e, task);
}

/* The thread goes on where the frame says, as if the kernel had let it go there; answered: behind a call that the agent has made. A stack of its own it keeps. */
static bool leave_agent(struct engine *e, struct tracee *t, bool answered)
{
	struct user_regs_struct r;
	struct frame f;

	if (!tracee_regs(t, &r))
		return false;
	memcpy(&f, (const uint8_t *)e->cfg->window + (AGENT_FRAME - AGENT_WINDOW), sizeof(f));
	r.r15 = f.r15;
	r.r14 = f.r14;
	r.r13 = f.r13;
	r.r12 = f.r12;
	r.rbp = f.rbp;
	r.rbx = f.rbx;
	r.r9 = f.r9;
	r.r8 = f.r8;
	r.r10 = f.r10;
	r.rdx = f.rdx;
	r.rsi = f.rsi;
	r.rdi = f.rdi;
	r.rip = r.rcx = answered ? f.site : f.site + SYSCALL_INSN;
	r.rax = answered ? f.rax : r.rax;
	r.orig_rax = answered ? UINT64_MAX : r.orig_rax;
	r.eflags = r.r11 = f.flags;
	if (r.rsp - AGENT_WINDOW < AGENT_WINDOW_SIZE)
		r.rsp = f.rsp;
	return tracee_set_regs(t, &r);
}

/* A child was born inside the agent, whose stack is its parent's, too. A parent that waits for it to leave its memory would find nothing there. */
bool engine_near_born(struct engine *e, struct tracee *parent, struct tracee *child, bool vfork)
{
	if (vfork)
		leave_agent(e, parent, false);
	return leave_agent(e, child, false);
}

/* ---- stops inside the agent -------------------------------------------------------------------------------------------------- */

/* It touched guest memory that is not there: that is an answer. Where the kernel had to force the signal, the guest's action and mask are given back. */
static bool mend_fault(struct engine *e, uint32_t task, int signo, struct user_regs_struct *r)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	struct frame f;

	if (r->rip < image->copy_from || r->rip >= image->copy_to)
		return false;
	memcpy(&f, (const uint8_t *)e->cfg->window + (AGENT_FRAME - AGENT_WINDOW), sizeof(f));
	if (e->cfg->window->segv_set) /* since the window was opened */
		take_segv(e, task);
	if (signo == SIGSEGV)
		engine_give_action_back(e, task, r, f.site);
	r->rip = image->copy_fault;
	r->orig_rax = UINT64_MAX;
	return tracee_set_regs(tracee_of(e, task), r);
}

/* A call that brought about a signal was answered: now it comes up behind the call. */
static bool deliver_held(struct engine *e, uint32_t task)
{
	if (!leave_agent(e, tracee_of(e, task), true))
		return false;
	send_held(e, task);
	return true;
}

/* The kernel has done nothing and would make the agent's call once more (job control: the caller is in the background): it is ours. In the middle of a
 * handler that is not given up it may. */
static bool give_up_restart(struct engine *e, uint32_t task, struct user_regs_struct *r)
{
	const int64_t ret = (int64_t)r->rax;

	if (e->cfg->window->pending.acting != ACTING_NOT || (int64_t)r->orig_rax < 0 || ret > -ERESTARTSYS_CODE || ret < -ERESTART_RESTARTBLOCK_CODE)
		return true;
	r->rip = ((const struct wire_image *)(const void *)agent_image_begin)->cannot;
	r->orig_rax = UINT64_MAX;
	return tracee_set_regs(tracee_of(e, task), r);
}

/* For who opens the other end of a FIFO (x_looks_for_fifos()). */
static bool waited_in_open(const struct user_regs_struct *r)
{
	return (r->orig_rax == SYS_open || r->orig_rax == SYS_openat) && (int64_t)r->rax == -ERESTARTSYS_CODE;
}

/* The agent may not write to code (a security module, a limit): it made a call that stops. */
static bool edit_outside(struct engine *e, uint32_t task, struct user_regs_struct *r)
{
	const struct wire_image *image = (const void *)agent_image_begin;

	if (!e->near.editing || r->rip != image->edit_failed)
		return false;
	engine_start_take_away(e, task);
	tracee_code_edit(e->x);
	r->orig_rax = UINT64_MAX;
	return tracee_set_regs(tracee_of(e, task), r);
}

/* A stop in the prologue that is no stop of a group: its end, where the agent cannot be mapped; a signal; nothing that is known. */
static bool begin_anyway(struct engine *e, uint32_t task, int event, int signo)
{
	const uint64_t faults = UINT64_C(1) << (SIGSEGV - 1) | UINT64_C(1) << (SIGBUS - 1) | UINT64_C(1) << (SIGILL - 1) | UINT64_C(1) << (SIGTRAP - 1);

	if (!event && !(faults >> (signo - 1) & 1))
		return hold(e, signo);
	e->near.open = e->near.editing = false;
	e->cfg->window->open = 0;
	e->start.runs = event == PTRACE_EVENT_SECCOMP;
	if (event == PTRACE_EVENT_SECCOMP && engine_start_failed(e, task))
		return true;
	kill(tracee_of(e, task)->tgid, SIGKILL);
	return true;
}

static bool is_stopped_group(int event, int signo)
{
	return event == PTRACE_EVENT_STOP && (signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU);
}

bool engine_near_goes_on(struct engine *e, uint32_t task)
{
	enum { LOOKS_MOST = 3 };
	const struct wire_image *image = (const void *)agent_image_begin;
	const uint64_t end = AGENT_BASE + ((uintptr_t)agent_image_end - (uintptr_t)agent_image_begin);
	struct tracee *t = tracee_of(e, task);
	int signo = WSTOPSIG(t->status), event = t->status >> 16;
	struct user_regs_struct r;

	if ((!e->near.open && !e->near.editing) || t->dead || (event && event != PTRACE_EVENT_STOP && event != PTRACE_EVENT_SECCOMP) ||
	    signo == (SIGTRAP | 0x80) || !tracee_regs(t, &r) || ((r.rip < AGENT_BASE || r.rip >= end) && !engine_start_runs(e, task, r.rip)))
		return false;
	if (e->near.editing && is_stopped_group(event, signo))
		return hold(e, SIGSTOP);
	if (engine_start_runs(e, task, r.rip) && event != PTRACE_EVENT_STOP)
		return begin_anyway(e, task, event, signo);
	if (event == PTRACE_EVENT_STOP && signo == SIGTRAP && waited_in_open(&r)) {
		e->spin_asked = false;
		e->w->fifo_seen = 1;
		return give_up_restart(e, task, &r);
	}
	if (event == PTRACE_EVENT_SECCOMP)
		return e->near.held && r.rip == image->stopped ? deliver_held(e, task) : edit_outside(e, task, &r);
	if (!event && (signo == SIGSEGV || signo == SIGBUS || signo == SIGTRAP))
		return mend_fault(e, task, signo, &r);
	if (!event && (signo == SIGILL || signo == SIGFPE)) /* it says that it is broken, and would again */
		return false;
	if (!event)
		return r.rip != image->edit_entry && give_up_restart(e, task, &r) && hold(e, signo);
	if (signo != SIGTRAP || !e->spin_asked || (++e->near.looks > LOOKS_MOST && !e->near.editing)) /* edits come to an end, on a slow host as well */
		return false;
	e->spin_asked = false; /* a moment later it is not there */
	return true;
}
