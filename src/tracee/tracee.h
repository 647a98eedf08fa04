/* tracee.h: one stopped thread of a guest, and the ptrace executor's state. All calls of ptrace(2), process_vm_*(2) and pidfd_getfd(2) are
 * in this folder (tests/lint/tracee-only).
 *
 *            waitpid: SECCOMP                x_real / x_original
 *   RUNNING ------------------> AT_ENTRY -------------------------> AT_EXIT
 *      ^                           |   tracee_finish / tracee_pass     |
 *      +---------------------------+-----------------------------------+
 *
 * T1. A ptrace call that fails with ESRCH means that the guest is dying: `dead` is set, nothing else happens.
 * T2. Guest memory and descriptors are read when needed and never trusted to stay the same.
 * T3. Registers are kept twice: as the guest gave them (orig) and as they are in the kernel now (now).
 * T4. A stopped thread's registers, and what the signal that stopped it says, change by nobody's hand but ours: from one stop to the next
 *     resumption they are asked for once (regs, info). */
#ifndef DETBUILD_TRACEE_TRACEE_H
#define DETBUILD_TRACEE_TRACEE_H

#include <signal.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/user.h>

#include "insn/insn.h"
#include "sched/preempt.h"
#include "syscall/executor.h"

enum where { RUNNING, AT_ENTRY, AT_EXIT, AT_OTHER };

enum counter_kind { COUNTER_NONE, COUNTER_PLACES, COUNTER_BRANCHES };
enum { COUNTER_PLACES_MOST = 4 };

/* What is counted of a thread (counter.h), and how far its turn goes (sched/preempt.h). */
struct count {
	enum counter_kind kind;
	bool armed;
	bool stopped;               /* the latest stop was the counter's, not the guest's */
	int fd_plus_1;              /* COUNTER_BRANCHES: the event; 0 none */
	unsigned n_places;
	gaddr places[COUNTER_PLACES_MOST];
	uint8_t *under;             /* its process's */
	uint64_t hits;              /* COUNTER_PLACES */
	struct preempt turn;
	int64_t cpu_seen;           /* its CPU time when the latest turn ended here */
	uint64_t turn_began;        /* w->switches of the turn that `turn` is about */
};

struct tracee {
	pid_t tid, tgid;            /* as the supervisor sees them */
	enum where where;
	int32_t inner;              /* its id inside the box, as long as ... */
	pid_t inner_of;             /* ... tid is this */
	bool dead;                  /* ended, or ending so that ptrace has no hold on it */
	bool sig_check;             /* a signal may have become pending since it was parked */
	bool zombie;                /* a leader that ended by itself while its threads live: it never runs again */
	bool counting;              /* it stops at every call, not only where the filter says so */
	bool executing;             /* execve is on its way */
	bool forking;               /* and so is a fork, of which we know */
	bool told;                  /* status was read while another thread was waited for */
	int status;                 /* wait status that was read but not yet handled; 0 none */
	int inject;                 /* signal to deliver when it runs on */
	struct count count;
	uint64_t nr;
	uint64_t arg[6];
	struct user_regs_struct orig, now;
	bool regs_known, info_known;
	struct user_regs_struct regs;
	siginfo_t info;
};

/* Per process, by the model's process index. */
struct host_proc {
	pid_t tgid;
	int pidfd;                  /* and 1; 0: not yet needed */
	bool scratch;               /* SCRATCH_BASE is mapped */
	bool agent;                 /* so is AGENT_BASE: calls may be answered there */
	gaddr entry;                /* its program's first instruction */
	uint32_t counted;           /* bit n: hint n is about its program (engine/count.c) */
	uint8_t under[COUNTER_PLACES_MOST]; /* what stands in its code where a breakpoint does (counter.c) */
	int32_t vpid;               /* pid inside the box, 0 until asked for */
};

struct output { int read_fd, to_fd; uint64_t dev, ino; bool dirty; int error; /* positive errno: output was lost */ };

enum { EXECUTOR_PINS = 256, EXECUTOR_KEPT = 256, ID_RANGES = 16 };

struct id_range { uint32_t inner, outer, count; }; /* a line of uid_map; the list ends at count 0 */

