/* inotify.h: for the handlers of read. */
#ifndef DETBUILD_SYSCALL_INOTIFY_H
#define DETBUILD_SYSCALL_INOTIFY_H

#include "syscall/executor.h"

/* n bytes of inotify events were just read to buf: their cookies become the model's. */
void inotify_edit(struct call *c, gaddr buf, uint64_t n);

#endif
