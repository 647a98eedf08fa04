/* engine.h: wait -> event -> dispatch -> resume. The ptrace executor's only loop. */
#ifndef DETBUILD_ENGINE_ENGINE_H
#define DETBUILD_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/world.h"
#include "syscall/executor.h"

/* Who wants to know about every ordered event (the event log). Tasks are named by their serial number. All may be NULL. */
struct observer {
	void *ctx;
	/* A call ended. c->data/data_len: guest bytes it moved, readable through x_read until this returns. True: the stack is asked for
	 * (told by `note`), and the run shall end here. */
	bool (*call)(void *ctx, struct call *c, uint32_t serial);
	void (*born)(void *ctx, uint32_t parent, uint32_t child, bool thread);
	/* argv: NUL-terminated strings one after the other, at most a few KiB. */
	void (*exec)(void *ctx, uint32_t serial, const char *path, const char *argv, size_t argv_len);
	void (*ended)(void *ctx, uint32_t serial, int wait_status);
	void (*signal)(void *ctx, uint32_t serial, int signo, int si_code);
	void (*note)(void *ctx, uint32_t serial, const char *text);
};

/* A loop whose rounds are counted: of the program with this path in the box, at this instruction. */
struct engine_hint { char program[4096]; uint64_t at; };
enum { ENGINE_HINTS = 32 };

struct engine_config {
	void *code;                 /* AGENT_CODE_SIZE bytes for the agent, directly before the world */
	struct world *world;
	struct window *window;      /* shared with the agent in the guests (agent/wire.h); NULL: there is none */
	uint8_t *store;             /* with it: what guests have at AGENT_STORE, to be read and executed */
	pid_t init;                 /* pid 1 of the box, waiting at its gate, our child */
	int gate_fd;                /* one byte opens the gate */
	struct { int read_fd, to_fd; } outputs[2];
	unsigned n_outputs;
	int input_fd;               /* the guest's standard input when it is not a file: the outside world; else -1 */
	struct { const char *dir; char *const *lower, *const *writable; } searches; /* tracee/searches.h; dir NULL: nothing is kept */
	bool real_cpu;              /* see run.h */
	bool every_call;            /* see run.h */
	uint64_t agent_secret[2];   /* with it programs may open the agent's files */
	bool file_limit;            /* files may not grow for ever: a write can raise a signal */
	uint64_t branches, branch_margin; /* conditional branches in one turn; 0: not counted */
	const struct engine_hint *hints; /* at most ENGINE_HINTS */
	unsigned n_hints;
	bool in_place;              /* no pid namespace: every tracee is killed by itself at the end */
	uint64_t timeout_ns;        /* wall clock; 0 none */
	const struct observer *observer; /* NULL: none, and calls are not followed to their exit */
};

enum engine_end {
	ENGINE_EXITED, ENGINE_SIGNALED, ENGINE_TIMEOUT, ENGINE_DEADLOCK, ENGINE_REFUSED, ENGINE_INTERRUPTED,
	ENGINE_LOOP,     /* a loop was found whose rounds must be counted: result.learned */
	ENGINE_STACK,    /* where the observer asked for a stack */
	ENGINE_OVERSHOT, /* a counter told too late */
};

struct engine_result {
	enum engine_end end;
	int status;
	uint64_t stops, processes, execs;
	uint64_t near_calls;        /* answered in the guest */
	uint64_t near_by_call[WORLD_NSYS];
	struct engine_hint learned; /* ENGINE_LOOP */
	bool any_output;            /* the guest has written to an output that is ours */
	int output_error; /* positive errno: the caller's output could not be written in full */
};

/* Can conditional branches be counted here (engine_config.branches)? 0 and the margin, or -errno with e. */
int engine_probe_branches(uint64_t *ret_margin, struct error *e);
/* Of memory for code, world or window that nothing has used yet: where it cannot become huge pages later (pages.c), it shall be of them now. */
void engine_pages_new(void *at, size_t size);
/* Runs the box's command to its end; everything in the box is dead and reaped afterwards. 0, or -errno with e. */
int engine_run(const struct engine_config *cfg, struct engine_result *ret, struct error *e);

#endif
