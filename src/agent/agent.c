/* agent.c: one call, answered in the guest by the same handler that the supervisor would run, or left to it.
 *
 * A1. Until the handler has said what becomes of the call, and its record is sure to fit, nothing is done that could not be done again:
 *     giving up (agent_cannot) is then as if the call had not come here.
 * A2. A call that passes is made last, and cannot fail to be recorded.
 * A3. A signal that a call brings about comes up inside of it. The supervisor keeps it and sets `stop`: it is delivered behind the call, as it would have been. */
#include "agent/internal.h"

#include <string.h>

#include "insn/tsc_place.h"
#include "syscall/fs.h"
#include "syscall/text.h"

enum { DATA_MOST = 0x20000, VFORK_FLAGS = 0x4100 /* CLONE_VM | CLONE_VFORK */, SIGCHLD_NUMBER = 17 };

/* ---- records --------------------------------------------------------------------------------------------------------- */

/* Which argument is the row's first path; -1: none. */
static int path_argument(const struct row *row)
{
	for (int k = 0; row->args[k]; k++)
		if (row->args[k] == 'p')
			return k;
	return -1;
}

/* Of a call that is tried its argument says it, if it moves anything. */
static uint64_t most_tried(const struct call *c)
{
	const struct row *row = &syscall_rows[c->nr];
	const char *n = row->args;

	while (*n && *n != 'n')
		n++;
	return *n ? c->arg[n - row->args] + sizeof(int64_t) : 0;
}

static uint64_t most_data(const struct call *c)
{
	if (c->data_file)
		return WINDOW->pending.copied;
	if (syscall_rows[c->nr].near == NEAR_TRIES)
		return most_tried(c);
	if (c->data_len || (c->data && c->ret > 0))
		return c->data_len ? c->data_len : (uint64_t)c->ret;
	return syscall_rows[c->nr].near == NEAR_ACTS && c->data ? c->arg[2] : sizeof(struct statx);
}

/* Bytes that the record may need. */
static uint64_t record_most(const struct call *c)
{
	return sizeof(struct wire_record) + WIRE_MORE * sizeof(struct wire_more) + (WINDOW->log ? PATH_SIZE + most_data(c) + 16 : 0);
}

void agent_check_room(const struct call *c)
{
	if (WINDOW->log && (c->data_pieces || most_data(c) > DATA_MOST))
		agent_cannot();
	if (WINDOW->used > WIRE_RECORDS || record_most(c) > WIRE_RECORDS - WINDOW->used)
		agent_cannot();
}

/* Where the file lies that is about to be written to, for the log: to `to`, at most PATH_SIZE bytes. Its length; NO_INDEX: nowhere. */
static uint32_t target_path(struct call *c, int fd, uint8_t *to)
{
	int64_t r = x_fd_path(c, fd, (char *)to, PATH_SIZE);

	return r > 0 && to[0] == '/' ? (uint32_t)r : NO_INDEX;
}

/* -1: it writes to no file. */
static int target(struct call *c)
{
	struct fd_stat st;

	if (syscall_rows[c->nr].handle == do_copy_file_range)
		return (int)c->arg[2];
	return syscall_rows[c->nr].handle == do_write && x_fd_stat(c, (int)c->arg[0], &st) == 0 && fs_is(st.mode, FS_REG) ? (int)c->arg[0] : -1;
}

/* Into a pipe that nobody reads: the writer gets a signal, which must not come in here, whether its descriptor waits or not. */
static void check_reader(struct call *c)
{
	struct fd_stat st;

	if (syscall_rows[c->nr].handle == do_write && x_fd_stat(c, (int)c->arg[0], &st) == 0 && fs_is(st.mode, FS_FIFO))
		x_fd_poll(c, (int)c->arg[0], POLLOUT);
}

static void add_path(struct call *c, struct wire_record *r, uint8_t *to)
{
	int arg = path_argument(&syscall_rows[c->nr]);
	int64_t n = arg < 0 ? -1 : x_read_string(c, r->arg[arg], (char *)to, PATH_SIZE);

	if (n >= 0)
		r->path_len = (uint32_t)n;
}

/* Of a file, from c->data on. */
static void add_file_data(const struct call *c, struct wire_record *r, uint8_t *to)
{
	uint64_t arg[6] = { c->data_file - 1, (uint64_t)(uintptr_t)to, (uint64_t)r->ret, c->data };
	int64_t n;

	r->data_len = 0;
	for (; arg[2] && (n = agent_syscall(__NR_pread64, arg)) > 0; r->data_len += (uint32_t)n) {
		arg[1] += (uint64_t)n;
		arg[2] -= (uint64_t)n;
		arg[3] += (uint64_t)n;
	}
}

