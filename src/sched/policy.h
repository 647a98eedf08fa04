/* policy.h: the choices that sched.c does not make itself. Another policy (a recorded schedule, a search) is another policy.c. */
#ifndef DETBUILD_SCHED_POLICY_H
#define DETBUILD_SCHED_POLICY_H

#include "model/world.h"

void policy_born(struct world *w, uint32_t task);          /* it has its identity; it has never run */
void policy_gave_way(struct world *w, uint32_t task);      /* it had the turn and others are to have it */
void policy_favour(struct world *w, uint32_t task);        /* it is to be next, before all others */
uint32_t policy_next(const struct world *w);               /* which of the run queue; NO_INDEX when that is empty */
void policy_picked(struct world *w);                       /* somebody got the turn */
bool policy_change_point(struct world *w);                 /* asked after each event: must the holder of the turn give way? */
uint32_t policy_steps(struct world *w);                    /* so many instructions, then the holder gives way; 0: as far as it goes */

#endif