struct code_cache;

struct executor {
	struct world *w;
	struct tracee tracees[WORLD_MAX_TASKS];
	struct host_proc procs[WORLD_MAX_PROCS];
	struct output outputs[2];
	unsigned n_outputs;
	uint64_t input_dev, input_ino; /* a given standard input that is not a file: the outside world; 0: none */
	int root_fd;                /* root directory of the box */
	bool any_output;            /* some output of guests has gone to ours */
	bool draining;              /* executor_drain() is at work */
	bool root_changed;          /* some guest called chroot: paths are looked up inside guests only */
	bool cpuid_faults;          /* this CPU raises SIGSEGV for cpuid in every program, and we answer it */
	bool tsc_faults;            /* rdtsc and rdtscp raise SIGSEGV in every program, and we answer them */
	bool real_cpu;              /* cpuid and its relatives are left alone */
	struct code_cache *code;    /* sites of files (code.c) */
	struct searches *searches;  /* those that other runs found (searches.h); NULL: none are kept */
	struct {                    /* struct wire_edit for the agent: made when `task` goes on (engine/near.c) */
		uint8_t *list;
		size_t n, room;
		uint32_t task;
		uint64_t outside;       /* how often it was cut short: the rest was made from outside */
	} edits;
	bool sites_cut;             /* code had more sites than are kept: the rest is as it was */
	bool odd_exec;              /* a thread that was waited for became another program unseen, and was killed for it */
	struct texts *texts;        /* what the agent knows of code (texts.h); NULL: there is no agent */
	struct {                    /* edited copies: AGENT_STORE in the guests (texts.h); NULL: there is none */
		uint8_t *at;
		size_t used;
		uint8_t uses[4096]; /* by slot of texts: mappings that were counted */
		uint16_t taken[2048]; /* slots of texts that are in use, texts->n of them: to look at all takes a fault for each page */
		struct { uint64_t dev, ino; } unsteady[1024]; /* files that somebody may change unseen: no copies */
		size_t n_unsteady;
	} store;
	bool all_exits;             /* every handled call is followed to its exit (event log) */
	bool every_call;            /* the filter stops calls that no handler sees, too: they are counted and pass */
	struct id_range uids[ID_RANGES], gids[ID_RANGES]; /* the box's, as seen from outside */
	char *arena;
	size_t arena_size;
	struct { void *bytes; size_t size; uint64_t order; } kept[EXECUTOR_KEPT]; /* x_keep(); order: of their making, to forget the oldest */
	size_t kept_bytes;
	uint64_t kept_count;
	struct { pid_t tid; int status; } early[64]; /* first stops of children that came before their parent's event */
	unsigned n_early;
	int softnet_fd, softnet_cpu; /* loopback.c; fd 0: not yet opened, -1: cannot be */
	int dup_fd, dup_of;         /* duplicate of the guest descriptor dup_of, for one handler */
	uint32_t dup_task;
	int pins[EXECUTOR_PINS];    /* descriptors + 1 of x_pin(), a ring */
	unsigned n_pins;
	uint64_t stops;
	void (*refused)(void *ctx, uint32_t task, const char *why);
	void (*after_kill)(void *ctx, uint32_t task, int64_t pid, int signo);
	int (*interrupted)(void *ctx); /* called when a wait is interrupted by a signal of ours; not 0: give up waiting */
	void *ctx;
};

struct executor *executor_new(struct world *w);
void executor_free(struct executor *x);

