/* procfs_text.h: files of /proc/PID rewritten, as functions from text to text. No calls, no world: see procfs.c for those. */
#ifndef DETBUILD_SYSCALL_PROCFS_TEXT_H
#define DETBUILD_SYSCALL_PROCFS_TEXT_H

#include "model/out.h"

struct proc;

/* What the model knows about the process whose file it is. */
struct proc_view {
	bool own;                   /* the reader's own process */
	int32_t nice;
	uint64_t cpu_ticks, children_ticks, start_ticks; /* 1/100 s */
	uint64_t cpu_mask;          /* affinity */
	uint32_t cpus;
	const uint32_t *ids;        /* emulated ruid euid suid fsuid rgid egid sgid fsgid; NULL: the kernel's are right */
	const uint32_t *groups;     /* with ids */
	uint32_t ngroups;
	uint64_t caps[3];           /* with ids: inheritable, permitted, effective */
	const struct proc *limits;  /* not for the filters */
	uint64_t start_stack, aux_data; /* as in struct proc */
	uint64_t heap_start;        /* for maps: where the break began; 0: unknown */
	uint64_t hide_from, hide_to; /* mappings in this range are ours */
	/* The inode number that the guest knows the file of a mapping by. NULL: 0 for all. */
	uint64_t (*inode)(void *arg, const char *path, size_t len);
	/* The same for a socket, by the kernel's number. NULL: 0 for all. */
	uint64_t (*socket)(void *arg, uint64_t ino);
	/* The same for a file, by the kernel's numbers. */
	uint64_t (*file)(void *arg, uint64_t dev, uint64_t ino, uint64_t *ret_dev);
	/* What a mapping of the agent's own file is shown as (executor.h, x_stored_code()). NULL: as it is. */
	const char *(*stored)(void *arg, uint64_t offset, size_t *ret_n, uint64_t *ret_offset);
	void *arg;
	uint64_t device;            /* of files, as major << 8 | minor */
};

/* Each reads n bytes at `in` (not NUL-terminated, any content: a guest chooses names in it) and appends to o. */
void proc_text_stat(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_status(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_maps(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_smaps(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_fdinfo(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_auxv(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_tcp(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_tcp6(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_udp(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_udp6(const struct proc_view *v, const char *in, size_t n, struct out *o);
void proc_text_unix(const struct proc_view *v, const char *in, size_t n, struct out *o);
/* From the lines of x_locks(). */
void proc_text_locks(const struct proc_view *v, const char *in, size_t n, struct out *o);

#endif
