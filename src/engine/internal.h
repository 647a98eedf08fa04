/* internal.h: what the engine's files share with each other and with nobody else. */
#ifndef DETBUILD_ENGINE_INTERNAL_H
#define DETBUILD_ENGINE_INTERNAL_H

#include <signal.h>

#include "engine/engine.h"
#include "tracee/spin.h"
#include "tracee/tracee.h"

/* near.c: the calls that the agent answers in the guest */
struct near {
	struct user_regs_struct edit_regs; /* of the running thread, before and after its edits */
	uint64_t calls, by_call[WORLD_NSYS];
	uint64_t held;              /* signals that came inside the agent, bit n - 1 */
	int64_t until;              /* the time the window was opened until */
	uint32_t left;              /* calls that it was opened for */
	uint32_t tried;             /* as the window has it, for the stop that is being handled */
	uint32_t looks;             /* of the watchdog, that found the thread in the agent */
	bool open;                  /* the window is */
	bool retry;                 /* the thread that runs next was parked in the call that it makes */
	bool forked;                /* the running thread's latest record is of a fork */
	bool again_failed;          /* the agent did not answer the call that it was to try again: this stop is that call's */
	gaddr again_at;             /* where that is; 0: nothing is tried again */
	bool off;                   /* it stays closed for the rest of the run */
	bool editing;               /* the running thread is to make the edits of x->edits first */
};

/* start.c: the program that begins next, or is beginning */
struct beginning {
	struct prologue_run run;
	gaddr entry, base;          /* as struct loaded has them */
	uint32_t task, serial;
	bool waits, runs;
};

struct engine {
	const struct engine_config *cfg;
	struct executor *x;
	struct world *w;
	uint32_t init;              /* task index of pid 1 */
	bool main_born;             /* the command, pid 1's first child, exists ... */
	uint32_t main_proc_serial;  /* ... and this is its process */
	bool over;
	bool collect;               /* somebody may have got SIGKILL */
	enum engine_end end;
	int end_status;
	uint64_t execs, processes;
	bool pages_are_huge;        /* those that are shared with agents (pages.c) */
	int64_t wall_limit_ns;      /* monotonic; 0 none */
	uint64_t looked_at;         /* w->events when all waiters were last made to look again */
	uint32_t asleep_ticks;      /* watchdog ticks in a row that found the running thread asleep in the same call */
	uint64_t asleep_stops;
	uint64_t vdso_before, vdso_after; /* extent of the kernel's pages around a program's vdso; 0: not yet known */
	bool sites_told;            /* engine_sites_cut() has warned */
	bool shared_actions;        /* processes share what signals do: that one has no handler says nothing of the other */
	bool spin_asked;            /* PTRACE_INTERRUPT was sent to look at a thread that makes no call, or none that ends */
	bool spin_looking;          /* ... and this is happening */
	uint32_t unseen;            /* calls in a row that are events only here, see engine.c */
	uint32_t spin_ticks, spin_wait, spin_cost; /* spin_cost: ticks that the latest look took */
	uint64_t spin_stops;
	uint32_t spin_near;         /* calls that were left when engine_near_progress() looked last: fewer is progress */
	struct engine_hint learned;
	struct near near;
	struct beginning start;
	uint64_t rounds, rounds_events; /* turns of counted loops since the last event */
	struct spin spins[WORLD_MAX_TASKS]; /* of tasks parked with COND_SPIN */
	int park_fds[WORLD_MAX_TASKS]; /* duplicate of the descriptor a parked task waits for, and 1; not above 0: none */
	bool park_external[WORLD_MAX_TASKS];
};

