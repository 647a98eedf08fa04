/* procfs.h: files of /proc whose content depends on the host are rewritten when they are opened. */
#ifndef DETBUILD_SYSCALL_PROCFS_H
#define DETBUILD_SYSCALL_PROCFS_H

#include "syscall/executor.h"

bool procfs_wants(const char *path);
int64_t procfs_open(struct call *c, const char *path, int fd);

#endif
