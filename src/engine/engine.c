/* engine.c: the loop, calls and their outcomes.
 *
 * E1. One guest thread runs at a time: it is resumed, and the engine waits for ITS next stop before it does anything else.
 * E2. No decision reads a wall clock; the watchdog can only end the run, have somebody look for a proof (spin.c), or get a thread out of an open(2) that would never end.
 * E3. A resumed thread never sleeps in the kernel: calls that may wait have rows that park. The watchdog names a thread
 *     that is found asleep in a call, and ends the run. The one exception: the agent asks no file whether it is a FIFO before it opens one. Who opens a FIFO alone sleeps
 *     for good, so whenever the watchdog comes it finds the same: the call is taken back, was no event, and is made once more with the question. */
#include "engine/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/fd.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "sched/sched.h"
#include "syscall/procfs.h"
#include "syscall/table.h"
#include "tracee/searches.h"
#include "tracee/texts.h"

enum { TICK_MS = 100, ASLEEP_TICKS = 30, FIFO_TICKS = 2, UNSEEN_MOST = 100000 };

static volatile sig_atomic_t got_signal, got_tick;

static void on_signal(int signo)
{
	if (signo == SIGALRM)
		got_tick = 1;
	else
		got_signal = signo;
}

void engine_over(struct engine *e, enum engine_end end, int status)
{
	if (e->over)
		return;
	e->over = true;
	e->end = end;
	e->end_status = status;
}

void engine_note(struct engine *e, uint32_t task, const char *fmt, ...)
{
	const struct observer *o = e->cfg->observer;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	detail("%s", text);
	if (o && o->note)
		o->note(o->ctx, task == NO_INDEX ? 0 : e->w->tasks[task].serial, text);
}

static void warn_frame(void *ctx, const char *text)
{
	(void)ctx;
	warn("    %s", text);
}

void engine_warn_stack(struct engine *e, uint32_t task)
{
	texts_as_files(e->x, tracee_of(e, task));
	tracee_backtrace(tracee_of(e, task), warn_frame, NULL);
}

struct noted_task { struct engine *e; uint32_t task; };

static void note_frame(void *ctx, const char *text)
{
	const struct noted_task *who = ctx;

	warn_frame(NULL, text);
	engine_note(who->e, who->task, "stack %s", text);
}

/* The observer asked for the stack at the call that just ended. */
static void end_with_stack(struct engine *e, uint32_t task)
{
	struct noted_task who = { e, task };

	warn("  thread %u was here:", e->w->tasks[task].serial);
	texts_as_files(e->x, tracee_of(e, task));
	tracee_backtrace(tracee_of(e, task), note_frame, &who);
	engine_over(e, ENGINE_STACK, 0);
}

/* "NUMBER ARGUMENTS..." of the call in which the thread sleeps. */
static void read_call(const struct tracee *t, char text[256])
{
	char path[64];
	autoclose int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)t->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, 255);
	text[n > 0 ? n : 0] = '\0';
}

static bool sleeps_in_open(const struct tracee *t)
{
	char text[256];
	unsigned long nr;

	read_call(t, text);
	nr = strtoul(text, NULL, 10);
	return nr == SYS_openat || nr == SYS_open;
}

/* A thread asleep in a call for three seconds, with nobody else running, sleeps for good: its row in the table is wrong. One that the agent let open
 * a FIFO is got out before (x_looks_for_fifos(), engine_near_goes_on()). */
static void look_for_sleeper(struct engine *e)
{
	struct tracee *t;
	char text[256];

	if (e->w->current == NO_INDEX)
		return;
	t = tracee_of(e, e->w->current);
	if (tracee_state(t->tid) != 'S' || e->asleep_stops != e->x->stops) {
		e->asleep_ticks = 0;
		e->asleep_stops = e->x->stops;
		return;
	}
	e->asleep_ticks++;
	if (e->asleep_ticks == FIFO_TICKS && e->near.open && !e->w->fifo_seen && sleeps_in_open(t))
		e->spin_asked = tracee_interrupt(t);
	if (e->asleep_ticks < ASLEEP_TICKS)
		return;
	read_call(t, text);
	warn("a thread sleeps in a system call that was thought not to wait: %s(2) [%s]", syscall_name((uint32_t)strtoul(text, NULL, 10)), text);
	engine_over(e, ENGINE_DEADLOCK, 0);
}

bool engine_is_cut(struct engine *e)
{
	if (got_signal)
		engine_over(e, ENGINE_INTERRUPTED, got_signal);
	else if (got_tick && e->wall_limit_ns && monotonic_ns() > e->wall_limit_ns)
		engine_over(e, ENGINE_TIMEOUT, 0);
	return e->over;
}

