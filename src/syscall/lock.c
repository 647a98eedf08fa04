/* lock.c: locks on files, and fcntl. Freestanding.
 *
 * Inputs: who holds what (past calls: ordered), signals (ordered). The locks are the kernel's, in whose eyes nobody waits: it is asked
 * without waiting, waiters try again when something has happened, in the order in which they were parked. So the one thing that the
 * kernel would know of waiters, that they wait for each other, is found here.
 *
 * Invariant L1: mem[0] of a thread parked for a record lock is WAITS and the process that held it when it last tried. */
#include "syscall/fs.h"
#include "syscall/table.h"

#include <string.h>

enum { GETLK = 5, SETLK = 6, SETLKW = 7, OFD_GETLK = 36, OFD_SETLK = 37, OFD_SETLKW = 38, LOCK_BYTES = 32, UNLOCKED = 2, LOCK_PID_AT = 24 }; /* struct flock */

#define WAITS (UINT64_C(0x6c6f636b) << 32)

/* L2. All anonymous files of a host (eventfd, epoll ...) are one inode: what others lock there is not the guest's affair, nor is it theirs what guests
 * lock. Such locks are given to everybody. */
static bool is_the_hosts(struct call *c)
{
	struct fd_stat st;

	return x_fd_stat(c, (int)c->arg[0], &st) == 0 && fs_is(st.mode, 0);
}

enum outcome do_flock(struct call *c)
{
	enum { SHARED = 1, EXCLUSIVE = 2, LOCK_NB_FLAG = 4, UNLOCK = 8 };
	uint64_t operation = c->arg[1], kind = (uint32_t)operation & ~(uint32_t)LOCK_NB_FLAG;
	int64_t r;

	c->arg[1] |= LOCK_NB_FLAG;
	if ((kind == SHARED || kind == EXCLUSIVE) && is_the_hosts(c))
		c->arg[1] = UNLOCK;
	r = x_original(c);
	c->arg[1] = operation;
	if (r == -EAGAIN && !(operation & LOCK_NB_FLAG))
		return x_signal_pending(c, NULL) ? done(c, -ERESTARTSYS_CODE) : park_any(c);
	c->w->progress++;
	return done(c, r);
}

/* The process that holds what the caller wants; 0: nobody any more. */
static int32_t holder(struct call *c)
{
	gaddr page = x_scratch(c), s = page + SCRATCH_STRUCT;
	uint8_t lock[LOCK_BYTES];
	int16_t type;
	int32_t pid;

	if (!page || x_read(c, c->arg[2], lock, sizeof(lock)) < 0 || x_write(c, s, lock, sizeof(lock)) < 0)
		return 0;
	if (x_real(c, __NR_fcntl, c->arg[0], GETLK, s, 0, 0, 0) < 0 || x_dead(c))
		return 0;
	if (x_read(c, s, &type, sizeof(type)) < 0 || x_read(c, s + LOCK_PID_AT, &pid, sizeof(pid)) < 0 || type == UNLOCKED)
		return 0;
	return pid;
}

/* Whom a process waits for, by any of its threads; 0: for no lock. */
static int32_t waits_for(struct call *c, int32_t pid)
{
	uint32_t leader = x_task_of(c, pid);

	if (leader == NO_INDEX)
		return 0;
	for (uint32_t i = world_next_task(c->w, NO_INDEX); i != NO_INDEX; i = world_next_task(c->w, i)) {
		const struct task *t = &c->w->tasks[i];

		if (t->proc == c->w->tasks[leader].proc && t->state == TASK_PARKED && (t->scratch[0] & WAITS) == WAITS)
			return (int32_t)t->scratch[0];
	}
	return 0;
}

/* As in Linux, a chain of ten is followed. */
static bool would_deadlock(struct call *c)
{
	enum { LONGEST = 10 };
	int32_t own = x_pid(c), pid = holder(c);

	c->mem[0] = pid > 0 ? WAITS | (uint32_t)pid : 0;
	for (int i = 0; i < LONGEST && pid > 0; i++) {
		if (pid == own)
			return true;
		pid = waits_for(c, pid);
	}
	return false;
}

