/* world.h: the whole state of the pretended world, in one flat region.
 *
 * Owns: the logical clock, the tasks and processes as the model knows them, the inode map, futex waiters, timers, counters.
 * Must not know: ptrace, host pids, descriptors of the supervisor, libc. Everything here is addressed by index, never by
 * pointer, so that a second process could map the region at any address. No host value (real time, host pid, host inode
 * except as a hash key) ever leaves this structure towards the guest or the event log.
 *
 * Invariants
 *  W1. world->now_ns only grows; every ordered event makes it grow.
 *  W2. A task index is given once per run, in order of birth; slots are reused only through world_free_task() and the serial
 *      number tells two users of a slot apart.
 *  W3. An inode entry lives from first sight until WORLD_DEAD_KEPT other files have died after its last name was removed;
 *      a recycled host inode never finds the entry of its dead predecessor.
 */
#ifndef DETBUILD_MODEL_WORLD_H
#define DETBUILD_MODEL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/ramp.h"

enum {
	WORLD_MAX_TASKS = 8192,     /* live threads */
	WORLD_MAX_PROCS = 8192,     /* live processes */
	WORLD_MAX_TIMERS = 4096,
	WORLD_INODE_BITS = 21,
	WORLD_MAX_INODES = 1 << WORLD_INODE_BITS,
	WORLD_INODE_SLOTS = WORLD_MAX_INODES * 2,
	WORLD_INODE_SLOTS_LEAST = 1 << 12,
	WORLD_DEAD_KEPT = 1 << 16,  /* files without a name whose identity is still known, for those who hold them open */
	WORLD_MAX_DEVS = 64,
	WORLD_MAX_TERMINALS = 256,
	WORLD_TTY_HELD = 4095,      /* N_TTY_BUF_SIZE less one: n_tty_receive_buf_common() */
	WORLD_NSYS = 512,           /* size of per-call counters */
	SHARED_MAPS_KEPT = 64,
};

#define NO_INDEX UINT32_MAX
#define WORLD_QUANTUM 2000u

typedef uint64_t gaddr;             /* an address in the guest; never dereferenced by us */

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

enum task_state {
	TASK_FREE,
	TASK_RUNNABLE,      /* in the run queue, or running */
	TASK_PARKED,        /* waits for `cond` (and/or `deadline_ns`) */
	TASK_STOPPED,       /* job control stop */
	TASK_VFORK,         /* parent of a vfork, until the child execs or ends */
};

enum cond_kind {
	COND_NONE,          /* only the deadline (sleep), or only a signal (pause) */
	COND_FD,            /* descriptor `fd` becomes ready for poll `events` */
	COND_FUTEX,         /* model: futex_wake() */
	COND_CHILD,         /* a child of the process changed state */
	COND_SPIN,          /* it waits in a loop without calls (engine/spin.c); tried again when anything has happened */
	COND_ANY,           /* retried whenever anything has happened since it was parked */
};

struct cond {
	uint32_t kind;
	int32_t fd;
	uint32_t events;            /* POLLIN, POLLOUT */
	uint32_t mm;                /* futex: address space, or NO_INDEX for a shared one */
	uint64_t key;               /* futex address or shared key */
	uint32_t bitset;
	uint64_t seen;              /* world->progress when parked (COND_ANY) */
};

#define NO_DEADLINE INT64_MAX