/* ---- stops (ptrace.c) ---- */
int tracee_seize(pid_t pid);                                     /* with all options; 0 or -errno */
/* Waits for the thread; its wait status in t->status. False when interrupted and told to give up. */
bool tracee_wait(struct executor *x, struct tracee *t);
/* Before anything is looked at (loopback.c); tracee_wait() does it once guests have internet sockets. */
void executor_settle_loopback(struct executor *x);
bool tracee_read_entry(struct executor *x, struct tracee *t);    /* registers at a seccomp stop -> orig, nr, arg */
void tracee_resume(struct executor *x, struct tracee *t, int signo);
/* Leaves the call: the guest sees ret (ERESTART..._CODE of executor.h: the kernel decides about the restart). */
void tracee_finish(struct executor *x, uint32_t task, int64_t ret);
/* The kernel executes the original call with call->arg, unobserved. */
void tracee_pass(struct executor *x, uint32_t task, const uint64_t arg[6]);
/* Of a stopped thread. False: it is dying (T1). */
bool tracee_regs(struct tracee *t, struct user_regs_struct *ret);
bool tracee_set_regs(struct tracee *t, const struct user_regs_struct *r);
bool tracee_siginfo(struct tracee *t, siginfo_t *ret);           /* of the signal that it stopped with */
bool tracee_set_siginfo(struct tracee *t, const siginfo_t *si);
bool tracee_sigmask(struct tracee *t, uint64_t *ret);
bool tracee_set_sigmask(struct tracee *t, uint64_t mask);
bool tracee_enters_call(struct tracee *t);                       /* this stop is the entry of a system call */
bool tracee_listen(struct tracee *t);                            /* at a group stop: stays stopped, and tells when that ends; false: it ended already */
bool tracee_interrupt(struct tracee *t);                         /* asks a running one to stop (PTRACE_EVENT_STOP) */
bool tracee_cpuid_can_fault(void);                               /* on this machine */
bool tracee_tsc_can_fault(void);                                 /* the same: where PR_SET_TSC does nothing (PVM) it says so to nobody */
/* At PTRACE_EVENT_EXEC: what is done in the new program's name before its first instruction. False: it died. */
struct prologue {
	gaddr sp;                   /* its stack pointer */
	gaddr unmap, unmap_len;     /* goes from its address space; 0: nothing */
	bool mask_cpuid;            /* its cpuid instructions raise SIGSEGV */
	bool agent;                 /* it maps the agent, */
	uint64_t secret[2];         /* with this, */
	gaddr goes_on;              /* and goes on here; 0: it stops */
};
/* What stands over the program's first instructions, and its registers before and after. */
struct prologue_run {
	struct user_regs_struct regs, after;
	gaddr at;
	const uint8_t *code;
	uint8_t old[512];           /* len bytes, as the code */
	size_t len;
};
/* Puts it there. False: it is not. */
bool tracee_prologue_put(struct tracee *t, const struct prologue *p, struct prologue_run *ret);
/* Runs it to its end and takes it away. *ret_agent: the agent is mapped. False: the thread died. */
bool tracee_prologue_run(struct executor *x, struct tracee *t, const struct prologue_run *run, bool *ret_agent);
bool tracee_prologue_take_away(struct tracee *t, const struct prologue_run *run);
/* On to the entry of a call that stops; signals are held meanwhile. A signal of the thread's own shows as false. */
bool tracee_run_to_entry(struct executor *x, struct tracee *t, const struct user_regs_struct *r);
/* A call instead of the one at whose entry or exit the thread is. */
int64_t tracee_real_call(struct executor *x, struct tracee *t, uint32_t nr, const uint64_t arg[6]);
/* At a signal's stop: a call that always stops, made in the thread's name by code at `at`. Its registers and that code are as before. */
int64_t tracee_call_at(struct executor *x, struct tracee *t, gaddr at, uint32_t nr, const uint64_t arg[6]);
unsigned long tracee_event_message(struct tracee *t);
/* At a signal's stop, of a signal with a handler: the thread stops again at the handler's first instruction, with the canonical machine's
 * frame on its stack (frame.c). */
enum delivery {
	DELIVERY_AT_HANDLER,
	DELIVERY_OTHER_STOP,        /* something else came up: in t->status; or it is dying, which shows at the latest when that is handled */
	DELIVERY_INTERRUPTED,       /* told to give up waiting */
};
enum delivery tracee_deliver(struct executor *x, struct tracee *t, int signo);
void host_proc_close(struct host_proc *p);                     /* its pidfd */
int host_dup(struct executor *x, uint32_t proc, int fd);         /* a duplicate of the process's descriptor, ours to close; -errno */

