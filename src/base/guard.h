/* guard.h: memory of ours that is a file which others can cut: where the file ends too early we would die of SIGBUS. While the guard is on, all of such a place
 * becomes memory of our own then, filled with zeros. */
#ifndef DETBUILD_BASE_GUARD_H
#define DETBUILD_BASE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

enum guard { GUARD_WINDOW, GUARD_FILE, GUARDS };

void guard_on(bool on);
void guard_place(enum guard which, void *at, size_t n); /* NULL: it is no such place any more */
bool guard_fired(enum guard which);                     /* since the place was named: what is read there is not the file */

#endif