struct task {
	uint32_t state;
	uint32_t serial;            /* birth number in the run: the name of the task in the event log */
	uint32_t proc;              /* index of its process */
	uint32_t next, prev;        /* links of the run queue or the parked list (sched.h) */
	uint32_t live_next, live_prev; /* links of all live tasks, in order of birth */
	uint32_t queue;             /* which list: 0 none, 1 run, 2 parked */
	uint32_t woken;             /* the condition became true (futex wake, child event) */
	uint32_t timed_out;         /* the deadline passed */
	uint32_t priority;          /* with a sched_seed: the highest of the runnable is next */
	uint32_t events;            /* ordered events since it got the turn */
	struct ramp ramp;           /* its row of clock reads */
	uint32_t vfork_parent;      /* task that waits for us to exec or end, or NO_INDEX */
	uint32_t have_mask;         /* temporary signal mask of a parked ppoll/pselect/sigsuspend */
	uint64_t mask;
	int64_t deadline_ns;        /* logical, absolute; NO_DEADLINE */
	int64_t cpu_ns;             /* logical CPU time of this thread */
	gaddr clear_tid;            /* address that the kernel clears at the end (set_tid_address, CLONE_CHILD_CLEARTID) */
	uint64_t rng;               /* PRNG state of the thread */
	uint64_t affinity;          /* CPUs it asked for, one bit each; 0: all of them */
	uint32_t looks_again;       /* runnable only to look at its futex word again: wake-ups still find it (sched/futex.c F6) */
	uint32_t sem_waits;         /* it waits in semop(2): scratch says for what (syscall/sysvipc.c) */
	uint32_t resume_nr;         /* number + 1 of a call that a stop interrupted and the kernel restarts, */
	int64_t resume_ns;          /* and the deadline that it keeps */
	struct cond cond;
	uint64_t scratch[6];        /* a handler's own memory between two tries of one call; zero at the first try */
};

/* As the kernel's struct sigaction. */
struct signal_action { uint64_t handler, flags, restorer, mask; };
enum { HANDLER_DEFAULT = 0, HANDLER_IGNORE = 1 };
enum { SIGCHLD_CAUGHT = 1, SIGCHLD_STAYS = 2 };

enum {
	CODE_WRITABLE = 1,          /* memory of its own that is writable and executable */
	CODE_READABLE = 2,          /* memory of its own that was made executable, and not writable */
	CODE_OF_FILES = 4,          /* files: it has mapped a program's interpreter, and may read code rather than run it (syscall/memory.c) */
};

struct proc {
	uint32_t used;
	uint32_t serial;            /* birth number in the run */
	uint32_t live_next, live_prev; /* links of all live processes, in order of birth */
	uint32_t parent;            /* process index of the (model) parent, NO_INDEX for pid 1 */
	uint32_t mm;                /* id of its address space; threads and vfork children share it */
	uint32_t tasks;             /* live threads */
	uint32_t children;          /* processes ever started by it: child n's identity is hash(identity, n) */
	uint32_t sigchld_caught;    /* has a handler for SIGCHLD; SIGCHLD_STAYS: until it says otherwise, and not only for one signal */
	uint32_t code_waits;        /* CODE_*: memory that is to be executable, a page of which really is from its first execution on */
	struct signal_action segv;  /* what it does with SIGSEGV */
	uint32_t exiting;
	int32_t nice;
	uint32_t limits_set;        /* bit n: limits[n] was set in this run, otherwise machine_limit() says it */
	uint64_t limits[16][2];     /* RLIMIT_*: soft, hard */
	uint64_t mmap_base;         /* layout_base() of its last exec; 0: none yet */
	gaddr start_stack, aux_data; /* its last exec: initial stack pointer; random bytes and platform name (engine/stack.c); 0: the kernel's */
	uint64_t identity;          /* name derived from (parent's identity, n-th child); seeds its randomness */
	uint64_t execs;             /* successful execve calls: part of the seed after exec */
	uint64_t seeded_execs;      /* rng_reseed(): `execs` when it last ran here, */
	uint32_t streams;           /* and how many streams it has begun since */
	int32_t next_timer_id;      /* POSIX timers: ids count up in each process */
	uint32_t xcpu_sent;         /* times it was told that it is over RLIMIT_CPU */
	uint32_t futex_wakes;       /* threads of it that were woken at a futex */
	int64_t cpu_ns, children_cpu_ns, start_ns;
	uint64_t itimer_interval_ns[3];
	uint32_t itimer[3];         /* timer index + 1 of ITIMER_REAL, VIRTUAL, PROF; 0 none */
	/* Emulated credentials, used when the box has a single id (world->single_id). */
	uint32_t ruid, euid, suid, fsuid, rgid, egid, sgid, fsgid;
	uint32_t ngroups, groups[32];
	uint64_t cap_effective, cap_permitted, cap_inheritable; /* bit n: capability n */
	uint32_t secure;            /* its program is to trust its environment less: AT_SECURE */
};