static void add_data(struct call *c, struct wire_record *r, uint8_t *to)
{
	uint64_t n = c->data_len ? c->data_len : r->ret > 0 ? (uint64_t)r->ret : 0;

	if (c->data_file && r->ret > 0) {
		add_file_data(c, r, to);
		return;
	}
	if (!c->data || r->ret < 0 || !n)
		return;
	r->data_len = (uint32_t)n;
	if (x_read(c, c->data, to, n) < 0)
		r->data_len = 0; /* the log hashes what can be read: nothing */
}

static void fill(struct call *c, const struct frame *f, struct wire_record *r)
{
	const struct pending *p = &WINDOW->pending;

	r->nr = c->nr;
	r->effect = p->effect;
	r->a = p->a;
	r->b = p->b;
	r->c = p->c;
	r->arg[0] = f->rdi;
	r->arg[1] = f->rsi;
	r->arg[2] = f->rdx;
	r->arg[3] = f->r10;
	r->arg[4] = f->r8;
	r->arg[5] = f->r9;
	r->path_len = r->data_len = NO_INDEX;
	r->more = p->n_more;
	r->size = (uint32_t)(sizeof(*r) + p->n_more * sizeof(p->more[0]));
	memcpy(r + 1, p->more, p->n_more * sizeof(p->more[0]));
}

static void pass_time(struct window *w, int64_t ns)
{
	w->now_ns = ramp_later(w->now_ns, ns);
	w->task_cpu_ns = ramp_later(w->task_cpu_ns, ns);
	w->proc_cpu_ns = ramp_later(w->proc_cpu_ns, ns);
}

/* The call's event is over: the clock moves on. */
static void commit(uint32_t size)
{
	struct window *w = WINDOW;
	struct pending *p = &w->pending;
	int64_t cost = ramp_event(&p->ramp);

	w->now_ns = ramp_later(p->now_ns, cost);
	w->task_cpu_ns = ramp_later(p->task_cpu_ns, cost);
	w->proc_cpu_ns = ramp_later(p->proc_cpu_ns, cost);
	w->ramp = p->ramp;
	w->rng = p->rng;
	agent_take(WORLD);
	if (p->effect == WIRE_LIMIT) {
		w->limits[p->a][0] = p->b;
		w->limits[p->a][1] = p->c;
		w->limits_set |= 1U << p->a;
	}
	if (p->effect == WIRE_TTY)
		agent_note_tty(p->a, p->b);
	if (p->effect == WIRE_SEGV) {
		w->segv = p->segv;
		w->segv_set = 1;
	}
	if (size > WIRE_RECORDS - w->used)
		__builtin_trap(); /* A1 is broken */
	w->used += size;
	w->left--;
}

static void end(struct call *c, const struct frame *f, struct wire_record *r) __attribute__((noreturn));

static void end(struct call *c, const struct frame *f, struct wire_record *r)
{
	fill(c, f, r);
	r->ret = 0;
	commit(r->size);
	for (;;)
		agent_syscall(c->nr, c->arg);
}

/* What the filter lets pass here: fork, vfork, posix_spawn. A stack of its own is for a child that does not find this one. */
static bool may_begin(const struct call *c)
{
	if (c->nr == __NR_clone)
		return !c->arg[1] && !(c->arg[0] & VFORK_FLAGS);
	return c->nr != __NR_clone3 || (c->mem[FORK_FLAGS] == VFORK_FLAGS && c->mem[FORK_SIGNAL] == SIGCHLD_NUMBER && c->mem[FORK_STACK]);
}

/* Its event comes before its result, which nobody logs. A child begins where the frame says (engine/near.c). */
static void begin_life(struct call *c, struct frame *f, struct wire_record *r)
{
	struct pending *p = &WINDOW->pending;
	const uint64_t plain[6] = { VFORK_FLAGS | SIGCHLD_NUMBER, c->mem[FORK_STACK] };
	bool as_clone = c->nr == __NR_clone3;

	if (c->nr != __NR_execve) {
		p->effect = WIRE_FORK;
		p->a = c->mem[FORK_FLAGS];
		p->b = c->mem[FORK_CHILD_TID];
	}
	if (p->n_more)
		agent_cannot();
	fill(c, f, r);
	r->ret = 0;
	if (WINDOW->log) {
		add_path(c, r, (uint8_t *)(r + 1));
		r->size += (r->path_len == NO_INDEX ? 0 : r->path_len + 7) & ~7U;
	}
	commit(r->size);
	f->rax = (uint64_t)agent_syscall(as_clone ? __NR_clone : c->nr, as_clone ? plain : c->arg);
	f->site += 2;
}

/* A1: what was made would be made again. */
void agent_may_give_up(void);

