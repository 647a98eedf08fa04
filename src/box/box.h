/* box.h: the container. User, mount, pid, uts, ipc, net (loopback only), cgroup and time namespaces; overlay; limits.
 *
 * ops_build() turns a spec into an ordered array of ops; one interpreter, ops_apply(), runs them in the child. The first process
 * of the box (pid 1 inside) stops at a gate until a byte is written to gate_fd: who traces seizes it with ptrace first. After the gate pid 1
 * loads the seccomp filter, starts the command as its child (the second process: pid 2 inside) and then only
 * waits for children. It ends with the command's own status. Nothing survives the death of the supervisor. */
#ifndef DETBUILD_BOX_BOX_H
#define DETBUILD_BOX_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct sock_fprog;

/* A read-only file with fixed content shown at an absolute path (model of /proc/cpuinfo, /sys/..., /etc/hostname). */
struct box_file {
	const char *path;
	const char *text;
	size_t len;
};

struct box_volume {
	const char *source, *target;
	bool writable;
};

/* A file that the supervisor shares with the guests, in a directory that is shown over an existing one of the box. The memory it takes is not the box's
 * disk, and nobody can take it away: each has a file system of its own, of which only the file can be written to, if at all. */
struct box_shared {
	const char *name;
	uint64_t size;
	bool writable;                  /* for guests, which may otherwise read and execute it */
};
enum { BOX_SHARED = 2 };

struct box_limits { uint64_t memory, processes, file_size, disk, cpu_time; }; /* 0: none; units as in run.h */

struct box_spec {
	const char *image;              /* lower-most layer; "/" is the host's root (then its /proc /sys /dev /tmp /run /home /root are not shown) */
	char *const *layers;            /* above it, top first */
	const char *upper;              /* directory for `upper/` and `work/`; NULL: tmpfs */
	const struct box_volume *volumes; size_t n_volumes;
	const char *hidden;             /* directory of the host, by its path without links: where it would be seen, an empty one is shown; NULL: none */
	const struct box_file *files; size_t n_files; /* under /proc: bind-mounted over, every other global entry of /proc is masked; under /sys: /sys is a read-only tmpfs holding only these */
	const char *shared_dir;         /* NULL: none */
	struct box_shared shared[BOX_SHARED];
	bool real_proc;                 /* canonical, but /proc is not masked */
	bool canonical;                 /* mask /proc and /sys as above; false: real /proc, no /sys (untraced helper runs) */
	const char *hostname, *domainname;
	bool in_place;                  /* no namespaces and no mounts at all: image, layers, upper, volumes, files, names and ids are not looked at */
	bool network;                   /* share the host's network namespace */
	bool as_root;                   /* keep CAP_CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP SYS_CHROOT MKNOD SETFCAP (and SYS_ADMIN for mounts in the box when untraced) in the box */
	int64_t boottime_offset;        /* seconds, time namespace; 0: no time namespace */
	uint64_t pid_offset;            /* pids burnt before the command */
	struct box_limits limits;

	char *const *argv; char *const *env; const char *cwd;
	uid_t uid; gid_t gid; mode_t umask;
	int stdin_fd, stdout_fd, stderr_fd; /* all three valid; every other descriptor is closed */
	const struct sock_fprog *filter;    /* loaded last, with no_new_privs; NULL: none (no_new_privs is set unless as_root && !filter) */
	const struct sock_fprog *filter_single; /* instead, in a box that has one id only; NULL: the same */
	bool personality_fixed;             /* ADDR_NO_RANDOMIZE */
};

enum box_ids { BOX_IDS_FULL, BOX_IDS_SINGLE }; /* a range was mapped, or only one id (ownership must be emulated) */

struct box {
	pid_t init;        /* pid 1 of the box, as the supervisor sees it; a child of the caller */
	int gate_fd;       /* writing one byte opens the gate */
	enum box_ids ids;
	int shared_fd[BOX_SHARED]; /* the shared files, open for reading and writing, ours to close; -1: none */
};

/* Makes the namespaces and mounts. On success pid 1 waits at the gate. On failure: -errno, e says what and what to do
 * next (user namespaces off, no subuid range, image missing, disk full ...), and nothing is left behind. */
int box_start(const struct box_spec *spec, struct box *ret, struct error *e);
/* Kills everything in the box. Safe after any failure; the caller has reaped or will reap init. */
void box_end(struct box *b);
/* Without a tracer: opens the gate and waits; the command's wait status in *ret_status. timeout_ns 0: none; -ETIME when it was killed for it. */
int box_run(struct box *b, uint64_t timeout_ns, int *ret_status, struct error *e);

/* The capabilities of user 0 in the box; bit n: capability n. */
uint64_t box_guest_caps(bool as_root);
uint64_t box_first_caps(bool as_root); /* of the first process, which becomes whom --user names */

#endif