/* ---- files ------------------------------------------------------------------------------------------------------- */

enum { INODE_HAS_MTIME = 1, INODE_HAS_ATIME = 2, INODE_HAS_OWNER = 4, INODE_HAS_MODE = 8, INODE_HAS_RDEV = 16, INODE_HAS_CTIME = 32, INODE_DEAD = 64,
	INODE_NODELAY = 128, INODE_CORK = 256, /* TCP_NODELAY, TCP_CORK as the guest has set them */
	INODE_BORN = 512, /* made in this run: its owner is who made it */
	INODE_PINNED = 1024 /* the executor holds a reference */ };

struct inode {
	uint64_t dev, ino;          /* host identity: the key */
	uint64_t vino;              /* what the guest sees; of a free entry: the next free one + 1 */
	int64_t mtime_ns, ctime_ns, atime_ns; /* logical, valid by flags */
	uint32_t flags;
	uint32_t uid, gid, mode, rdev; /* emulated ownership (single id) */
};

/* ---- timers ------------------------------------------------------------------------------------------------------ */

enum timer_kind { TIMER_REAL, TIMER_VIRTUAL, TIMER_PROF, TIMER_POSIX, TIMER_FD };

struct timer {
	uint32_t used;
	uint32_t proc;              /* process index */
	uint32_t task_serial;       /* for SIGEV_THREAD_ID: serial of the task, else 0 */
	uint32_t task;              /* ... and its index, else NO_INDEX */
	uint32_t signo;             /* 0: nothing is sent (SIGEV_NONE, TIMER_FD) */
	uint32_t kind;              /* enum timer_kind */
	int32_t id;                 /* TIMER_POSIX: timer_t; TIMER_FD: the descriptor in `proc` */
	uint32_t pending;           /* TIMER_POSIX: its signal was sent and is not yet taken */
	uint32_t overrun;           /* TIMER_POSIX: expiries since then, */
	uint32_t overrun_last;      /* and those of the signal taken last: timer_getoverrun() */
	uint64_t value;             /* TIMER_POSIX: sigev_value; TIMER_FD: the kernel's id of the eventfd (a host value: a key only) */
	int64_t deadline_ns;        /* on now_ns, or, with cpu, on the CPU time of proc or task; NO_DEADLINE: disarmed */
	int64_t interval_ns;
	uint64_t armed_seq;         /* order of arming breaks ties */
	uint32_t clock;             /* clock id it was made with (as unsigned) */
	uint32_t cpu;               /* enum timer_cpu: what its deadline counts */
	uint32_t cpu_task, cpu_proc; /* whose CPU time */
	uint32_t cpu_serial;        /* and the serial of that task or process */
	uint32_t unheard;           /* expiries while world.events stood at */
	uint64_t unheard_at;        /* this */
};

enum timer_cpu { TIMER_WALL, TIMER_CPU_PROC, TIMER_CPU_TASK };

/* ---- the region -------------------------------------------------------------------------------------------------- */

struct world_device { uint64_t dev; uint64_t vdev; };

struct world {
	/* inputs */
	uint64_t seed;
	int64_t epoch_ns;           /* where the logical clock started */
	uint32_t cpus;
	uint32_t single_id;         /* ownership and ids are emulated */
	uint64_t guest_caps;        /* with a single id: the capabilities of root in the box; in place, where no kernel keeps owners, always all of them */
	uint64_t first_caps;        /* with a single id: those of the first process */
	uint32_t in_place;          /* no namespaces of its own: the machine's files are shown by the handlers, see run.h */
	uint32_t host_uid, host_gid; /* in place: the real owner of what the guest makes */
	uint32_t strict;
	uint32_t network;
	uint32_t real_proc;         /* /proc is the host kernel's: nothing in it is looked at */
	uint32_t aslr;              /* addresses are random, as the kernel chooses them */
	uint32_t cpu_model;         /* enum machine_cpu_model */
	uint64_t memory;            /* bytes of RAM shown */
	char hostname[65], domainname[65];

