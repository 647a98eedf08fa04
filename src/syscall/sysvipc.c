/* sysvipc.c: System V semaphores, message queues and shared memory; POSIX message queues. Freestanding.
 *
 * Owns: the channel by which waiters for a System V object hear of changes. The objects are the kernel's, in the box's own ipc
 * namespace: ids count up from nothing there, so they are functions of past calls, and so are the process ids inside.
 *
 * Invariants
 *  V1. The kernel is always asked not to wait.
 *  V2. Everything that changes an object passes through here and wakes its waiters, with two exceptions: the undoing of semaphore
 *      operations at the end of a process, and removal together with the namespace. Once an operation with SEM_UNDO has been seen,
 *      waiters for semaphores wait for any event instead.
 *  V3. Waiters try again in the order in which they were parked; an object that vanished meanwhile is EIDRM.
 *  V4. Times inside the objects are shown as the logical now, unless they are still zero. */
#include "sched/sched.h"
#include "syscall/abi.h"
#include "syscall/table.h"

#include <string.h>

handler do_semop, do_semctl, do_msgsnd, do_msgrcv, do_msgctl, do_shmctl, do_mq_timedsend, do_mq_timedreceive;

enum { NOWAIT = 04000, UNDO = 0x1000 };
enum { CMD_REMOVE = 0, CMD_SET = 1, CMD_STAT = 2, CMD_MASK = 0xff };
enum { MSG_CMD_STAT = 11, MSG_CMD_STAT_ANY = 13 };
enum { SEM_CMD_GETVAL = 12, SEM_CMD_GETNCNT = 14, SEM_CMD_GETZCNT = 15, SEM_CMD_SETVAL = 16, SEM_CMD_SETALL = 17, SEM_CMD_STAT = 18, SEM_CMD_STAT_ANY = 20 };
enum { SHM_CMD_STAT = 13, SHM_CMD_INFO = 14, SHM_CMD_STAT_ANY = 15 };
enum {
	SEMOPS = 500,               /* kernel.sem: more is E2BIG */
	SEMOPS_CHUNK = 64,
	MIXED_SEMOPS = 64,          /* operations some of which wait and some do not, that are looked at one by one */
	CHANNEL_SEM = 1, CHANNEL_MSG = 2,
};

static uint64_t channel_key(uint32_t kind, uint64_t id)
{
	return (uint64_t)kind << 32 | (uint32_t)id;
}

static enum outcome park_channel(struct call *c, uint32_t kind, uint64_t id)
{
	c->cond.kind = COND_FUTEX;
	c->cond.mm = FUTEX_CHANNELS;
	c->cond.key = channel_key(kind, id);
	c->cond.bitset = UINT32_MAX;
	return CALL_PARK;
}

static void changed(struct call *c, uint32_t kind, uint64_t id)
{
	futex_channel(c->w, channel_key(kind, id));
}

static void will_change(struct call *c, uint32_t kind, uint64_t id)
{
	futex_channel_next(c->w, channel_key(kind, id));
}

static int64_t gone(const struct call *c, int64_t r)
{
	return c->retry && r == -EINVAL ? -EIDRM : r;
}

/* ---- semaphores ------------------------------------------------------------------------------------------------------------ */

struct semop { uint16_t num; int16_t op; int16_t flags; };

/* The same operations without waiting, in the scratch page. *ret_all, *ret_any: which of them say so by themselves. */
static gaddr semops_copy(struct call *c, uint32_t n, bool *ret_all, bool *ret_any)
{
	struct semop s[SEMOPS_CHUNK];
	gaddr to = x_scratch(c);

	*ret_all = true;
	*ret_any = false;
	for (uint32_t i = 0; to && i < n; i += SEMOPS_CHUNK) {
		uint32_t some = n - i < SEMOPS_CHUNK ? n - i : SEMOPS_CHUNK;

		if (x_read(c, c->arg[1] + i * sizeof *s, s, some * sizeof *s) < 0)
			return 0;
		for (uint32_t k = 0; k < some; k++) {
			*ret_all = *ret_all && (s[k].flags & NOWAIT);
			*ret_any = *ret_any || (s[k].flags & NOWAIT);
			if (s[k].flags & UNDO)
				world_sem_undo(c->w);
			s[k].flags |= NOWAIT;
		}
		if (x_write(c, to + i * sizeof *s, s, some * sizeof *s) < 0)
			return 0;
	}
	return to;
}

