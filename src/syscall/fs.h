/* fs.h: what the file handlers share. */
#ifndef DETBUILD_SYSCALL_FS_H
#define DETBUILD_SYSCALL_FS_H

#include "syscall/abi.h"
#include "syscall/executor.h"

/* The name of the file that call->arg[first..] gives, for the at-forms (dirfd at `dir`, or -1: none) and the plain ones. */
struct at fs_at(const struct call *c, int dir, int path, uint64_t flags);
/* The directory that holds `at` gained or lost a name. */
void fs_touch_parent(struct call *c, const struct at *at);
/* A file that did not exist before: a recycled inode must not inherit. Every call that makes a file says so, whether it has a name or not. */
void fs_born(struct call *c, uint64_t dev, uint64_t ino);
/* The file's content changes now: by descriptor (regular files that are open for writing), or by what stat said. */
void fs_touch_fd(struct call *c, int fd, const struct fd_stat *st);
void fs_touch(struct call *c, uint64_t dev, uint64_t ino, uint32_t mode, uint64_t nlink);
/* There is none, or only a place in the tree (O_PATH). */
bool fs_bad_fd(struct call *c, int fd);
/* A file that may have been the image's was changed: whatever the kernel forgets, it keeps its number. at NULL: by descriptor. */
bool fs_may_lose_number(const struct world *w, const struct inode *i, uint32_t mode);
void fs_keep_number(struct call *c, struct inode *i, uint32_t mode, int fd, const struct at *at);
/* A file's time in nanoseconds since 1970. The file systems of the box reach from 1677 to 2262: a time beyond becomes their first or
 * last whole second, as the kernel does it at a file system's own ends (fs/inode.c, timestamp_truncate). */
int64_t fs_time(int64_t sec, int64_t nsec);
/* Inode number of a file of /proc, by its path in the box: the kernel's own numbers last as long as its cache. */
uint64_t fs_proc_number(const char *path);
/* A descriptor of /proc that was opened without our noticing (a link of the image, a working directory) is about to be read:
 * it gets the canonical content, as if it had been noticed. 0 or -errno. */
int64_t fs_settle_proc(struct call *c, int fd, const struct fd_stat *st);
static inline bool fs_is(uint32_t mode, uint32_t type) { return (mode & 0170000) == type; }
enum { FS_FIFO = 0010000, FS_CHR = 0020000, FS_DIR = 0040000, FS_BLK = 0060000, FS_REG = 0100000, FS_LNK = 0120000, FS_SOCK = 0140000 };
/* One of the call's paths (its row says which arguments are paths) leads to a file of /proc that the canonical machine has not: before the
 * kernel is asked, whose answer would show whether it has it. */
bool fs_hidden(struct call *c, uint64_t flags);
bool fs_under_proc(const char *path); /* lexically: /proc or below, /dev/fd, /dev/std* */

#endif