/* Called whenever a wait is interrupted. Not 0: the run is over. */
static int interrupted(void *ctx)
{
	struct engine *e = ctx;

	if (!engine_is_cut(e) && got_tick) {
		got_tick = 0;
		executor_drain(e->x, false); /* what was written without a stop */
		look_for_sleeper(e);
		engine_spin_tick(e);
	}
	return e->over;
}

static void refused(void *ctx, uint32_t task, const char *why)
{
	struct engine *e = ctx;
	unsigned nr = (unsigned)tracee_of(e, task)->nr;
	const char *name = syscall_name(nr);
	char text[64];

	if (strcmp(name, "?") != 0)
		snprintf(text, sizeof(text), "%s(2)", name);
	else
		snprintf(text, sizeof(text), "system call %u", nr);
	engine_note(e, task, "refused %s: %s", text, why);
	if (e->w->strict) {
		warn("refused %s: %s (--strict)", text, why);
		engine_over(e, ENGINE_REFUSED, 0);
	}
}

/* ---- calls --------------------------------------------------------------------------------------------------------- */

static enum outcome answer(struct call *c, const struct row *row)
{
	if (!row || row->class == ROW_NONE || row->class == ROW_PASS || row->class == ROW_ASK) {
		c->w->unknown++;
		x_refused(c, "no such call in the policy table");
		return done(c, -ENOSYS);
	}
	if (row->class == ROW_FIXED)
		return done(c, -row->deny_errno);
	if (row->class == ROW_DENY) {
		x_refused(c, row->why);
		return done(c, -row->deny_errno);
	}
	return row->handle(c);
}

/* A call that only stops because the box has one id. Where it has many, the kernel answers it, and nobody counts it: the times of a
 * build would tell whether its user has a range of ids. So it is no event here, either. A loop of nothing else is proven there
 * (spin.c); here each call is a stop, so after half a second of them they are charged for, all at once, and the turn is over. */
static bool is_unseen(struct engine *e, uint32_t task, const struct row *row)
{
	if (!row || !row->single) {
		e->unseen = 0;
		return false;
	}
	if (++e->unseen < UNSEEN_MOST)
		return true;
	while (--e->unseen)
		clock_event(e->w, task);
	return false;
}

bool engine_counted(struct engine *e, uint32_t task, const struct row *row)
{
	if (is_unseen(e, task, row))
		return false;
	clock_event(e->w, task);
	if (row && row->class != ROW_FAKE)
		e->w->progress++;
	return true;
}

void engine_completed(struct engine *e, struct call *c, const struct row *row)
{
	const struct observer *o = e->cfg->observer;
	struct tracee *t = tracee_of(e, c->task);

	if (!engine_counted(e, c->task, row)) {
		executor_drop_dup(e->x);
		return;
	}
	if (o && o->call && c->task != e->init) { /* pid 1 is ours, at addresses of the host's choosing */
		memcpy(c->arg, t->arg, sizeof(c->arg));
		if (o->call(o->ctx, c, e->w->tasks[c->task].serial))
			end_with_stack(e, c->task);
	}
	executor_drop_dup(e->x);
	engine_fire_timers(e);
}

/* The kernel performs the call. With an observer its result is fetched first, unless it starts or ends something. */
static void pass(struct engine *e, struct call *c, const struct row *row)
{
	struct tracee *t = tracee_of(e, c->task);
	bool life = row->class == ROW_LIFE;

	if (e->x->all_exits && !life && c->nr != SYS_rt_sigsuspend && c->nr != SYS_pause) {
		c->ret = x_original(c);
		if (t->dead)
			return;
		if (c->ret == -ERESTART_RESTARTBLOCK_CODE) /* its restart would be another call */
			c->ret = -EINTR;
		tracee_finish(e->x, c->task, c->ret);
	} else {
		executor_drop_dup(e->x);
		c->ret = 0;
		tracee_pass(e->x, c->task, c->arg);
	}
	engine_completed(e, c, row);
}

void engine_life_begins(struct engine *e, const struct call *c)
{
	struct tracee *t = tracee_of(e, c->task);
	struct proc *p = world_proc(e->w, c->task);

	t->executing = c->nr == SYS_execve || c->nr == SYS_execveat;
	t->forking = c->nr == SYS_clone || c->nr == SYS_clone3 || c->nr == SYS_fork || c->nr == SYS_vfork;
	if (c->nr == SYS_exit_group)
		p->exiting = 1;
	if (c->nr == SYS_exit && t->tid == t->tgid && p->tasks > 1)
		engine_leader_exit(e, c->task);
}

