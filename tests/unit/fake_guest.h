/* fake_guest.h: an executor without a kernel, for unit tests of handlers: memory is an array, descriptors are eventfds in a
 * table, threads are tasks of the model, and a few lines play the engine. */
#ifndef DETBUILD_TESTS_UNIT_FAKE_GUEST_H
#define DETBUILD_TESTS_UNIT_FAKE_GUEST_H

#include <asm/unistd_64.h>
#include <errno.h>
#include <stdlib.h>

#include "sched/sched.h"
#include "syscall/executor.h"
#include "syscall/table.h"
#include "test.h"

enum { FAKE_BASE = 0x10000, FAKE_SIZE = 0x4000, FAKE_SHARED = 0x3000, FAKE_THREADS = 16, FAKE_FDS = 16, FAKE_FIRST_TID = 100 };

/* Addresses from FAKE_BASE + FAKE_SHARED on are one shared mapping. */
static unsigned char fake_memory[FAKE_SIZE];
static struct world *fake_world;
static bool fake_signal[FAKE_THREADS];
static struct { bool open; uint64_t id, count; } fake_fds[FAKE_FDS];
static uint64_t fake_next_id = 7;

/* One thread's call in progress. Task indices are thread numbers. */
static struct fake_thread { struct call c; handler *h; uint64_t mem[6]; enum outcome out; } fake_threads[FAKE_THREADS];

int x_read(struct call *c, gaddr from, void *buf, size_t n)
{
	(void)c;
	if (from < FAKE_BASE || from + n > FAKE_BASE + FAKE_SIZE)
		return -EFAULT;
	memcpy(buf, fake_memory + (from - FAKE_BASE), n);
	return 0;
}

int x_write(struct call *c, gaddr to, const void *buf, size_t n)
{
	(void)c;
	if (to < FAKE_BASE || to + n > FAKE_BASE + FAKE_SIZE)
		return -EFAULT;
	memcpy(fake_memory + (to - FAKE_BASE), buf, n);
	return 0;
}

int32_t x_tid(struct call *c) { return FAKE_FIRST_TID + (int32_t)c->task; }
int32_t x_pid(struct call *c) { return FAKE_FIRST_TID + (int32_t)fake_world->tasks[c->task].proc; }
bool x_dead(struct call *c) { (void)c; return false; }
bool x_signal_pending(struct call *c, const uint64_t *mask) { (void)mask; return fake_signal[c->task]; }
void x_refused(struct call *c, const char *why) { (void)why; c->w->refused[0]++; }

uint32_t x_task_of(struct call *c, int32_t tid)
{
	uint32_t i = (uint32_t)(tid - FAKE_FIRST_TID);

	return i < FAKE_THREADS && c->w->tasks[i].state != TASK_FREE ? i : NO_INDEX;
}

int x_shared_key(struct call *c, gaddr uaddr, uint64_t *ret_key)
{
	(void)c;
	if (uaddr < FAKE_BASE || uaddr >= FAKE_BASE + FAKE_SIZE)
		return -EFAULT;
	if (uaddr < FAKE_BASE + FAKE_SHARED)
		return -ENOENT;
	*ret_key = 0xf00d0000 + uaddr;
	return 0;
}

int64_t x_eventfd_id(struct call *c, int fd)
{
	(void)c;
	return fd < 0 || fd >= FAKE_FDS || !fake_fds[fd].open ? -EBADF : (int64_t)fake_fds[fd].id;
}

int64_t x_fd_poll(struct call *c, int fd, uint32_t events)
{
	(void)c;
	return fake_fds[fd].count ? events & 1 : 0;
}

int64_t x_fd_read(struct call *c, int fd, void *buf, size_t n)
{
	(void)c;
	memcpy(buf, &fake_fds[fd].count, n);
	fake_fds[fd].count = 0;
	return (int64_t)n;
}

int64_t x_real(struct call *c, uint32_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	(void)c, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
	if (nr == __NR_close) {
		fake_fds[a0].open = false;
		return 0;
	}
	for (int i = 3; nr == __NR_eventfd2 && i < FAKE_FDS; i++) {
		if (fake_fds[i].open)
			continue;
		fake_fds[i].open = true;
		fake_fds[i].id = fake_next_id++;
		fake_fds[i].count = 0;
		return i;
	}
	return -EMFILE;
}

