/* ops.h: the ordered array of steps that turns a new mount namespace into the box. Private to src/box.
 *
 * ops_build() (ops.c) runs in the supervisor and only thinks: no step is done there. ops_apply() (apply.c) runs in the first
 * process of the box, with all capabilities of its own user namespace and none outside. Paths called "scratch" are relative to
 * the tmpfs that the OP_SCRATCH step mounts over /tmp of the private mount namespace; "box" paths are absolute and always
 * resolved inside the new root with openat2(RESOLVE_IN_ROOT), so that no symbolic link of an image leads out of it. */
#ifndef DETBUILD_BOX_OPS_H
#define DETBUILD_BOX_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "box/box.h"

enum op_kind {
	OP_TAKE,       /* from: host path -> a detached copy of its mount, kept in op->fd */
	OP_SCRATCH,    /* text: tmpfs options */
	OP_PUT,        /* other: index of an OP_TAKE -> to: scratch directory */
	OP_MKDIR,      /* to: scratch; mode; parents are made too */
	OP_WRITE,      /* to: scratch; text, len; mode 0444 */
	OP_SYMLINK,    /* from: content -> to: scratch */
	OP_DEVICE,     /* from: host device node -> to: scratch; left out when the host has none */
	OP_BIND,       /* from: scratch -> to: scratch, with attr */
	OP_OVERLAY,    /* from: lower directories joined with ':'; upper and work lie in scratch u; to: scratch */
	OP_HOST_DIRS,  /* the top-level directories of the host's root, each an overlay of its own; count: layers above */
	OP_TMPFS,      /* to: scratch; text: options */
	OP_SHARED,     /* to: scratch; a file of `len` bytes that is the supervisor's as well; op->fd keeps it open */
	OP_DEVPTS,     /* to: scratch */
	OP_PROC,       /* to: scratch */
	OP_MASK_PROC,  /* from: scratch files/proc, to: scratch proc; every global entry is covered */
	OP_GUARD_PROC, /* to: scratch proc; every writable global entry becomes read-only */
	OP_SHOW,       /* from: scratch, or other: an OP_TAKE -> to: box path, made when missing, with attr */
	OP_CHECK_DIR,  /* to: box path that must be a directory */
	OP_PIVOT,
	OP_HOST_NAME,  /* text; to: domain name */
	OP_LOOPBACK,
};

enum op_flags {
	OP_RECURSIVE = 1, /* with the mounts below */
	OP_MOVE = 2,      /* OP_SHOW: move the scratch mount itself */
	OP_FILE = 4,      /* OP_SHOW: the target is a regular file */
	OP_OPTIONAL = 8,  /* OP_SHOW: no target, no step */
	OP_HUGE = 16,     /* OP_TMPFS: of huge pages, where who maps it asks for them */
};

struct op {
	enum op_kind kind;
	unsigned flags;
	char *from, *to, *text;
	size_t len;
	mode_t mode;
	uint64_t attr; /* MOUNT_ATTR_* to set */
	int other;     /* index of another op; -1: none */
	unsigned count;
	int fd;        /* in the box's first process only; -1 */
};

struct ops {
	struct op *v;
	size_t n;
};

/* global_root: id 0 in the box is id 0 of the machine, so files of /proc that only root may write must be guarded. */
int ops_build(const struct box_spec *spec, bool global_root, struct ops *ret, struct error *e);
void ops_clear(struct ops *o);

/* 0, or -errno with e filled. Leaves the process in the new root, at "/". */
int ops_apply(struct ops *o, struct error *e);

/* target.c: a path in the box, made when missing, without ever leaving root_fd. Returns an O_PATH descriptor or -errno. */
int target_open(int root_fd, const char *path, bool file, bool create);

/* loopback.c */
int loopback_up(struct error *e);
void loopback_settings(void); /* in a network namespace of the box's own, before its mounts */

/* proc.c */
int proc_mask(const char *files, const char *proc, struct error *e);
int proc_guard(const char *proc, struct error *e);

#endif
