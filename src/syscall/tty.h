/* tty.h: what reading and writing know about terminals. */
#ifndef DETBUILD_SYSCALL_TTY_H
#define DETBUILD_SYSCALL_TTY_H

#include "syscall/executor.h"

enum { TTY_MASTER_RDEV = 0x502 };       /* /dev/ptmx */

enum outcome tty_read(struct call *c, int fd, bool master);
enum outcome tty_write(struct call *c, int fd, bool master);
void tty_ioctl(struct call *c, int fd, uint32_t request); /* one that passes is about to */
void tty_opened(struct call *c, int fd, const struct fd_stat *st);

#endif
