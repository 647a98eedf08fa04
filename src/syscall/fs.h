/* fs.h: what the file handlers share. */
#ifndef DETBUILD_SYSCALL_FS_H
#define DETBUILD_SYSCALL_FS_H

#include "syscall/abi.h"
#include "syscall/executor.h"

/* stat with our rewriting, in place: what the guest sees. */
void fs_edit_stat(struct call *c, struct stat *st);
/* The name of the file that call->arg[first..] gives, for the at-forms (dirfd at `dir`, or -1: none) and the plain ones. */
struct at fs_at(const struct call *c, int dir, int path, uint64_t flags);
/* The directory that holds `at` gained or lost a name. */
void fs_touch_parent(struct call *c, const struct at *at);
/* A name now leads to a file that did not exist before: a recycled inode must not inherit. */
void fs_born(struct call *c, uint64_t dev, uint64_t ino);
static inline bool fs_is(uint32_t mode, uint32_t type) { return (mode & 0170000) == type; }
enum { FS_FIFO = 0010000, FS_CHR = 0020000, FS_DIR = 0040000, FS_BLK = 0060000, FS_REG = 0100000, FS_LNK = 0120000, FS_SOCK = 0140000 };
bool fs_under_proc(const char *path); /* lexically: /proc or below, /dev/fd, /dev/std* */

#endif
