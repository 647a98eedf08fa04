/* table.h: the policy table, expanded from table.def. */
#ifndef DETBUILD_SYSCALL_TABLE_H
#define DETBUILD_SYSCALL_TABLE_H

#include "syscall/executor.h"

enum row_class {
	ROW_NONE,    /* number without a row: ENOSYS, counted as unknown */
	ROW_PASS,    /* never stops: the result is a function of past calls */
	ROW_EDIT,    /* real call, arguments or result rewritten */
	ROW_FAKE,    /* answered from the model */
	ROW_BLOCK,   /* may wait: the scheduler decides */
	ROW_LIFE,    /* makes or ends threads, processes, programs: the engine follows */
	ROW_DENY,    /* a deterministic errno, counted */
};

typedef enum outcome handler(struct call *c);

struct row {
	const char *name;
	uint8_t class;
	int16_t deny_errno;      /* ROW_DENY */
	handler *handle;         /* EDIT, FAKE, BLOCK, LIFE */
	/* Stops only when (arg[when_arg] & when_mask) == when_value; when_arg < 0: always. Otherwise it passes. */
	int8_t when_arg;
	uint64_t when_mask, when_value;
	uint8_t when_not;        /* the condition is negated */
	const char *args;        /* one letter per argument: d fd, p path, s string, b buffer, n number, x hex, a address, i int; for people */
	const char *why;
};

extern const struct row syscall_rows[WORLD_NSYS];
const char *syscall_name(uint32_t nr);               /* "?" without a row */

#endif