static inline struct tracee *tracee_of(struct engine *e, uint32_t task) { return &e->x->tracees[task]; }
struct row;
void engine_warn_stack(struct engine *e, uint32_t task); /* a line for each frame */
void engine_over(struct engine *e, enum engine_end end, int status);
bool engine_is_cut(struct engine *e);                     /* a signal ended the run, or its time is up: asked where nothing waits for long */
uint32_t engine_task_of(struct engine *e, int32_t tid);   /* by its id inside the box; NO_INDEX: none alive */
void engine_handle_stop(struct engine *e, uint32_t task);
void engine_note(struct engine *e, uint32_t task, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* turns.c: who runs next */
uint32_t engine_turn(struct engine *e);                  /* NO_INDEX: the run is over */
void engine_park(struct engine *e, uint32_t task, const struct call *c);
void engine_unpark(struct engine *e, uint32_t task);     /* forgets the duplicate descriptor */
void engine_pass_timers_on(struct engine *e, uint32_t proc);  /* it has ended: timerfds that others inherited are theirs */
void engine_fire_timers(struct engine *e);

/* spin.c: threads that wait without calls */
void engine_spin_tick(struct engine *e);
bool engine_spin_look(struct engine *e, uint32_t task);
bool engine_spin_go_on(struct engine *e, uint32_t task);
bool engine_micro_turn(struct engine *e, uint32_t task); /* with a sched_seed: a turn of a few instructions; false: an ordinary one */

bool engine_others_matter(struct engine *e, uint32_t task); /* somebody else could run, or time could pass */

/* count.c: turns that end at an exact count */
struct loop;
void engine_count_born(struct engine *e, uint32_t task);
void engine_count_exec(struct engine *e, uint32_t task);
void engine_probe_places(const struct engine_config *cfg);    /* how loops that are known are met on this machine */
bool engine_count_go(struct engine *e, uint32_t task);   /* before the task is resumed. True: it is not to be */
void engine_count_end(struct engine *e, uint32_t task);
bool engine_count_again(struct engine *e);
void engine_loop_found(struct engine *e, uint32_t task, const struct loop *loop);

/* engine.c */
void engine_life_begins(struct engine *e, const struct call *c); /* the kernel makes a LIFE row's call */
void engine_completed(struct engine *e, struct call *c, const struct row *row); /* the call is over, an event */
bool engine_counted(struct engine *e, uint32_t task, const struct row *row); /* the part of it that nobody need be told of; false: it is none */

/* near.c: calls answered in the guest */
void engine_near_open(struct engine *e, uint32_t task);   /* just before it is resumed */
bool engine_near_try_again(struct engine *e, uint32_t task); /* its call is no longer parked: the agent makes it when it runs on; false: not that one */
bool engine_near_came_back(struct engine *e, const struct tracee *t); /* at a call's entry: it is that call, which the agent did not answer */
void engine_near_edit(struct engine *e, uint32_t task);   /* before it is opened: the edits of x->edits, by the agent if it can */
bool engine_near_progress(struct engine *e);              /* calls were answered since it was asked last: for the watchdog only */
void engine_near_close(struct engine *e, uint32_t task);  /* as soon as it has stopped */
void engine_near_distrust(struct engine *e, uint32_t task); /* it did what only a program can do that has changed the agent's memory, or jumped into its code */
bool engine_near_born(struct engine *e, struct tracee *parent, struct tracee *child, bool vfork); /* at its first stop; false: it died */
bool engine_near_goes_on(struct engine *e, uint32_t task); /* it stopped in the middle of the agent: it is to be resumed, the window as it is */

/* births.c */
void engine_birth(struct engine *e, uint32_t task, int event);

/* pages.c: a program or a process has begun. */
void engine_huge_pages(struct engine *e);

/* exec.c */
void engine_exec(struct engine *e, uint32_t task);
/* The task called execve while its process has other threads: waits for the outcome. */
void engine_exec_wait(struct engine *e, uint32_t task);

/* Where the kernel put the parts of a new program; 0: there is no such part. */
struct loaded { gaddr vdso, entry, base; }; /* AT_SYSINFO_EHDR, AT_ENTRY, AT_BASE */
/* stack.c: the stack of a new program, whose pointer is sp, becomes the canonical one. Its new pointer; *ret: unchanged when there is no telling. */
gaddr engine_stack(struct engine *e, uint32_t task, gaddr sp, struct loaded *ret);

/* start.c: the first that a new program does. False: it died. */
bool engine_start(struct engine *e, uint32_t task, const struct loaded *l, const struct prologue *p);
void engine_start_settle(struct engine *e, uint32_t task); /* before the task is resumed, or has anything done to it */
/* It begins now: the edits are in the window, and it goes on with *ret_regs, and then with *ret_after. False: none does. */
bool engine_start_edits(struct engine *e, struct window *v, struct user_regs_struct *ret_regs, struct user_regs_struct *ret_after);
bool engine_start_runs(struct engine *e, uint32_t task, gaddr rip); /* it is in the prologue there */
bool engine_start_failed(struct engine *e, uint32_t task); /* it stopped there: the agent cannot be mapped. False: it died */
void engine_start_take_away(struct engine *e, uint32_t task); /* it stopped in the agent, which could not edit */

/* deaths.c */
void engine_death(struct engine *e, uint32_t task, int status);
void engine_leader_exit(struct engine *e, uint32_t task); /* a leader called exit(2) while other threads live */
void engine_collect_killed(struct engine *e);             /* SIGKILL was sent: whoever got it is collected */
void engine_collect_if_killed(struct engine *e, uint32_t proc); /* the same, sent to this process alone */
void engine_child_changed(struct engine *e, uint32_t proc); /* a child of this process changed state */
void engine_kill_all(struct engine *e);

/* At a stop with SIGSEGV, which the kernel may have had to force on the thread: then its action and its being blocked are as before. at: a syscall
 * instruction, or any code of the thread's own. */
void engine_give_action_back(struct engine *e, uint32_t task, const struct user_regs_struct *r, gaddr at);
/* instruction.c: SIGSEGV or SIGILL came up (stopped_by). 0: it was an instruction that is ours to answer, and the thread goes on behind it.
 * Otherwise the signal that the guest is to get, and *si as it is to be seen. */
int engine_instruction(struct engine *e, uint32_t task, int stopped_by, siginfo_t *si);
/* step.c. True: a step that the program is not to see. False: it may have been made another (its registers then say which). */
bool engine_step_is_ours(struct engine *e, uint32_t task, const siginfo_t *si);
void engine_sites_cut(struct engine *e, uint32_t task);       /* code was mapped that has too many of them: that is said */

/* signals.c */
void engine_signal_stop(struct engine *e, uint32_t task, int signo);
bool engine_has_handler(struct engine *e, uint32_t task, int signo);
void engine_group_stop(struct engine *e, uint32_t task, int signo);
bool engine_signal_waits(struct engine *e, uint32_t task, const uint64_t *mask); /* a deliverable one is pending */
void engine_after_kill(void *ctx, uint32_t task, int64_t pid, int signo);

#endif