/* A call that only stopped to be counted: as if it had not. */
static bool only_counted(struct engine *e, uint32_t task, const struct row *row)
{
	struct tracee *t = tracee_of(e, task);

	if (!e->x->every_call || !row || row->class == ROW_NONE || row_stops(row, t->arg, e->w->single_id))
		return false;
	e->w->seen[t->nr]++;
	tracee_pass(e->x, task, t->arg);
	t->where = AT_OTHER;
	return true;
}

/* tried: the agent has, a moment ago, and it has to wait. */
static void perform(struct engine *e, uint32_t task, bool retry, bool tried)
{
	struct tracee *t = tracee_of(e, task);
	struct task *m = &e->w->tasks[task];
	const struct row *row = t->nr < WORLD_NSYS ? &syscall_rows[t->nr] : NULL;
	struct call c = { .x = e->x, .w = e->w, .task = task, .nr = (uint32_t)t->nr, .mem = m->scratch, .deadline_ns = NO_DEADLINE, .retry = retry, .tried = tried };
	enum outcome out;

	if (!retry && only_counted(e, task, row))
		return;
	memcpy(c.arg, t->arg, sizeof(c.arg));
	if (retry) {
		c.timed_out = m->timed_out;
		engine_unpark(e, task);
	} else {
		memset(m->scratch, 0, sizeof(m->scratch));
		if (c.nr < WORLD_NSYS)
			e->w->seen[c.nr]++;
	}
	out = answer(&c, row);
	m->have_mask = out == CALL_PARK ? m->have_mask : 0;
	if (t->dead) {
		engine_death(e, task, t->status);
		return;
	}
	if (e->over)
		return;
	switch (out) {
	case CALL_PASS:
		pass(e, &c, row);
		if (!t->dead && row->class == ROW_LIFE)
			engine_life_begins(e, &c);
		break;
	case CALL_PARK:
		if (!retry)
			e->w->progress++;
		engine_park(e, task, &c);
		executor_drop_dup(e->x);
		return;
	case CALL_YIELD:
	case CALL_DONE:
		tracee_finish(e->x, task, c.ret);
		engine_completed(e, &c, row);
		break;
	}
	if (t->dead) {
		engine_death(e, task, t->status);
		return;
	}
	t->where = AT_OTHER;
	t->sig_check = false;
	if (out == CALL_YIELD)
		sched_yield_turn(e->w, task);
}

/* Calls that the filter lets pass are no events. While a timer counts a process's CPU time they are, or a loop of them would never see it
 * fire: its threads then stop at the entry of every call. Other stops of this kind are the rest of a call that the engine followed. */
static void count_call(struct engine *e, uint32_t task)
{
	if (!tracee_of(e, task)->counting || !tracee_enters_call(tracee_of(e, task)))
		return;
	clock_event(e->w, task);
	engine_fire_timers(e);
}

/* ---- stops --------------------------------------------------------------------------------------------------------- */

void engine_handle_stop(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);
	int status = t->status, event = status >> 16, signo = WSTOPSIG(status);
	uint32_t tried = e->near.tried;

	e->near.tried = 0;
	if (event != PTRACE_EVENT_FORK && event != PTRACE_EVENT_VFORK && event != PTRACE_EVENT_CLONE)
		t->forking = false;
	t->where = AT_OTHER;
	t->count.stopped = false;
	if (t->dead) {
		engine_death(e, task, status);
		return;
	}
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		t->executing = false;
		if (tracee_read_entry(e->x, t))
			perform(e, task, engine_near_came_back(e, t), tried == t->nr + 1);
		else
			engine_death(e, task, status);
		return;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		engine_birth(e, task, event);
		return;
	case PTRACE_EVENT_EXEC:
		engine_exec(e, task);
		return;
	case PTRACE_EVENT_STOP:
		if (signo != SIGTRAP || !e->spin_asked)
			engine_group_stop(e, task, signo);
		else if (engine_spin_look(e, task))
			engine_handle_stop(e, task);
		return;
	case 0:
		if (signo == (SIGTRAP | 0x80)) {
			count_call(e, task);
			return;
		}
		engine_signal_stop(e, task, signo);
		return;
	default:
		return;
	}
}

