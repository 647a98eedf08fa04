/* futex.c: futex(2), wholly in the model (sched/futex.c): the kernel never sees a waiter.
 *
 * Owns: the operations' arithmetic on the guest's words, and Linux's errnos. Must not know: who runs next.
 *
 * Invariants
 *  X1. One guest thread runs at a time, so reading, deciding and writing a word is atomic.
 *  X2. A word is named by (address space, address); a word in a shared mapping by the mapping's object, so that processes
 *      which map it at different addresses meet.
 *  X3. A waiter returns 0 only when somebody woke it; on any other try it looks at the word again. The deadline is
 *      computed at the first try and kept in mem[0].
 *  X4. The waker keeps the turn; the woken go to the end of the run queue in the order in which they parked.
 *  X5. A PI lock is handed over: unlocking writes the first waiter's thread id into the word, with FUTEX_WAITERS, as
 *      Linux does. Priorities do not exist here, so first come is first served.
 */
#include <string.h>

#include "sched/sched.h"
#include "syscall/abi.h"
#include "syscall/table.h"
#include "syscall/time.h"

handler do_futex;

enum {
	OP_WAIT, OP_WAKE, OP_FD, OP_REQUEUE, OP_CMP_REQUEUE, OP_WAKE_OP, OP_LOCK_PI, OP_UNLOCK_PI, OP_TRYLOCK_PI, OP_WAIT_BITSET, OP_WAKE_BITSET,
	OP_WAIT_REQUEUE_PI, OP_CMP_REQUEUE_PI, OP_LOCK_PI2,
	OP_PRIVATE = 128, OP_REALTIME = 256,
	ANY_BIT = -1,
};

#define WORD_WAITERS UINT32_C(0x80000000)
#define WORD_OWNER_DIED UINT32_C(0x40000000)
#define WORD_TID UINT32_C(0x3fffffff)
#define USER_END UINT64_C(0x7ffffffff000)

struct key { uint32_t mm; uint64_t key; };

enum { MEM_DEADLINE, MEM_STARTED };

static int key_of(struct call *c, gaddr uaddr, struct key *ret)
{
	uint64_t shared;
	int e;

	if (uaddr % 4)
		return -EINVAL;
	if (uaddr > USER_END - 4)
		return -EFAULT;
	ret->mm = world_proc(c->w, c->task)->mm;
	ret->key = uaddr;
	if (c->arg[1] & OP_PRIVATE)
		return 0;
	e = x_shared_key(c, uaddr, &shared);
	if (e == 0) {
		ret->mm = NO_INDEX;
		ret->key = shared;
	}
	return e == -ENOENT ? 0 : e;
}

/* The timeout argument, once, into mem[]. Relative ones are on the monotonic clock; for all of them only now_ns counts. */
static int start_deadline(struct call *c, bool relative, bool realtime)
{
	struct clock_ref r;
	int64_t ns, at = NO_DEADLINE;
	int e;

	if (c->mem[MEM_STARTED])
		return 0;
	if (c->arg[3] && !resumed_until(c, &at)) {
		e = read_timespec(c, c->arg[3], &ns);
		if (e < 0)
			return e;
		clock_resolve(c, realtime ? ID_REALTIME : ID_MONOTONIC, &r);
		at = relative ? deadline_add(c->w->now_ns, ns) : clock_ref_deadline(&r, ns);
	}
	c->mem[MEM_DEADLINE] = (uint64_t)at;
	c->mem[MEM_STARTED] = 1;
	return 0;
}

static bool was_woken(const struct call *c)
{
	return c->retry && c->w->tasks[c->task].woken;
}

static bool deadline_over(const struct call *c)
{
	return c->timed_out || (int64_t)c->mem[MEM_DEADLINE] <= c->w->now_ns;
}

static enum outcome park_on(struct call *c, const struct key *k, uint32_t bitset)
{
	memset(&c->cond, 0, sizeof(c->cond));
	c->cond.kind = COND_FUTEX;
	c->cond.mm = k->mm;
	c->cond.key = k->key;
	c->cond.bitset = bitset;
	return park_until(c, (int64_t)c->mem[MEM_DEADLINE]);
}

static enum outcome wait_on(struct call *c, uint32_t bitset)
{
	struct key k;
	uint32_t word;
	int e;

