/* tty.h: what reading and writing know about terminals. */
#ifndef DETBUILD_SYSCALL_TTY_H
#define DETBUILD_SYSCALL_TTY_H

#include "syscall/executor.h"

enum { TTY_MASTER_RDEV = 0x502 };       /* /dev/ptmx */

/* A read that finds nothing, on a terminal that blocks; not for masters, which have no modes and no groups of their own. */
enum outcome tty_read_wait(struct call *c, int fd);

#endif
