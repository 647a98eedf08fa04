/* stamp.h: logical times written back to the files that stay. */
#ifndef DETBUILD_RUN_STAMP_H
#define DETBUILD_RUN_STAMP_H

#include "model/world.h"

/* Every file below `dir` (one file system, links not followed) whose time the model knows gets that time. */
void stamp_tree(struct world *w, const char *dir);

#endif