	/* clock */
	int64_t now_ns;
	uint64_t events;            /* ordered events so far */
	uint64_t progress;          /* events that can have made a COND_ANY true */

	/* scheduling */
	uint32_t current;           /* task index, NO_INDEX between turns */
	uint32_t run_head, run_tail, parked_head, parked_tail;
	uint32_t quantum;           /* events a task may do before others get their turn */
	uint64_t switches;
	uint64_t sched_seed;        /* 0: first in, first out; else the order is drawn from it (sched/policy.c) */
	uint64_t sched_until;       /* the order is drawn up to this event only; 0: always */
	uint64_t dir_seed;          /* 0: directories are listed by name; else their order is drawn from it (syscall/dir.c) */
	uint64_t sched_seen, sched_stepped; /* events when the last change point, the last short turn, was drawn */
	uint32_t hand_over;         /* the holder of the turn gives it up after this event, see futex.c */

	/* births */
	uint32_t next_task_serial, next_proc_serial, next_mm;
	uint32_t live_tasks, live_procs, max_tasks;
	uint32_t task_head, task_tail, proc_head, proc_tail; /* lists of the live */
	uint32_t task_free, proc_free; /* no slot below is free; the lowest one is taken: what is used lies together */
	uint32_t fifo_seen;         /* a FIFO exists in the run: opens may have to meet their partner */
	uint32_t subreaper_seen;
	uint32_t grows_down_seen;   /* some mapping grows down by itself: others keep away from it */
	uint32_t shared_memory_seen; /* processes share memory: a wait in a loop may be for another process */
	uint32_t pdeathsig_seen;    /* some process gets a signal when its parent ends */
	uint64_t timers_armed;      /* armings so far */
	uint32_t timers_high;       /* slots of timers[] up to the last used one */

	/* files */
	uint64_t next_vino;
	uint32_t inode_count;       /* identities given and not yet forgotten: a function of the guests' calls alone */
	uint32_t inode_high, inode_free; /* entries of inodes[] ever used; the first free one + 1 */
	uint32_t inode_slots;       /* of the hash table, so many are in use: a power of two */
	uint64_t inode_deaths;
	uint64_t listings;          /* listings of directories that were kept (syscall/dir.c) */
	int64_t host_start_ns;      /* the host's clock at the start: what its kernel stamps later is not shown; 0: unknown */
	uint32_t n_devs;
	uint64_t proc_dev, sys_dev; /* st_dev of the guest's /proc and /sys */
	uint64_t agent_devs[3];     /* st_dev of the directory and files through which programs map the agent; 0: there is none */
	uint64_t agent_space;       /* bytes of address space that it takes in every program */
	uint64_t hidden_dev, hidden_ino[2]; /* what the box mounts over names of /proc that the guest must not find: a file, a directory */
	uint32_t proc_entered;      /* somebody has been in /proc: relative names may lead there */
	uint32_t source_uid, source_gid; /* whose source files seem to be until the guest makes or chowns them: the owner outside is no input */
	uint32_t image_canonical;   /* untouched files of the image show the run's start, not their own times */
	uint32_t n_mtime_devs;
	struct mtime_device { uint64_t dev; uint32_t canonical; } mtime_devs[32]; /* the same for volumes, by st_dev */
	struct world_device devs[WORLD_MAX_DEVS];
	uint64_t sock_dev;          /* st_dev of sockets; 0 until there was one */
	uint32_t inet_seen;         /* internet sockets exist: packets may be on their way (tracee/loopback.c) */
	uint32_t netlink_seen;      /* netlink sockets exist: what they say is edited */
	uint32_t nodelay_seen;      /* some socket has INODE_NODELAY: accepted ones inherit it */
	uint32_t next_port;         /* ephemeral ports, abstract socket names and netlink ids given so far */
	uint32_t next_autobind;
	uint32_t next_netlink;
	uint32_t passcred_seen;     /* some socket asked for credentials: the kernel may name unnamed sockets */
	uint32_t terminal_seen;     /* the kernel may send signals by itself: keys, hangups, job control */
	/* By number of the pseudo terminal: bytes at most under way to the master and to the slave; a slave was opened, packet mode was set (syscall/tty.c). */
	struct terminal { uint32_t held[2], opened, packets; } terminals[WORLD_MAX_TERMINALS];
	uint32_t sem_undo_seen;     /* the end of a process may change semaphores */
	uint32_t signalfd_seen;     /* signalfds exist: an epoll descriptor may hold one, and be ready for one reader only */
	uint32_t async_seen;        /* some descriptor sends its owner signals (world_async()) */
	uint32_t inotify_seen;      /* inotify descriptors exist: their events carry numbers of the host */
	struct shared_map { uint64_t at, len, dev, ino, vino; uint32_t proc_serial; } shared_maps[SHARED_MAPS_KEPT]; /* files mapped shared and writable, the latest */
	uint32_t shared_maps_seen;  /* so many; the next lies at this one's remainder */
	uint32_t next_cookie;       /* pairs of rename events shown so far */
	uint32_t cookies[8][2];     /* the kernel's numbers of the latest pairs, and ours */

