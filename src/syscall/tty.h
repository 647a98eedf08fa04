/* tty.h: what reading and writing know about terminals. */
#ifndef DETBUILD_SYSCALL_TTY_H
#define DETBUILD_SYSCALL_TTY_H

#include "syscall/executor.h"

enum { TTY_MASTER_RDEV = 0x502 /* /dev/ptmx */, TTY_OWN_RDEV = 0x500 /* /dev/tty */, TTY_SLAVE_MAJOR = 136 /* Documentation/admin-guide/devices.txt; the minor number is the terminal's */ };

enum outcome tty_read(struct call *c, int fd, const struct fd_stat *st);
enum outcome tty_write(struct call *c, int fd, const struct fd_stat *st);
void tty_ioctl(struct call *c, int fd, uint32_t request); /* one that passes is about to */
void tty_opened(struct call *c, int fd, const struct fd_stat *st);

#endif
