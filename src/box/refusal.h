/* refusal.h: why this machine lets nobody, or not this program, make a box, and what its administrator can do. */
#ifndef DETBUILD_BOX_REFUSAL_H
#define DETBUILD_BOX_REFUSAL_H

#include <stdbool.h>

#include "base/error.h"

/* sysctls: the directory of the kernel's settings, "/proc/sys"; root: of the machine. Both add a hint to what e says already. */

/* The namespaces could not be made. */
void refusal_of_namespaces(int errnum, const char *sysctls, bool root, struct error *e);
/* They could, and give no power: a mount in them was refused. There, everybody is root. */
void refusal_of_mount(const char *sysctls, struct error *e);

#endif