	/* counters for the report; never seen by the guest */
	uint64_t refused[WORLD_NSYS];
	uint64_t unknown;
	uint64_t seen[WORLD_NSYS];

	struct task tasks[WORLD_MAX_TASKS];
	struct proc procs[WORLD_MAX_PROCS];
	struct timer timers[WORLD_MAX_TIMERS];
	struct inode_death { uint64_t dev, ino, vino; } inode_dead[WORLD_DEAD_KEPT]; /* death n is at n % WORLD_DEAD_KEPT */
	/* The table grows downwards and the entries upwards: what is used of both lies together, for every program faults it in (agent/wire.h). */
	uint32_t inode_index[WORLD_INODE_SLOTS]; /* hash table of entries of inodes[] + 1, the first slot last; 0: empty */
	struct inode inodes[WORLD_MAX_INODES];
};

struct world_config {
	uint64_t seed;
	int64_t epoch_ns;
	uint32_t cpus, cpu_model, single_id, strict, network, aslr, real_proc;
	uint64_t guest_caps, first_caps;
	uint32_t in_place, host_uid, host_gid;
	uint32_t source_uid, source_gid;
	uint32_t quantum;           /* 0: WORLD_QUANTUM */
	uint64_t sched_seed, sched_until, dir_seed;
	uint32_t max_tasks;         /* threads that may live at once; 0: as many as the table holds */
	uint64_t memory;
	const char *hostname, *domainname;
};

/* w points to sizeof(struct world) zero bytes (a shared or private mapping). */
void world_init(struct world *w, const struct world_config *c);

/* Tasks and processes. NO_INDEX when the table is full. parent_task NO_INDEX: the first process. */
uint32_t world_new_task(struct world *w, uint32_t parent_task, bool new_proc, bool new_mm);
void world_free_task(struct world *w, uint32_t task); /* its process too, when it was the last thread; children go to process 0 */
/* Walk what lives, in order of birth: first with NO_INDEX, then with the last one; ends with NO_INDEX. */
static inline uint32_t world_next_task(const struct world *w, uint32_t after) { return after == NO_INDEX ? w->task_head : w->tasks[after].live_next; }
static inline uint32_t world_next_proc(const struct world *w, uint32_t after) { return after == NO_INDEX ? w->proc_head : w->procs[after].live_next; }
/* Changes that handlers make which may run in the agent: there some are effects of a record, and the others reason enough to leave the call
 * to the supervisor (agent/view.c). */
