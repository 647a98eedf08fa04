/* table.h: the policy table, expanded from table.def. */
#ifndef DETBUILD_SYSCALL_TABLE_H
#define DETBUILD_SYSCALL_TABLE_H

#include "syscall/executor.h"

enum row_class {
	ROW_NONE,    /* number without a row: ENOSYS, counted as unknown */
	ROW_PASS,    /* never stops: the result is a function of past calls */
	ROW_ASK,     /* never stops either, and made again it changes nothing: a loop may wait in it */
	ROW_EDIT,    /* real call, arguments or result rewritten */
	ROW_FAKE,    /* answered from the model */
	ROW_BLOCK,   /* may wait: the scheduler decides */
	ROW_LIFE,    /* makes or ends threads, processes, programs: the engine follows */
	ROW_DENY,    /* a deterministic errno, counted */
	ROW_FIXED,   /* one answer for everybody (an errno, or 0), not counted; the filter gives it, nothing stops */
	ROW_CLASSES,
};

/* What the agent, in the guest's process, may do with a call (src/agent). */
enum row_near {
	NEAR_NEVER,
	NEAR_SAYS,   /* its handler may run there, and makes no real call: none is let pass */
	NEAR_HELPS,  /* it makes the call for other handlers; the row's own handler runs in the supervisor */
	NEAR_LENDS,  /* the same, and only for a handler that has looked at all before (agent/change.c); of sendfile's arguments the third must be there: what has no
			places may wait, and would keep a pipe from who reads it, the supervisor included */
	NEAR_ASKS,   /* its handler may run there; made once more, the call changes nothing, so that the handler can be given up half-way */
	NEAR_TRIES,  /* its handler may run there; made as the handler makes it, the call changes nothing or is what the guest asked for */
	NEAR_ENDS,   /* its handler may run there; the call does not return, and a thread that is its process's only one makes it */
	NEAR_BEGINS, /* its handler may run there, and a thread that is its process's only one makes the call: a process or a program begins, or it fails */
	NEAR_LIKENS, /* its handler may run there, and another row's call that begins the same is made (clone3: what it would do lies in memory) */
	NEAR_ACTS,   /* its handler may run there, but makes no real call that acts before it has decided that the call passes */
	NEAR_MAPS,   /* the same, and what it returns is an address */
	NEAR_FILLS,  /* it passes, and is no event there either; made there, the memory that it gives is filled (agent/pages.c) */
};

enum { NEAR_LENDS_PLACE = 2 };

typedef enum outcome handler(struct call *c);

/* A row that has a handler may stop for some arguments only: when any of its conditions holds. Otherwise the call passes. */
enum row_when {
	WHEN_NONE,
	WHEN_IS,     /* (arg & mask) == value */
	WHEN_IS_NOT, /* (arg & mask) != value */
	WHEN_ABOVE,  /* arg > value, unsigned, all 64 bits */
};

enum { ROW_CONDITIONS = 8, CALL_ARGS = 6 };

struct row_condition {
	uint8_t when;            /* enum row_when; the list ends at WHEN_NONE */
	uint8_t arg;             /* 0..5 */
	bool also;               /* the next one must hold, too */
	uint64_t mask, value;
};

struct row {
	const char *name;
	uint8_t class;
	uint8_t near;            /* enum row_near */
	uint8_t near_arg;        /* ... and only when this argument is */
	uint32_t near_below;     /* below that; 0: whatever it is */
	uint32_t near_also[2];   /* ... or one of these; 0: none */
	bool single;             /* stops only in a box with a single id; elsewhere the kernel's answer is right and it passes */
	int16_t deny_errno;      /* ROW_DENY, ROW_FIXED; 0 with ROW_FIXED is success */
	handler *handle;         /* EDIT, FAKE, BLOCK, LIFE */
	struct row_condition when[ROW_CONDITIONS]; /* none: always stops */
	const char *args;        /* one letter per argument: d fd, p path, s string, b buffer, n number, x hex, a address, i int; for people */
	const char *why;
};

extern const struct row syscall_rows[WORLD_NSYS];
/* Of NEAR_*: the filter lets the agent make the call; and a handler that may still give up may make it. */
static inline bool row_passes_agent(const struct row *r) { return r->near != NEAR_NEVER && r->near != NEAR_SAYS && r->near != NEAR_LIKENS && r->near != NEAR_FILLS; }
static inline bool row_is_harmless(const struct row *r) { return r->near == NEAR_HELPS || r->near == NEAR_ASKS || r->near == NEAR_TRIES; }
#define NEAR_HAS_HANDLER(near) ((near) != NEAR_NEVER && (near) != NEAR_HELPS && (near) != NEAR_LENDS && (near) != NEAR_FILLS)
static inline bool row_is_near(const struct row *r) { return NEAR_HAS_HANDLER(r->near); } /* its handler may run in the agent */
static inline bool row_comes_near(const struct row *r) { return row_is_near(r) || r->near == NEAR_FILLS; }                                          /* a call site of it leads to the agent */
/* Such a call is: the argument that the row limits, if any, is one of those. */
static inline bool row_fits_near(const struct row *r, const uint64_t arg[CALL_ARGS])
{
	const uint64_t a = arg[r->near_arg];

	if (r->near == NEAR_LENDS)
		return arg[NEAR_LENDS_PLACE] != 0;
	return !r->near_below || a < r->near_below || (r->near_also[0] && a == r->near_also[0]) || (r->near_also[1] && a == r->near_also[1]);
}
/* An EDIT row's handler may run there for any: what does not fit is not made. */
static inline bool row_answers_near(const struct row *r, const uint64_t arg[CALL_ARGS]) { return row_is_near(r) && (r->class == ROW_EDIT || row_fits_near(r, arg)); }
static inline bool row_begins(const struct row *r) { return r->near == NEAR_BEGINS || r->near == NEAR_LIKENS; }
const char *syscall_name(uint32_t nr);               /* "?" without a row */
bool row_stops(const struct row *r, const uint64_t arg[CALL_ARGS], bool single_id); /* a handler (or the count of refusals) sees this call */
/* A call that did not stop, and its result: made once more with nothing else happening it gives the same again, and changes nothing. */
bool row_repeats(const struct row *r, int64_t result);
const char *syscall_class_name(uint8_t class);       /* "PASS"; "NONE" for numbers without a row */

/* The prototype of every handler that a row names. */
#define ROW_HANDLED(name, class, near, handle, single, when, args, why) handler handle;
#define ROW_PLAIN(name, class, near, err, args, why)
#include "syscall/table.def"
#undef ROW_HANDLED
#undef ROW_PLAIN

#endif