/* A signal that has a handler comes before anything else. True: another stop was handled, or the run is over. */
static bool deliver(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);
	int signo = t->inject;

	if (!signo || t->executing || e->x->real_cpu || !engine_has_handler(e, task, signo))
		return false;
	t->inject = 0;
	switch (tracee_deliver(e->x, t, signo)) {
	case DELIVERY_AT_HANDLER:
		return false;
	case DELIVERY_INTERRUPTED:
		return true;
	case DELIVERY_OTHER_STOP:
		break;
	}
	executor_drain(e->x, true);
	engine_handle_stop(e, task);
	return true;
}

static void run_task(struct engine *e, uint32_t task)
{
	struct tracee *t = tracee_of(e, task);

	engine_start_settle(e, task);
	if ((t->where == AT_ENTRY || t->where == AT_EXIT) && !engine_near_try_again(e, task)) {
		perform(e, task, true, false);
		return;
	}
	if (e->w->tasks[task].cond.kind == COND_SPIN) {
		if (engine_spin_go_on(e, task))
			engine_handle_stop(e, task);
		return;
	}
	if (deliver(e, task) || engine_micro_turn(e, task) || engine_count_go(e, task))
		return;
	t->counting = e->w->timers_high > 0 && timer_cpu_armed(e->w, e->w->tasks[task].proc);
	if (e->x->sites_cut) {
		engine_sites_cut(e, task);
		if (e->over)
			return;
	}
	engine_near_edit(e, task);
	engine_near_open(e, task);
	tracee_resume(e->x, t, t->inject);
	t->inject = 0;
	if (t->executing && world_proc(e->w, task)->tasks > 1) {
		engine_exec_wait(e, task);
	} else if (!tracee_wait(e->x, t)) {
		return;
	}
	if (e->x->odd_exec) {
		e->x->odd_exec = false;
		engine_near_distrust(e, task);
	}
	while (engine_near_goes_on(e, task)) {
		if (interrupted(e))
			return;
		tracee_resume(e->x, t, 0);
		if (!tracee_wait(e->x, t))
			return;
	}
	engine_near_close(e, task);
	executor_drain(e->x, true);
	engine_handle_stop(e, task);
}

/* ---- start and end ------------------------------------------------------------------------------------------------- */

static void catch_signals(struct sigaction old[4], bool on)
{
	static const int list[4] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction a = { .sa_handler = on_signal };
	struct itimerval tick = { { 0, TICK_MS * 1000L }, { 0, TICK_MS * 1000L } }, none = { { 0, 0 }, { 0, 0 } };

	sigemptyset(&a.sa_mask);
	if (!on) /* first: a tick after the handler is gone would be the end of us */
		setitimer(ITIMER_REAL, &none, NULL);
	for (int i = 0; i < 4; i++)
		sigaction(list[i], on ? &a : &old[i], on ? &old[i] : NULL);
	if (on)
		setitimer(ITIMER_REAL, &tick, NULL);
}

static void register_devices(struct engine *e)
{
	static const char *const mounts[] = { "/proc", "/dev", "/dev/pts", "/dev/shm", "/sys" };
	char path[64];
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		snprintf(path, sizeof(path), "/proc/%d/root%s", (int)e->cfg->init, mounts[i]);
		if (stat(path, &st) < 0)
			continue;
		inode_register_device(e->w, st.st_dev);
		if (i == 0 && !e->w->real_proc)
			e->w->proc_dev = st.st_dev;
		if (i == ARRAY_SIZE(mounts) - 1)
			e->w->sys_dev = st.st_dev;
	}
}

/* Any name of /proc that the guest must not find tells what the box covers them with. */
static void find_covers(struct engine *e)
{
	const char *own = strrchr(AGENT_DIR, '/') + 1;
	char path[64];
	struct dirent *de;
	struct stat st;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/root/proc", (int)e->cfg->init);
	d = e->w->proc_dev ? opendir(path) : NULL;
	while (d && (de = readdir(d))) {
		if (procfs_lists("/proc", de->d_name) || fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev == e->w->proc_dev ||
		    !strcmp(de->d_name, own))
			continue;
		e->w->hidden_dev = st.st_dev;
		e->w->hidden_ino[S_ISDIR(st.st_mode)] = st.st_ino;
	}
	if (d && e->cfg->window && fstatat(dirfd(d), own, &st, AT_SYMLINK_NOFOLLOW) == 0)
		e->w->agent_devs[ARRAY_SIZE(e->w->agent_devs) - 1] = st.st_dev;
	if (d)
		closedir(d);
}

static int open_root(struct engine *e, struct error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)e->cfg->init);
	e->x->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (e->x->root_fd < 0)
		return error_set(err, errno, "cannot reach the root of the box");
	return 0;
}