/* Files of some filesystems have seals as well; on the box's disk they have none. */
static bool is_memory_file(struct call *c, int fd)
{
	static const char name[] = "/memfd:";
	char path[PATH_SIZE];
	int64_t n = x_fd_path(c, fd, path, sizeof(path));

	return n >= (int64_t)sizeof(name) - 1 && memcmp(path, name, sizeof(name) - 1) == 0;
}

static bool is_lock(uint32_t command)
{
	return (command >= GETLK && command <= SETLKW) || (command >= OFD_GETLK && command <= OFD_SETLKW);
}

/* The kernel is asked whether such a lock is there, which tells whether it could be, and changes nothing. */
static enum outcome lock_hosts(struct call *c)
{
	enum { SHARED = 0, EXCLUSIVE = 1 };
	const uint32_t command = (uint32_t)c->arg[1];
	bool own = command < OFD_GETLK, asks = command == GETLK || command == OFD_GETLK;
	int64_t access = x_fd_flags(c, (int)c->arg[0]) & O_ACCMODE;
	gaddr page = x_scratch(c), s = page + SCRATCH_STRUCT;
	uint8_t lock[LOCK_BYTES];
	int16_t type;
	int64_t r;

	if (!page || x_read(c, c->arg[2], lock, sizeof(lock)) < 0 || x_write(c, s, lock, sizeof(lock)) < 0)
		return CALL_PASS;
	memcpy(&type, lock, sizeof(type));
	if (!asks && type == UNLOCKED)
		return CALL_PASS;
	r = x_real(c, __NR_fcntl, c->arg[0], own ? GETLK : OFD_GETLK, s, 0, 0, 0);
	if (r == 0 && !asks && ((type == SHARED && access == O_WRONLY) || (type == EXCLUSIVE && access == O_RDONLY)))
		return done(c, -EBADF);
	type = UNLOCKED;
	if (r == 0 && asks && !x_dead(c) && x_write(c, c->arg[2], &type, sizeof(type)) < 0)
		r = -EFAULT;
	return done(c, r);
}

enum outcome do_fcntl(struct call *c)
{
	enum { SETFL = 4, SETSIG = 10, NOTIFY = 1026, SETLEASE = 1024,
		DUPFD_QUERY = 1027, CREATED_QUERY = 1028, SETPIPE_SZ = 1031, ADD_SEALS = 1033, GET_SEALS = 1034, SEALS = 0x1f, PIPE_MOST = 1 << 20 /* fs.pipe-max-size, by default */ };
	const uint32_t command = (uint32_t)c->arg[1];
	int64_t r;

	if (command == NOTIFY || command == SETLEASE || command == SETSIG) {
		if (fs_bad_fd(c, (int)c->arg[0]))
			return done(c, -EBADF);
		x_refused(c, "signals from files: not modelled");
		return done(c, -EINVAL);
	}
	if ((command == ADD_SEALS || command == GET_SEALS) && !is_memory_file(c, (int)c->arg[0]))
		return done(c, fs_bad_fd(c, (int)c->arg[0]) ? -EBADF : -EINVAL);
	if (command == DUPFD_QUERY || command == CREATED_QUERY || (command == ADD_SEALS && (uint32_t)c->arg[2] & ~(uint32_t)SEALS))
		return done(c, -EINVAL); /* later than the canonical kernel */
	if (command == SETFL && (c->arg[2] & FASYNC))
		world_async(c->w);
	if (command == SETPIPE_SZ && (uint32_t)c->arg[2] > PIPE_MOST)
		return done(c, -EPERM);
	if (is_lock(command) && is_the_hosts(c))
		return lock_hosts(c);
	if (command != SETLKW && command != OFD_SETLKW)
		return CALL_PASS;
	c->arg[1] = command == SETLKW ? SETLK : OFD_SETLK;
	r = x_original(c);
	c->arg[1] = command;
	if ((r == -EAGAIN || r == -EACCES) && command == SETLKW && would_deadlock(c))
		return done(c, -EDEADLK);
	if (r == -EAGAIN || r == -EACCES)
		return x_signal_pending(c, NULL) ? done(c, -ERESTARTSYS_CODE) : park_any(c);
	c->w->progress++;
	return done(c, r);
}