int64_t x_original(struct call *c) { return x_real(c, c->nr, c->arg[0], c->arg[1], 0, 0, 0, 0); }

static inline struct world *fake_start(void)
{
	struct world_config config = { .seed = 1, .epoch_ns = INT64_C(1700000000) * 1000000000, .cpus = 1 };

	free(fake_world);
	fake_world = calloc(1, sizeof(*fake_world));
	if (!fake_world)
		abort();
	world_init(fake_world, &config);
	memset(fake_memory, 0, sizeof(fake_memory));
	memset(fake_signal, 0, sizeof(fake_signal));
	memset(fake_threads, 0, sizeof(fake_threads));
	memset(fake_fds, 0, sizeof(fake_fds));
	return fake_world;
}

/* A thread of the task's process, or a process of its own; it has the index that comes next. */
static inline uint32_t fake_thread(uint32_t parent, bool process)
{
	return world_new_task(fake_world, parent, process, process);
}

static inline enum outcome fake_try(uint32_t task)
{
	struct fake_thread *t = &fake_threads[task];

	memset(&t->c.cond, 0, sizeof(t->c.cond));
	t->c.deadline_ns = NO_DEADLINE;
	t->c.timed_out = fake_world->tasks[task].timed_out;
	t->out = t->h(&t->c);
	if (t->out == CALL_PARK)
		sched_park(fake_world, task, &t->c.cond, t->c.deadline_ns);
	else
		clock_event(fake_world, task);
	return t->out;
}

/* Begins a call; 1000 when it was parked, else its result. */
enum { FAKE_PARKED = 1000 };
static inline int64_t fake_call(uint32_t task, handler *h, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct fake_thread *t = &fake_threads[task];

	memset(t, 0, sizeof(*t));
	t->h = h;
	t->c = (struct call){ .w = fake_world, .task = task, .arg = { a0, a1, a2, a3, a4, a5 }, .mem = t->mem };
	fake_world->tasks[task].timed_out = fake_world->tasks[task].woken = 0;
	return fake_try(task) == CALL_PARK ? FAKE_PARKED : t->c.ret;
}

/* A parked call goes on, if it was woken; FAKE_PARKED when it still waits. */
static inline int64_t fake_go_on(uint32_t task)
{
	struct fake_thread *t = &fake_threads[task];

	if (fake_world->tasks[task].state == TASK_PARKED)
		return FAKE_PARKED;
	sched_remove(fake_world, task);
	t->c.retry = true;
	return fake_try(task) == CALL_PARK ? FAKE_PARKED : t->c.ret;
}

/* Everybody sleeps: time jumps to the earliest sleeper, whose call goes on. */
static inline int64_t fake_jump(uint32_t *ret_task)
{
	uint32_t task = sched_earliest(fake_world);

	*ret_task = task;
	if (task == NO_INDEX)
		return FAKE_PARKED;
	clock_jump(fake_world, fake_world->tasks[task].deadline_ns);
	fake_world->tasks[task].timed_out = 1;
	sched_wake(fake_world, task);
	return fake_go_on(task);
}

static inline void fake_put32(gaddr at, uint32_t v) { memcpy(fake_memory + (at - FAKE_BASE), &v, 4); }
static inline uint32_t fake_get32(gaddr at) { uint32_t v; memcpy(&v, fake_memory + (at - FAKE_BASE), 4); return v; }
static inline void fake_put64(gaddr at, int64_t v) { memcpy(fake_memory + (at - FAKE_BASE), &v, 8); }
static inline int64_t fake_get64(gaddr at) { int64_t v; memcpy(&v, fake_memory + (at - FAKE_BASE), 8); return v; }
static inline void fake_timespec(gaddr at, int64_t sec, int64_t ns) { fake_put64(at, sec); fake_put64(at + 8, ns); }
static inline int64_t fake_ns(gaddr at) { return fake_get64(at) * 1000000000 + fake_get64(at + 8); }

#endif
