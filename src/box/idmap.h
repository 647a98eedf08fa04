/* idmap.h: user and group ids of the box. Private to src/box; used by the supervisor only. */
#ifndef DETBUILD_BOX_IDMAP_H
#define DETBUILD_BOX_IDMAP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "box/box.h"

/* Writes the maps of the user namespace of process pid, a child of the caller; falls back to a single id. *ret: what was done.
 * -EAGAIN: half a map was written and nothing else can be; start a new process and ask for `single`. */
int idmap_write(pid_t pid, bool single, enum box_ids *ret, struct error *e);
/* The maps of a user namespace nested in ns_fd's, whose only member is pid: every id as in ns_fd's. */
int idmap_write_nested(pid_t pid, int ns_fd, struct error *e);
/* Is id 0 of our user namespace the machine's id 0, so that box root would own the machine's sysctl files? */
bool idmap_is_global_root(void);

#endif