/* The first operation that cannot be done: Linux decides by that one whether to wait, and counts the caller as waiting for it. False: not found. */
static bool first_obstacle(struct call *c, uint32_t n, struct semop *ret)
{
	struct semop s[MIXED_SEMOPS];
	int64_t value[MIXED_SEMOPS];

	if (n > MIXED_SEMOPS || x_read(c, c->arg[1], s, n * sizeof *s) < 0)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t before = i;

		while (before > 0 && s[before - 1].num != s[i].num)
			before--;
		value[i] = before ? value[before - 1] : x_real(c, __NR_semctl, c->arg[0], s[i].num, SEM_CMD_GETVAL, 0, 0, 0);
		if (x_dead(c) || value[i] < 0)
			return false;
		*ret = s[i];
		if (s[i].op ? value[i] + s[i].op < 0 : value[i] != 0)
			return true;
		value[i] += s[i].op;
	}
	return false;
}

/* mem[MEM_OBSTACLE] of a waiter names the semaphore and what of it is waited for; 0: not known. */
enum { MEM_DEADLINE, MEM_SET, MEM_OBSTACLE };

static uint64_t obstacle_name(uint32_t num, bool zero)
{
	return (uint64_t)num << 2 | (zero ? 2 : 0) | 1;
}

static int64_t count_waiters(struct call *c, bool zero)
{
	int64_t n = 0;

	for (uint32_t i = world_next_task(c->w, NO_INDEX); i != NO_INDEX; i = world_next_task(c->w, i)) {
		const struct task *t = &c->w->tasks[i];

		n += t->sem_waits && t->scratch[MEM_SET] == (uint32_t)c->arg[0] && t->scratch[MEM_OBSTACLE] == obstacle_name((uint32_t)c->arg[1], zero);
	}
	return n;
}

static enum outcome sem_wait(struct call *c, const struct semop *obstacle)
{
	int64_t deadline = NO_DEADLINE, ns;
	enum outcome o;

	if (c->nr == __NR_semtimedop && c->arg[3]) {
		if (!c->retry) {
			int r = read_timespec(c, c->arg[3], &ns);

			if (r < 0)
				return done(c, r);
			c->mem[MEM_DEADLINE] = (uint64_t)(ns < NO_DEADLINE - c->w->now_ns ? c->w->now_ns + ns : NO_DEADLINE);
		}
		deadline = (int64_t)c->mem[MEM_DEADLINE];
	}
	if (x_signal_pending(c, NULL))
		return done(c, -EINTR);
	if (c->timed_out || deadline <= c->w->now_ns)
		return done(c, -EAGAIN);
	o = c->w->sem_undo_seen ? park_any(c) : park_channel(c, CHANNEL_SEM, c->arg[0]);
	c->mem[MEM_SET] = (uint32_t)c->arg[0];
	c->mem[MEM_OBSTACLE] = obstacle ? obstacle_name(obstacle->num, obstacle->op == 0) : 0;
	world_sem_waits(c->w, c->task, true);
	return deadline == NO_DEADLINE ? o : park_until(c, deadline);
}

/* semop, semtimedop. Inputs: values of the set (past calls: passed), the order of the waiters (ordered), the timeout (normalised:
 * logical), signals (ordered). */
enum outcome do_semop(struct call *c)
{
	uint32_t n = (uint32_t)c->arg[2];
	bool all, any, found;
	struct semop first;
	gaddr ops;
	int64_t r;