	if (was_woken(c))
		return done(c, 0);
	if (c->timed_out)
		return done(c, -ETIMEDOUT);
	if (!bitset)
		return done(c, -EINVAL);
	e = key_of(c, c->arg[0], &k);
	if (e == 0)
		e = x_read(c, c->arg[0], &word, sizeof(word));
	if (e < 0)
		return done(c, e);
	if (word != (uint32_t)c->arg[2])
		return done(c, -EAGAIN);
	if (deadline_over(c))
		return done(c, -ETIMEDOUT);
	if (x_signal_pending(c, NULL))
		return (int64_t)c->mem[MEM_DEADLINE] == NO_DEADLINE ? done(c, -ERESTARTSYS_CODE) : interrupted_until(c, (int64_t)c->mem[MEM_DEADLINE]);
	return park_on(c, &k, bitset);
}

/* Linux counts after waking, so that "wake none" wakes one. */
static uint32_t at_least_one(uint64_t arg)
{
	int32_t n = (int32_t)arg;

	return n < 1 ? 1 : (uint32_t)n;
}

static enum outcome wake_on(struct call *c, uint32_t bitset)
{
	struct key k;
	int e;

	if (!bitset)
		return done(c, -EINVAL);
	e = key_of(c, c->arg[0], &k);
	if (e < 0)
		return done(c, e);
	return done(c, futex_wake(c->w, k.mm, k.key, bitset, at_least_one(c->arg[2])));
}

static enum outcome requeue(struct call *c, bool compare)
{
	int32_t wake = (int32_t)c->arg[2], move = (int32_t)c->arg[3];
	uint32_t word, woken, moved;
	struct key from, to = { 0 };
	int e;

	if (wake < 0 || move < 0)
		return done(c, -EINVAL);
	e = key_of(c, c->arg[0], &from);
	if (e == 0)
		e = key_of(c, c->arg[4], &to);
	if (e == 0 && compare)
		e = x_read(c, c->arg[0], &word, sizeof(word));
	if (e < 0)
		return done(c, e);
	if (compare && word != (uint32_t)c->arg[5])
		return done(c, -EAGAIN);
	woken = futex_requeue(c->w, from.mm, from.key, to.mm, to.key, (uint32_t)wake, (uint32_t)move, &moved);
	return done(c, (int64_t)woken + moved);
}

/* ---- FUTEX_WAKE_OP ------------------------------------------------------------------------------------------------- */

static int32_t sign12(uint32_t v)
{
	return (int32_t)(v << 20) >> 20;
}

/* The word after the encoded operation. -ENOSYS: no such operation. */
static int apply(uint32_t code, uint32_t old, uint32_t *ret)
{
	uint32_t arg = (uint32_t)sign12(code >> 12 & 0xfff), op = code >> 28;

	if (op & 8)
		arg = UINT32_C(1) << (arg & 31);
	switch (op & 7) {
	case 0: *ret = arg; return 0;
	case 1: *ret = old + arg; return 0;
	case 2: *ret = old | arg; return 0;
	case 3: *ret = old & ~arg; return 0;
	case 4: *ret = old ^ arg; return 0;
	default: return -ENOSYS;
	}
}

/* 1 or 0: what the encoded comparison says of the old word. */
static int compare_old(uint32_t code, int32_t old)
{
	int32_t arg = sign12(code & 0xfff);

	switch (code >> 24 & 15) {
	case 0: return old == arg;
	case 1: return old != arg;
	case 2: return old < arg;
	case 3: return old <= arg;
	case 4: return old > arg;
	case 5: return old >= arg;
	default: return -ENOSYS;
	}
}

static enum outcome wake_op(struct call *c)
{
	uint32_t code = (uint32_t)c->arg[5], old, new, n;
	struct key a, b = { 0 };
	int e = key_of(c, c->arg[0], &a), second;

	if (e == 0)
		e = key_of(c, c->arg[4], &b);
	if (e == 0)
		e = x_read(c, c->arg[4], &old, sizeof(old));
	if (e == 0)
		e = apply(code, old, &new);
	if (e == 0)
		e = x_write(c, c->arg[4], &new, sizeof(new));
	if (e < 0)
		return done(c, e);
	second = compare_old(code, (int32_t)old);
	if (second < 0)
		return done(c, second);
	n = futex_wake(c->w, a.mm, a.key, UINT32_MAX, at_least_one(c->arg[2]));
	if (second)
		n += futex_wake(c->w, b.mm, b.key, UINT32_MAX, at_least_one(c->arg[3]));
	return done(c, n);
}

/* ---- PI locks ------------------------------------------------------------------------------------------------------ */

