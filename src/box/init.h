/* init.h: the first process of the box, from clone() to its exit. Private to src/box. */
#ifndef DETBUILD_BOX_INIT_H
#define DETBUILD_BOX_INIT_H

#include <stdbool.h>

#include "box/box.h"
#include "box/ops.h"

/* What the first process says to the supervisor. */
enum init_word {
	INIT_FAILED = 1, /* e is set; the process ends */
	INIT_NESTED,     /* it has entered an inner user namespace and waits for its id maps */
	INIT_READY,      /* it waits at the gate */
};

struct init_message {
	enum init_word word;
	struct error e;
};

struct init_plan {
	const struct box_spec *spec;
	struct ops ops;
	char **candidates; /* full paths to try for argv[0], in order */
	char **argv, **env, *cwd; /* copies: hide_command_line() blanks the caller's own */
	bool nested;       /* lock all mounts by an inner user namespace (the guest keeps CAP_SYS_ADMIN) */
	bool global_root;  /* id 0 of the box is id 0 of the machine */
	int shared[BOX_SHARED]; /* descriptors of the shared files; -1 */
	int sock;          /* to the supervisor: one byte in for "id maps written", again when nested, and one for the gate */
};

/* Runs in the new process and never returns. */
void init_main(struct init_plan *p) __attribute__((noreturn));

/* privileges.c: all of it runs in the first process, before the gate. */
int privileges_reset(struct error *e);  /* signals, session, keyring, scheduling: what would be inherited from the caller */
int privileges_keep(const struct box_spec *spec, struct error *e); /* in place: nothing is gained, so nothing is dropped */
int privileges_drop(const struct box_spec *spec, struct error *e);
int pids_prepare(const struct init_plan *p, struct error *e);
int clock_offset(int64_t seconds, struct error *e);
void hide_command_line(void);

/* limits.c: runs in the supervisor, on the waiting first process. */
int limits_apply(pid_t pid, const struct box_limits *limits, struct error *e);

#endif