	world_sem_waits(c->w, c->task, false);
	if (n == 0 || n > SEMOPS)
		return done(c, n ? -E2BIG : -EINVAL);
	ops = semops_copy(c, n, &all, &any);
	if (!ops)
		return done(c, -EFAULT);
	if (c->nr == __NR_semtimedop && c->arg[3] && !c->retry) {
		int64_t ns;

		r = read_timespec(c, c->arg[3], &ns);
		if (r < 0)
			return done(c, r);
	}
	will_change(c, CHANNEL_SEM, c->arg[0]);
	r = x_real(c, __NR_semop, c->arg[0], ops, n, 0, 0, 0);
	if (x_dead(c))
		return done(c, 0);
	if (r == -EAGAIN && !all) {
		found = first_obstacle(c, n, &first);
		if (!any || !found || !(first.flags & NOWAIT))
			return x_dead(c) ? done(c, 0) : sem_wait(c, found ? &first : NULL);
	}
	if (r == 0)
		changed(c, CHANNEL_SEM, c->arg[0]);
	return done(c, gone(c, r));
}

/* Nonzero times in a structure of the kernel's become the logical now (V4). */
static void show_times(struct call *c, gaddr at, int first, int second, int third)
{
	int offset[3] = { first, second, third };
	int64_t now = c->w->now_ns / NSEC, v;

	for (int i = 0; i < 3; i++)
		if (offset[i] && x_read(c, at + (gaddr)offset[i], &v, sizeof v) == 0 && v)
			(void)x_write(c, at + (gaddr)offset[i], &now, sizeof now);
}

/* semctl. Values: past calls. Times: normalised. GETNCNT and GETZCNT count waiters in the kernel, where nobody waits: the parked are counted. */
enum outcome do_semctl(struct call *c)
{
	uint32_t cmd = (uint32_t)c->arg[2] & CMD_MASK;
	int64_t r = x_original(c);

	if (r < 0 || x_dead(c))
		return done(c, r);
	if (cmd == SEM_CMD_GETNCNT || cmd == SEM_CMD_GETZCNT)
		return done(c, count_waiters(c, cmd == SEM_CMD_GETZCNT));
	if (cmd == CMD_STAT || cmd == SEM_CMD_STAT || cmd == SEM_CMD_STAT_ANY)
		show_times(c, c->arg[3], 48, 64, 0); /* sem_otime, sem_ctime */
	if (cmd == CMD_REMOVE || cmd == CMD_SET || cmd == SEM_CMD_SETVAL || cmd == SEM_CMD_SETALL)
		changed(c, CHANNEL_SEM, c->arg[0]);
	return done(c, r);
}

/* ---- message queues ---------------------------------------------------------------------------------------------------------- */

static enum outcome msg_wait(struct call *c)
{
	if (x_signal_pending(c, NULL))
		return done(c, -ERESTARTNOHAND_CODE);
	return park_channel(c, CHANNEL_MSG, c->arg[0]);
}

/* msgsnd. Inputs: room in the queue (past calls; the default limits of a new namespace are constants), signals (ordered). */
enum outcome do_msgsnd(struct call *c)
{
	int64_t r;

	will_change(c, CHANNEL_MSG, c->arg[0]);
	r = c->tried ? -EAGAIN : x_real(c, __NR_msgsnd, c->arg[0], c->arg[1], c->arg[2], c->arg[3] | NOWAIT, 0, 0);
	if (x_dead(c))
		return done(c, 0);
	if (r == -EAGAIN && !(c->arg[3] & NOWAIT))
		return msg_wait(c);
	if (r == 0) {
		c->data = c->arg[1];
		c->data_len = c->arg[2] + sizeof(int64_t);
		changed(c, CHANNEL_MSG, c->arg[0]);
	}
	return done(c, gone(c, r));
}

/* msgrcv. Inputs: what is in the queue, in the order of the sends (ordered), signals (ordered). */
enum outcome do_msgrcv(struct call *c)
{
	int64_t r;

