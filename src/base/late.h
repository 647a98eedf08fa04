/* late.h: a file that is written when a run is over, whose name the run could have changed meanwhile.
 *
 * The directory is opened before the run; the file takes its name there at once, when it is whole, and replaces whatever stands there.
 * What must not or cannot be replaced (a device, a pipe, a link that the user made, a file in a directory of somebody else) is opened before the run, too. */
#ifndef DETBUILD_BASE_LATE_H
#define DETBUILD_BASE_LATE_H

#include <stdbool.h>
#include <stddef.h>

struct late { int dir_fd, fd; char *name; };
#define LATE_NONE { -1, -1, NULL }

int late_open(const char *path, bool whole, struct late *ret); /* whole: for late_write(), else for late_append(). 0 or -errno; nothing is written yet */
int late_write(const struct late *l, const void *buf, size_t n); /* the whole file; 0 or -errno */
int late_append(const struct late *l, const void *buf, size_t n); /* to a plain file, made when missing; 0 or -errno */
void late_close(struct late *l);

#endif
