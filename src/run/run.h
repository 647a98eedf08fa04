/* run.h: one command in one box, traced or not. The library entry that every verb uses.
 *
 * cli (and pkgbuild through the cli) fill a run_spec; run_command() makes the box, starts the engine, waits for the end and
 * says what happened. Nothing in a run_spec is read from the environment or the host behind the caller's back. */
#ifndef DETBUILD_RUN_RUN_H
#define DETBUILD_RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum mtime_policy {
	MTIMES_CANONICAL, /* files nobody wrote in this run show the run's start as their time */
	MTIMES_KEEP,      /* they show their own time, but never one later than the run's start */
};

struct run_volume {
	const char *source;        /* host path */
	const char *target;        /* absolute path in the box; created when missing */
	bool writable;
	enum mtime_policy mtimes;
};

struct run_limits { /* 0: no limit */
	uint64_t memory;     /* bytes of address space per process (RLIMIT_AS) */
	uint64_t processes;  /* RLIMIT_NPROC of the box, and the model's own count */
	uint64_t file_size;  /* bytes, RLIMIT_FSIZE */
	uint64_t disk;       /* bytes the tmpfs upper may hold */
	uint64_t cpu_time;   /* seconds per process, RLIMIT_CPU */
	uint64_t timeout_ns; /* wall clock for the whole run; the watchdog kills and says so */
};

enum run_executor {
	EXECUTOR_AGENT,  /* calls are answered in the guest where that gives the same (src/agent), by the supervisor otherwise */
	EXECUTOR_PTRACE, /* all by the supervisor */
};

struct run_spec {
	/* What the guest sees as its root: image, read-only, below; layers above it (top first); then a fresh upper. */
	const char *image;            /* directory; "/" is the host's own root */
	char *const *layers;          /* NULL-terminated or NULL */
	const char *upper;            /* directory that receives `upper` and `work`; NULL: a tmpfs that ends with the run */
	const struct run_volume *volumes;
	size_t n_volumes;

	char *const *argv;            /* argv[0] is searched in env's PATH, inside the box */
	char *const *env;             /* the complete environment */
	const char *cwd;              /* absolute, in the box */
	uid_t uid;                    /* ids in the box */
	gid_t gid;
	mode_t umask;
	enum mtime_policy image_mtimes; /* of files below the upper */
	const char *hostname, *domainname;

	bool in_place;                /* no namespaces, no image: the command runs in the caller's own system, and what the box would
	                               * have hidden by mounts is hidden by the tracer as far as it can be (ADR 0009) */
	bool traced;                  /* false: the same box without the tracer (apt, control runs) */
	bool real_cpu;                /* cpuid shows the host's instead */
	bool strict;                  /* an unsupported call ends the run */
	bool network;                 /* keep the host's network namespace */
	bool real_proc;               /* /proc is the host kernel's */
	bool aslr;                    /* addresses are random */
	bool as_root;                 /* uid 0 in the box keeps the capabilities that dpkg and apt need */
	enum run_executor executor;
	bool every_call;              /* calls that need no handler stop as well, are counted, and go on: nothing else changes */
	char *const *relaxed;         /* names of what makes the run depend on more than its inputs, for log and report; NULL: nothing */
	char *const *with_env;        /* what of env was asked for, NAME or NAME=VALUE, for the report; NULL: nothing */
	int64_t epoch;                /* seconds: where the logical clock starts */
	uint64_t seed;
	uint64_t sched_seed;          /* 0: the order of threads is first in, first out; else it is drawn from this */
	uint64_t sched_until;         /* with sched_seed: up to this event, then first in, first out; 0: always */
	uint64_t dir_seed;            /* 0: directories are listed by name; else their order is drawn from this */
	uint64_t branches;            /* conditional branches a thread may do in one turn (needs the processor's counter); 0: not counted */
	const char *spin_hints;       /* file of loops to be counted: read at the start, and added to; NULL: none */
	uint32_t cpu_model;           /* enum machine_cpu_model: the processor that is shown */
	uint32_t quantum;             /* ordered events a thread may do in one turn; 0: WORLD_QUANTUM */
	unsigned cpus;                /* CPUs shown to the guest */
	int cpu;                      /* host CPU to run on; -1: choose */
	uint64_t pid_offset;          /* processes burnt before the command starts (only with !traced: a variation of the control) */
	int64_t boottime_offset;      /* seconds added to the host's monotonic and boottime clocks through a time namespace (variation) */
	struct run_limits limits;

	const char *searches;         /* directory where it is kept which instructions files have that are replaced (tracee/searches.h); NULL: none */
	const char *log_path;         /* event log; NULL: none */
	uint64_t stack_at_plus_1;     /* with log_path: show the stack of who made the call with this number in the log, plus 1, and end there; 0: go on */
	int stdin_fd;                 /* -1: /dev/null */
	int stdout_fd, stderr_fd;     /* the guest's output is copied here, in order */
};

enum run_end {
	RUN_EXITED,      /* status is the exit status */
	RUN_SIGNALED,    /* status is the signal */
	RUN_TIMEOUT,     /* the wall-clock watchdog */
	RUN_DEADLOCK,    /* every thread waits for another; reported on stderr */
	RUN_REFUSED,     /* --strict met an unsupported call */
	RUN_LOOP,        /* a loop was found whose rounds must be counted; hints says which; reported on stderr */
	RUN_STACK,       /* stack_at_plus_1 was reached */
	RUN_OVERSHOT,    /* the processor's counter told too late */
	RUN_INTERRUPTED, /* status is the signal that detbuild got */
};

struct run_stats {
	uint64_t events;        /* ordered events */
	uint64_t stops;         /* ptrace stops handled */
	uint64_t near_calls;    /* calls answered in the guest */
	uint64_t processes;     /* processes and threads ever started */
	uint64_t execs;
	uint64_t switches;      /* turns handed over */
	uint64_t refused;       /* calls answered by a DENY row */
	uint64_t unknown;       /* calls without a row */
	int64_t clock_ns;       /* logical time that passed */
};

struct run_result {
	enum run_end end;
	int status;
	struct run_stats stats;
	uint64_t branches;      /* conditional branches in a turn; 0 also where they were asked for and the processor cannot count them */
	char *hints;            /* malloc'ed text: the loops that were counted */
	char *refusals;         /* malloc'ed text, one "count name" a line; NULL when none */
	const char *no_agent;   /* why the agent was not there; NULL: it was. Static text */
	char *calls;            /* the same for calls that stopped; with every_call, for all calls but those of FIXED rows */
	char *near;             /* those of them that the agent answered */
};

/* 0 and *ret filled, or -errno and e filled when the run could not be made (never for what the guest did). */
int run_command(const struct run_spec *spec, struct run_result *ret, struct error *e);
void run_result_clear(struct run_result *r);
/* The exit status detbuild itself should end with: the guest's, or what detbuild(1) lists for such an end. */
int run_exit_status(const struct run_result *r);

#endif