void world_async(struct world *w);
void world_terminal(struct world *w); /* there is one: signals may come by themselves */
void world_tty_new(struct world *w, uint32_t terminal);
void world_tty_opened(struct world *w, uint32_t terminal);
void world_tty_packets(struct world *w, uint32_t terminal);
uint32_t world_tty_held(const struct world *w, uint32_t terminal, bool to_slave);
void world_tty_hold(struct world *w, uint32_t terminal, bool to_slave, uint32_t n);
void world_progress(struct world *w); /* a part of a call that may yet have to wait was done */
void world_sem_undo(struct world *w);
void world_sem_waits(struct world *w, uint32_t task, bool waits);
void world_grows_down(struct world *w);
void world_shares_memory(struct world *w);
void world_enter_proc(struct world *w);
void world_look(const struct world *w); /* the handler goes by what other calls may just have changed */
void world_forget_resume(struct world *w, uint32_t task);
void world_get_limit(const struct world *w, uint32_t task, uint32_t resource, uint64_t ret[2]);
void world_set_limit(struct world *w, uint32_t task, uint32_t resource, const uint64_t want[2]);
void world_set_clear_tid(struct world *w, uint32_t task, gaddr at);
void world_set_sigchld(struct world *w, uint32_t task, uint32_t caught);
void world_set_segv(struct world *w, uint32_t task, const struct signal_action *a);
void world_code_waits(struct world *w, uint32_t task, uint32_t how); /* CODE_*: in its address space, whoever shares it */
/* Emulated credentials at an execve(2): capabilities(7), no_new_privs set, no set-user-id files, no capabilities of files. */
void world_exec_credentials(struct world *w, struct proc *p);
static inline struct proc *world_proc(struct world *w, uint32_t task) { return &w->procs[w->tasks[task].proc]; }

/* Clock. Units: nanoseconds since 1970 on every clock; see clock.c for how much an event costs. */
void clock_event(struct world *w, uint32_t task);                 /* an ordered event happened: counts it in w->events and the task's */
int64_t clock_read(struct world *w, uint32_t task);               /* a guest looked: strictly later than any read before */
int64_t clock_read_at(struct world *w, uint32_t task, uint64_t place); /* the same, from one of several places in the program (ramp) */
/* n more of such reads, each an event of its own, but none once the clock says `until`: how many there were. */
uint64_t clock_read_again(struct world *w, uint32_t task, uint64_t place, uint64_t n, int64_t until);
/* n more events like the one before, but none once the clock says `until`: how many there were. */
uint64_t clock_events(struct world *w, uint32_t task, uint64_t n, int64_t until);
void clock_shows(struct world *w, int64_t offset_ns);             /* what was read is the world's clock and this: it can be so again (agent/view.c) */
void clock_jump(struct world *w, int64_t to_ns);                  /* everybody sleeps: to the earliest deadline */
void clock_spin(struct world *w, uint32_t task, int64_t to_ns);   /* the same, and this task spends the time in a loop */
/* What handlers that may run in the agent look at, where these have moved on since the world was last brought up to date. */
int64_t clock_now(const struct world *w);
int64_t clock_task_cpu(const struct world *w, uint32_t task);
int64_t clock_proc_cpu(const struct world *w, uint32_t proc);
enum { CLOCK_BOOT_S = 100 };                                      /* the machine has been up for that long at the start */
static inline int64_t clock_monotonic(const struct world *w)      /* now on the monotonic and boottime clocks */
{
	return clock_now(w) - w->epoch_ns + (int64_t)CLOCK_BOOT_S * 1000000000;
}

/* Randomness: SplitMix64 streams keyed by (seed, identity, execs, birth number of the thread). */
uint64_t rng_hash(uint64_t a, uint64_t b);
uint64_t rng_step(uint64_t *state);                               /* of a stream: its next word */
uint64_t rng_next(struct world *w, uint32_t task);
void rng_fill(struct world *w, uint32_t task, void *buf, size_t n);
void rng_reseed(struct world *w, uint32_t task);                  /* at birth and after exec (once execs has grown) */