void agent_may_give_up(void)
{
	if (WINDOW->pending.acting == ACTING_DONE)
		__builtin_trap();
	agent_undo();
}

/* ---- the call -------------------------------------------------------------------------------------------------------- */

static void begin(struct window *w, uint32_t nr)
{
	struct pending *p = &w->pending;

	p->effect = WIRE_NONE;
	p->shows = 0;
	p->acting = p->n_more = p->n_new = p->n_parents = p->undo = 0;
	p->nr = nr;
	p->a = p->b = p->c = p->output = p->told = 0;
	p->now_ns = w->now_ns;
	p->task_cpu_ns = w->task_cpu_ns;
	p->proc_cpu_ns = w->proc_cpu_ns;
	p->ramp = w->ramp;
	p->rng = w->rng;
	memset(p->mem, 0, sizeof(p->mem));
}

static bool may_answer(const struct window *w, const struct row *row, const uint64_t arg[CALL_ARGS])
{
	const struct world *world = WORLD;

	if ((row->near == NEAR_ENDS || row_begins(row)) && world->procs[w->proc].tasks != 1)
		return false;
	return w->open && w->left && row_answers_near(row, arg) && w->now_ns < w->until_ns - CLOCK_EVENT_NS;
}

/* A3 */
static void stop_if_asked(const struct window *w)
{
	if (*(const volatile uint32_t *)&w->stop)
		agent_stop();
}

/* ---- the same call, in a row --------------------------------------------------------------------------------------------- */

/* It changes nothing but the clock, and nobody is told more of it than its number. */
static bool only_counts(const struct window *w)
{
	return !w->log && w->pending.effect == WIRE_NONE && !w->pending.n_more;
}

/* The record that one more such call can be counted in; NULL: there is none. */
static struct wire_record *latest_of(struct window *w, uint32_t nr, uint32_t effect)
{
	struct wire_record *r;

	if (w->latest.nr != nr || w->latest.used != w->used || w->used < sizeof(*r))
		return NULL;
	r = (struct wire_record *)(w->records + w->used) - 1;
	return r->effect == effect ? r : NULL;
}

/* The call that was just recorded can be counted once more or, when it read the clock, be answered once more without its handler. */
static void note_latest(struct window *w, const struct wire_record *r)
{
	const bool reads = w->pending.shows && !r->ret && !w->log;

	if (!reads && !only_counts(w))
		return;
	w->latest.nr = r->nr;
	w->latest.used = w->used;
	w->latest.id = r->arg[0];
	w->latest.at = r->arg[1];
	w->latest.offset_ns = w->pending.offset_ns;
}

/* What commit() would do for it: it has no effect, and has not read the clock. */
static bool count_once_more(struct window *w, struct frame *f, const struct call *c, enum outcome out)
{
	struct wire_record *r = latest_of(w, c->nr, WIRE_NONE);

	if (!r)
		return false;
	f->rax = (uint64_t)(out == CALL_PASS ? agent_syscall(c->nr, c->arg) : c->ret);
	f->site += 2;
	r->b++;
	pass_time(w, ramp_event(&w->ramp));
	w->left--;
	return true;
}

/* As the handler and commit() would. */
static bool read_clock_again(struct window *w, struct frame *f)
{
	struct wire_record *r = latest_of(w, __NR_clock_gettime, WIRE_CLOCK);
	struct ramp ramp = w->ramp;
	int64_t cost, shown, spec[2];

	if (!r || f->rdi != w->latest.id || f->rsi != w->latest.at || !w->open || !w->left || w->log)
		return false;
	cost = ramp_read(&ramp, f->rsi);
	if (w->now_ns >= w->until_ns - CLOCK_EVENT_NS - cost)
		return false;
	shown = w->now_ns + cost + w->latest.offset_ns;
	spec[0] = shown / NSEC;
	spec[1] = shown % NSEC;
	if (agent_copy((void *)(uintptr_t)f->rsi, spec, sizeof(spec)) < 0)
		return false;
	pass_time(w, cost + ramp_event(&ramp));
	w->ramp = ramp;
	w->left--;
	r->b++;
	f->rax = 0;
	f->site += 2;
	return true;
}