/* Waits for the owner in `word` to unlock: marks the word, so that the owner comes here to do so. */
static enum outcome lock_wait(struct call *c, const struct key *k, uint32_t word)
{
	if (deadline_over(c))
		return done(c, -ETIMEDOUT);
	if (x_signal_pending(c, NULL))
		return done(c, -ERESTARTNOINTR_CODE);
	word |= WORD_WAITERS;
	if (x_write(c, c->arg[0], &word, sizeof(word)) < 0)
		return done(c, -EFAULT);
	park_on(c, k, 0);
	c->cond.events = FUTEX_COND_PI;
	c->cond.seen = (uint32_t)x_tid(c);
	return CALL_PARK;
}

static enum outcome lock_pi(struct call *c, bool try)
{
	uint32_t tid = (uint32_t)x_tid(c), word, owner, died;
	struct key k;
	int e;

	if (was_woken(c)) /* unlock_pi() wrote our id */
		return done(c, 0);
	e = key_of(c, c->arg[0], &k);
	if (e == 0)
		e = x_read(c, c->arg[0], &word, sizeof(word));
	if (e < 0)
		return done(c, e);
	owner = word & WORD_TID;
	died = word & WORD_OWNER_DIED;
	if (owner == tid)
		return done(c, -EDEADLK);
	if (owner && x_task_of(c, (int32_t)owner) == NO_INDEX) {
		if (!c->retry)
			return done(c, -ESRCH);
		owner = 0; /* it died while we waited: Linux hands us the lock and says so */
		died = WORD_OWNER_DIED;
	}
	if (owner)
		return try ? done(c, -EAGAIN) : lock_wait(c, &k, word);
	word = tid | died | (futex_has_pi(c->w, k.mm, k.key) ? WORD_WAITERS : 0);
	return done(c, x_write(c, c->arg[0], &word, sizeof(word)));
}

static enum outcome unlock_pi(struct call *c)
{
	uint32_t word, next;
	struct key k;
	int e = key_of(c, c->arg[0], &k);

	if (e == 0)
		e = x_read(c, c->arg[0], &word, sizeof(word));
	if (e < 0)
		return done(c, e);
	if ((word & WORD_TID) != (uint32_t)x_tid(c))
		return done(c, -EPERM);
	next = futex_first_pi(c->w, k.mm, k.key);
	word = next == NO_INDEX ? 0 : (uint32_t)c->w->tasks[next].cond.seen | WORD_WAITERS;
	if (x_write(c, c->arg[0], &word, sizeof(word)) < 0)
		return done(c, -EFAULT);
	if (next != NO_INDEX)
		futex_grant(c->w, next);
	return done(c, 0);
}

/* ---- the call ------------------------------------------------------------------------------------------------------ */

/* futex(uaddr, op, val, timeout or val2, uaddr2, val3): who is woken when depends on the kernel's hash and on real time: ordered
 * by the scheduler, timeouts logical. The two requeue-to-PI operations, which glibc has not used since 2.25, are refused. */
enum outcome do_futex(struct call *c)
{
	uint32_t op = (uint32_t)c->arg[1], cmd = op & ~(uint32_t)(OP_PRIVATE | OP_REALTIME);
	bool realtime = op & OP_REALTIME;
	int e = 0;

	/* The timeout is judged before the operation, as Linux does. */
	if (cmd == OP_WAIT || cmd == OP_WAIT_BITSET || cmd == OP_LOCK_PI || cmd == OP_LOCK_PI2)
		e = start_deadline(c, cmd == OP_WAIT, realtime || cmd == OP_LOCK_PI);
	if (e < 0)
		return done(c, e);
	if (realtime && cmd != OP_WAIT_BITSET && cmd != OP_LOCK_PI2 && cmd != OP_WAIT_REQUEUE_PI)
		return done(c, -ENOSYS);
	switch (cmd) {
	case OP_WAIT:
		return wait_on(c, (uint32_t)ANY_BIT);
	case OP_WAIT_BITSET:
		return wait_on(c, (uint32_t)c->arg[5]);
	case OP_WAKE:
		return wake_on(c, (uint32_t)ANY_BIT);
	case OP_WAKE_BITSET:
		return wake_on(c, (uint32_t)c->arg[5]);
	case OP_REQUEUE:
		return requeue(c, false);
	case OP_CMP_REQUEUE:
		return requeue(c, true);
	case OP_WAKE_OP:
		return wake_op(c);
	case OP_LOCK_PI:
	case OP_LOCK_PI2:
		return lock_pi(c, false);
	case OP_TRYLOCK_PI:
		return lock_pi(c, true);
	case OP_UNLOCK_PI:
		return unlock_pi(c);
	case OP_WAIT_REQUEUE_PI:
	case OP_CMP_REQUEUE_PI:
		x_refused(c, "futex: requeue to a PI lock");
		return done(c, -ENOSYS);
	default:
		return done(c, -ENOSYS);
	}
}
