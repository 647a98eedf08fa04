/* cause.h: what probably made a difference, guessed from how it looks. A guess: `explain` finds it by experiment. */
#ifndef DETBUILD_REPORT_CAUSE_H
#define DETBUILD_REPORT_CAUSE_H

#include "report/difference.h"

/* "time", "build path", "file order" ...; NULL: it looks like nothing in particular. */
const char *cause_of(const struct finding *f);

#endif