/* Files. */
struct inode *inode_find(struct world *w, uint64_t dev, uint64_t ino);        /* NULL when unknown */
struct inode *inode_get(struct world *w, uint64_t dev, uint64_t ino);         /* made when unknown; NULL: table full */
struct inode *inode_see(struct world *w, uint64_t dev, uint64_t ino, uint32_t mode, uint64_t nlink); /* as inode_get, with what stat said (I3) */
void inode_drop(struct world *w, uint64_t dev, uint64_t ino);                 /* forgotten: its number belongs to a new file */
void inode_died(struct world *w, uint64_t dev, uint64_t ino);                 /* its last name is gone; it may still be open */
void inode_revived(struct world *w, uint64_t dev, uint64_t ino);              /* link(2) gave a name to a file that had none */
#define ROOT_VDEV UINT64_C(0x20)                                              /* major 0, minor 32: an anonymous device */
uint64_t inode_device(const struct world *w, uint64_t dev);                   /* canonical device number */
void inode_mtime_policy(struct world *w, uint64_t dev, bool canonical);         /* of a volume; two on one device: those that keep their times win */
bool inode_on_volume(const struct world *w, uint64_t dev);
void inode_register_device(struct world *w, uint64_t dev);                    /* a mount that is a device of its own (proc, dev, pts ...) */
void inode_touch(struct world *w, uint64_t dev, uint64_t ino);                /* content changed now */
void inode_born(struct world *w, uint64_t dev, uint64_t ino);                /* it did not exist before: a recycled number must not inherit */
void inode_touch_meta(struct world *w, uint64_t dev, uint64_t ino);           /* owner, mode, links changed now */
void inode_set_times(struct world *w, uint64_t dev, uint64_t ino, const int64_t times[2]); /* access, modification; INT64_MIN: as it was */
/* Whose the file is, in the guest's eyes; uid and gid: as the kernel says. */
enum { NO_OWNER = 65534 };                                                    /* how the kernel shows an id that the box has not */
void inode_show_owner(const struct world *w, const struct inode *i, uint64_t dev, uint32_t *uid, uint32_t *gid);
/* What stat shows for a file with these real values: times in logical ns. */
struct inode_times { int64_t mtime_ns, ctime_ns, atime_ns; };
struct inode_times inode_show_times(struct world *w, const struct inode *i, uint64_t dev, int64_t real_mtime_ns);

/* Timers. The engine's part: after events, while ((t = timer_due(w)) != NO_INDEX) deliver what timer_expire() says. */
struct timer_action {
	uint32_t timer;             /* index, still valid */
	bool send;                  /* a signal is to be sent: timers[timer].signo to its proc (task != NO_INDEX: to that task) */
	uint64_t fd_ticks;          /* TIMER_FD: add this to the eventfd */
};
uint32_t timer_new(struct world *w, uint32_t proc);               /* NO_INDEX: table full */
void timer_arm(struct world *w, uint32_t timer, int64_t deadline_ns, int64_t interval_ns); /* NO_DEADLINE disarms */
bool timer_cpu_armed(const struct world *w, uint32_t proc);       /* some timer counts the CPU time of this process or of a thread of it */
uint32_t timer_earliest(const struct world *w);                   /* armed on now_ns, smallest deadline; NO_INDEX: none (CPU timers never wake the world) */
uint32_t timer_earliest_heard(const struct world *w);             /* the same, but for those that came again and again while everybody waited, and woke nobody (T6) */
uint32_t timer_due(const struct world *w);                        /* armed and not after now; in order of (deadline, arming) */
struct timer_action timer_expire(struct world *w, uint32_t timer); /* re-arms or disarms, counts overruns */
void timer_free(struct world *w, uint32_t timer);
void timer_proc_exec(struct world *w, uint32_t proc);             /* POSIX timers go, the others stay */
void timer_proc_exit(struct world *w, uint32_t proc);             /* all its timers go */
/* A signal is being delivered: the timer that sent it (its overrun_last is now right), or NO_INDEX. ret_again: another timer of
 * the process waits with the same standard signal, of which the kernel keeps one only: send it again. */
uint32_t timer_signal_taken(struct world *w, uint32_t task, uint32_t signo, bool *ret_again);
uint32_t timer_find_fd(const struct world *w, uint64_t eventfd_id);
int64_t timer_cpu_now(const struct world *w, const struct timer *t); /* the clock its deadline is on */

#endif