static int attach(struct engine *e, struct error *err)
{
	pid_t init = e->cfg->init;
	struct tracee *t;
	int r = tracee_seize(init);

	if (r < 0) {
		error_set(err, -r, "cannot trace the box");
		error_hint(err, "ptrace must be allowed (kernel.yama.ptrace_scope below 3, and no seccomp profile of a container that forbids it)");
		return r;
	}
	e->init = world_new_task(e->w, NO_INDEX, true, true);
	t = tracee_of(e, e->init);
	t->tid = t->tgid = init;
	e->x->procs[e->w->tasks[e->init].proc].tgid = init;
	e->processes = 1;
	return 0;
}

/* pid 1 leaves its gate, does its last preparations unseen, loads the filter and forks: its first call that stops. */
static int start(struct engine *e, struct error *err)
{
	struct tracee *t = tracee_of(e, e->init);

	if (write(e->cfg->gate_fd, "", 1) != 1)
		return error_set(err, errno, "cannot open the gate of the box");
	t->where = RUNNING;
	sched_add(e->w, e->init);
	sched_pick(e->w);
	if (!tracee_wait(e->x, t))
		return 0;
	engine_handle_stop(e, e->init);
	return 0;
}

static void prepare_outputs(struct engine *e)
{
	struct stat st;

	e->x->n_outputs = e->cfg->n_outputs;
	for (unsigned i = 0; i < e->cfg->n_outputs; i++) {
		struct output *o = &e->x->outputs[i];

		o->read_fd = e->cfg->outputs[i].read_fd;
		o->to_fd = e->cfg->outputs[i].to_fd;
		fd_set_nonblock(o->read_fd, true);
		if (fstat(o->read_fd, &st) == 0) {
			o->dev = st.st_dev;
			o->ino = st.st_ino;
		}
	}
	if (e->cfg->input_fd >= 0 && fstat(e->cfg->input_fd, &st) == 0) {
		e->x->input_dev = st.st_dev;
		e->x->input_ino = st.st_ino;
	}
}

int engine_run(const struct engine_config *cfg, struct engine_result *ret, struct error *err)
{
	struct engine *e = xzalloc(sizeof(*e));
	struct sigaction old[4];
	uint32_t task;
	int r;

	e->cfg = cfg;
	e->w = cfg->world;
	e->x = executor_new(cfg->world);
	e->x->ctx = e;
	e->x->interrupted = interrupted;
	e->x->refused = refused;
	e->x->after_kill = engine_after_kill;
	e->x->all_exits = cfg->observer != NULL;
	e->x->real_cpu = cfg->real_cpu;
	e->x->cpuid_faults = !cfg->real_cpu && tracee_cpuid_can_fault();
	e->x->tsc_faults = tracee_tsc_can_fault();
	engine_probe_places(cfg);
	e->x->searches = searches_open(cfg->searches.dir, cfg->searches.lower, cfg->searches.writable);
	e->x->every_call = cfg->every_call;
	e->x->texts = cfg->window ? (struct texts *)(void *)((uint8_t *)cfg->world + (AGENT_TEXTS - AGENT_WORLD)) : NULL;
	e->x->store.at = cfg->store;
	if (cfg->timeout_ns)
		e->wall_limit_ns = monotonic_after(cfg->timeout_ns);
	got_signal = got_tick = 0;
	prepare_outputs(e);
	register_devices(e);
	find_covers(e);
	catch_signals(old, true);
	guard_on(true);
	guard_place(GUARD_WINDOW, cfg->window, AGENT_WINDOW_SIZE);
	executor_read_owners(e->x, cfg->init);
	r = open_root(e, err);
	if (r == 0)
		r = attach(e, err);
	if (r == 0)
		r = start(e, err);
	/* Ticks and signals are looked at here as well: a busy guest's stops may come before any wait is interrupted. */
	while (r == 0 && !interrupted(e) && (task = engine_turn(e)) != NO_INDEX)
		run_task(e, task);
	engine_kill_all(e);
	executor_drain(e->x, false);
	guard_on(false);
	catch_signals(old, false);
	ret->end = e->end;
	ret->status = e->end_status;
	ret->learned = e->learned;
	ret->any_output = e->x->any_output;
	ret->stops = e->x->stops;
	ret->near_calls = e->near.calls;
	memcpy(ret->near_by_call, e->near.by_call, sizeof(ret->near_by_call));
	for (unsigned i = 0; i < e->x->n_outputs && !ret->output_error; i++)
		ret->output_error = e->x->outputs[i].error;
	ret->processes = e->processes;
	ret->execs = e->execs;
	executor_free(e->x);
	free(e);
	return r;
}