/* ---- memory (memory.c) ---- */
int tracee_read(struct tracee *t, gaddr from, void *buf, size_t n);
int tracee_write(struct tracee *t, gaddr to, const void *buf, size_t n);
/* Pieces, as process_vm_readv(2) has them: how many bytes, or less than 0. What lies behind a piece that is not there is not looked at. */
struct iovec;
ssize_t tracee_readv(struct tracee *t, const struct iovec *here, size_t n_here, const struct iovec *there, size_t n_there);
ssize_t tracee_writev(struct tracee *t, const struct iovec *here, const struct iovec *there, size_t n);
size_t tracee_read_code(struct tracee *t, gaddr at, uint8_t code[INSN_MOST]); /* how many bytes: fewer where memory ends */

/* ---- maps.c ---- */
struct mapping {
	gaddr from, to;
	char perms[5];              /* "rwxp" or "rwxs", '-' for what is missing */
	uint64_t offset, dev, ino;  /* of a file; dev: major << 20 | minor, ino 0: none */
	const char *name;           /* path, "[heap]" and the like, or ""; until the next line is read */
};
/* A line of /proc/TID/maps, which it changes. False: it is none (smaps has others). */
bool mapping_parse(char *line, struct mapping *ret);
struct maps { FILE *f; char *line; size_t size; };
void maps_open(struct maps *m, const struct tracee *t);           /* a thread that is gone has none */
bool maps_next(struct maps *m, struct mapping *ret);              /* in order of addresses; false: no more */
void maps_close(struct maps *m);
/* The kernel's own pages around its vdso, which begins at `vdso`: how much of them lies before, and from there on. */
bool tracee_vdso_extent(const struct tracee *t, gaddr vdso, uint64_t *ret_before, uint64_t *ret_after);

/* ---- what the kernel tells about a thread (status.c) ---- */
/* What the link /proc/TID/NAME says, at most size - 1 bytes and a NUL: "exe", "cwd", "fd/3". Its length, or -errno and "". */
ssize_t host_link(pid_t tid, const char *name, char *buf, size_t size);
struct sig_sets { uint64_t pending, blocked, ignored, caught; };
int tracee_signals(const struct tracee *t, struct sig_sets *ret);
/* Is any signal in a queue of the stopped thread's, blocked or not? Costs a twentieth of the sets. The kernel's own signals are always
 * queued with what they say (kernel/signal.c, __send_signal_locked); only those that a program sends may be without. */
bool tracee_signal_queued(const struct tracee *t);
bool tracee_signal_comes(struct tracee *t);                      /* the same, but of those that it does not block; many may be taken for one */
int tracee_first_queued(const struct tracee *t);                 /* number of the first of the process's, 0: none is known */
int32_t tracee_inner_id(pid_t tid, bool group);                  /* id inside the box: thread's or group's; -1 when gone */
/* A signalfd, or an epoll descriptor that may hold one: readiness depends on who polls, the supervisor cannot tell. */
bool host_fd_asks_its_reader(const struct world *w, pid_t tid, int fd);
int64_t host_eventfd_id(pid_t tid, int fd);                      /* "eventfd-id" of a guest's descriptor, or -errno */
char tracee_state(pid_t tid);                                    /* letter of /proc/TID/stat, 0 when gone */

/* ---- owners.c ---- */
struct stat;
void executor_read_owners(struct executor *x, pid_t init);       /* once the maps of the box are written */
void executor_map_owner(const struct executor *x, struct stat *st); /* of a stat made outside: ids become the box's */

/* ---- backtrace.c ---- */
/* One text for each frame, innermost first: "#0 ADDRESS NAME+OFFSET (FILE+OFFSET)", as far as they are known. */
void tracee_backtrace(const struct tracee *t, void (*frame)(void *ctx, const char *text), void *ctx);

/* Ends the duplicate that fd operations keep (descriptors.c). */
void executor_drop_dup(struct executor *x);
int executor_dup(struct call *c, int fd);                         /* that duplicate, or -errno */
void executor_drop_pins(struct executor *x);
void executor_drop_kept(struct executor *x);                     /* kept.c */
void executor_drain(struct executor *x, bool only_dirty);        /* guest output -> our output */

#endif
