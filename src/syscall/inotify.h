/* inotify.h: for the handlers of read. */
#ifndef DETBUILD_SYSCALL_INOTIFY_H
#define DETBUILD_SYSCALL_INOTIFY_H

#include "syscall/executor.h"

/* n bytes were just read from fd to buf. When they are inotify events, their cookies become the model's. Costs nothing while
 * the run has no inotify descriptor. */
void inotify_edit(struct call *c, int fd, gaddr buf, uint64_t n);

#endif