	will_change(c, CHANNEL_MSG, c->arg[0]);
	r = c->tried ? -ENOMSG : x_real(c, __NR_msgrcv, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4] | NOWAIT, 0);
	if (x_dead(c))
		return done(c, 0);
	if (r == -ENOMSG && !(c->arg[4] & NOWAIT))
		return msg_wait(c);
	if (r >= 0) {
		c->data = c->arg[1];
		c->data_len = (uint64_t)r + sizeof(int64_t);
		changed(c, CHANNEL_MSG, c->arg[0]);
	}
	return done(c, gone(c, r));
}

/* msgctl. Contents: past calls. Times: normalised. */
enum outcome do_msgctl(struct call *c)
{
	uint32_t cmd = (uint32_t)c->arg[1] & CMD_MASK;
	int64_t r = x_original(c);

	if (r < 0 || x_dead(c))
		return done(c, r);
	if (cmd == CMD_STAT || cmd == MSG_CMD_STAT || cmd == MSG_CMD_STAT_ANY)
		show_times(c, c->arg[2], 48, 56, 64); /* msg_stime, msg_rtime, msg_ctime */
	if (cmd == CMD_REMOVE || cmd == CMD_SET)
		changed(c, CHANNEL_MSG, c->arg[0]);
	return done(c, r);
}

/* ---- shared memory ------------------------------------------------------------------------------------------------------------- */

/* How much of the memory is resident or swapped is the host's affair: all of it, and nothing. */
static void show_usage(struct call *c, gaddr info)
{
	uint64_t total, none[3] = { 0, 0, 0 };

	if (x_read(c, info + 8, &total, sizeof total) < 0)
		return;
	(void)x_write(c, info + 16, &total, sizeof total);
	(void)x_write(c, info + 24, none, sizeof none);
}

/* shmctl. Contents: past calls. Times, residence, swapping: normalised. */
enum outcome do_shmctl(struct call *c)
{
	uint32_t cmd = (uint32_t)c->arg[1] & CMD_MASK;
	int64_t r = x_original(c);

	if (r < 0 || x_dead(c))
		return done(c, r);
	if (cmd == CMD_STAT || cmd == SHM_CMD_STAT || cmd == SHM_CMD_STAT_ANY)
		show_times(c, c->arg[2], 56, 64, 72); /* shm_atime, shm_dtime, shm_ctime */
	else if (cmd == SHM_CMD_INFO)
		show_usage(c, c->arg[2]);
	return done(c, r);
}

/* ---- POSIX message queues -------------------------------------------------------------------------------------------------------- */

/* The call is tried with the descriptor made non-blocking, so that every other error comes first, as in Linux. The deadline is
 * absolute, on the realtime clock, which is the logical one. */
static enum outcome mq_move(struct call *c, uint32_t events)
{
	int fd = (int32_t)c->arg[0];
	int64_t flags = x_fd_flags(c, fd), deadline = NO_DEADLINE, r;
	enum outcome o;

	if (flags < 0 || (flags & O_NONBLOCK) || x_fd_set_flags(c, fd, (uint64_t)flags | O_NONBLOCK) < 0) {
		c->w->progress++;
		return CALL_PASS;
	}
	r = x_original(c);
	(void)x_fd_set_flags(c, fd, (uint64_t)flags);
	if (x_dead(c))
		return done(c, 0);
	c->w->progress += r >= 0;
	if (r != -EAGAIN)
		return done(c, r);
	if (c->arg[4] && read_timespec(c, c->arg[4], &deadline) < 0)
		return done(c, -EFAULT);
	if (x_signal_pending(c, NULL))
		return done(c, -ERESTARTSYS_CODE);
	if (c->timed_out || deadline <= c->w->now_ns)
		return done(c, -ETIMEDOUT);
	o = park_fd(c, fd, events);
	return deadline == NO_DEADLINE ? o : park_until(c, deadline);
}

/* mq_timedsend. Inputs: room in the queue (past calls), deadline (normalised: logical), signals (ordered). */
enum outcome do_mq_timedsend(struct call *c)
{
	return mq_move(c, POLLOUT);
}

/* mq_timedreceive. Inputs: the messages, by priority and order of sending (ordered), deadline, signals. */
enum outcome do_mq_timedreceive(struct call *c)
{
	return mq_move(c, POLLIN);
}