/* A2 */
static void record(struct window *w, struct frame *f, struct call *c, enum outcome out)
{
	struct wire_record *r = (struct wire_record *)(w->records + w->used);
	uint8_t *behind;

	fill(c, f, r);
	behind = (uint8_t *)r + r->size;
	if (w->log && target(c) >= 0)
		r->path_len = target_path(c, target(c), behind);
	w->pending.output = 0; /* from here on it is the answer that is read */
	r->ret = out == CALL_PASS ? agent_syscall(c->nr, c->arg) : c->ret;
	if (w->log && r->path_len == NO_INDEX)
		add_path(c, r, behind);
	else if (w->log && r->ret < 0)
		r->path_len = NO_INDEX; /* it wrote nowhere */
	if (w->log) {
		behind += r->path_len == NO_INDEX ? 0 : r->path_len;
		add_data(c, r, behind);
		r->size += (uint32_t)((r->path_len == NO_INDEX ? 0 : r->path_len) + (r->data_len == NO_INDEX ? 0 : r->data_len) + 7) & ~7U;
	}
	commit(r->size);
	note_latest(w, r);
	f->rax = (uint64_t)r->ret;
	f->site += 2;
}

/* retry: it was tried before. */
static void answer(struct window *w, struct frame *f, bool retry)
{
	struct world *world = WORLD; /* to be read only */
	struct call c = { .w = world, .task = w->task, .nr = (uint32_t)f->rax, .mem = w->pending.mem, .deadline_ns = NO_DEADLINE, .retry = retry };
	const uint32_t nr = c.nr;
	struct wire_record *r = (struct wire_record *)(w->records + w->used);
	enum outcome out;

	memcpy(c.arg, (const uint64_t[6]){ f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9 }, sizeof(c.arg));
	if (!may_answer(w, &syscall_rows[nr], c.arg))
		return;
	if (!row_stops(&syscall_rows[nr], c.arg, world->single_id)) /* it passes the filter, and is no event */
		return;
	begin(w, nr);
	agent_check_room(&c);
	out = syscall_rows[nr].handle(&c);
	if (out == CALL_PARK && syscall_rows[nr].near == NEAR_TRIES)
		w->tried = nr + 1;
	if (out == CALL_PARK && w->pending.acting == ACTING_DONE) /* the kernel took a part only, which tty.c (T3) rules out: a short write */
		out = done(&c, (int64_t)c.mem[0]);
	if (out != CALL_PASS && (out != CALL_DONE || (c.ret <= -ERESTARTSYS_CODE && c.ret >= -ERESTART_RESTARTBLOCK_CODE)))
		agent_cannot();
	if (out == CALL_PASS && (syscall_rows[nr].near == NEAR_SAYS || !row_fits_near(&syscall_rows[nr], c.arg)))
		agent_cannot();
	if (out == CALL_DONE && c.ret == -EFAULT && w->pending.told) /* the kernel itself would not have said what the answer was made of */
		agent_cannot();
	agent_check_room(&c);
	if (out == CALL_PASS)
		check_reader(&c);
	if (row_begins(&syscall_rows[nr])) { /* what is refused is the supervisor's to refuse */
		if (out == CALL_PASS && may_begin(&c))
			begin_life(&c, f, r);
		return;
	}
	if (syscall_rows[nr].near == NEAR_ENDS)
		end(&c, f, r);
	if (!only_counts(w) || !count_once_more(w, f, &c, out))
		record(w, f, &c, out);
	stop_if_asked(w);
}

void agent_call(struct frame *f)
{
	struct window *w = WINDOW;
	const bool retry = w->retry;

	w->tried = w->retry = 0;
	if (f->rax == __NR_clock_gettime ? read_clock_again(w, f) : w->open && agent_fills(f))
		stop_if_asked(w);
	else if (f->rax < WORLD_NSYS)
		answer(w, f, retry);
}

/* ---- the time-stamp counter -------------------------------------------------------------------------------------------- */

/* Of an rdtsc at this address. */
static uint64_t tsc_place(uint64_t at)
{
	uint8_t code[INSN_TSC_LOOK];

	return agent_copy(code, (const void *)(uintptr_t)at, sizeof(code)) < 0 ? at : insn_tsc_place(code, sizeof(code), at);
}

void agent_tsc(struct frame *f)
{
	struct window *w = WINDOW;
	struct world *world = WORLD;
	struct wire_record *r = (struct wire_record *)(w->records + w->used);
	uint64_t tsc, place;

	if (!w->open || !w->left || w->used > WIRE_RECORDS - sizeof(*r))
		return;
	begin(w, WIRE_TSC);
	place = tsc_place(f->site);
	if (!agent_may_read_clock(place)) /* here nobody can be told so by agent_cannot() */
		return;
	clock_read_at(world, w->task, place);
	tsc = (uint64_t)clock_monotonic(world);
	*r = (struct wire_record){ .size = sizeof(*r), .nr = WIRE_TSC, .effect = WIRE_CLOCK, .a = place, .path_len = NO_INDEX, .data_len = NO_INDEX };
	commit(r->size);
	f->rax = tsc & UINT32_MAX;
	f->rdx = tsc >> 32;
	f->site += 2;
}
