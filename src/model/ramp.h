/* ramp.h: the price of looking at the clock: a thread's row of reads. Pure; see ramp.c. */
#ifndef DETBUILD_MODEL_RAMP_H
#define DETBUILD_MODEL_RAMP_H

#include <stdint.h>

enum { CLOCK_EVENT_NS = 5000 }; /* an ordered event, with what is computed until the next one (ADR 0005) */

struct ramp {
	uint32_t reads;             /* consecutive clock reads with nothing between */
	uint32_t reads_seen;        /* how many of them ramp_event() knows: more now means that the event was a read */
	uint64_t places[2];         /* the last two places that read the clock */
};

int64_t ramp_read(struct ramp *r, uint64_t place);   /* the clock is read: what that costs, in ns */
int64_t ramp_event(struct ramp *r);                  /* an ordered event is over: what it costs */
int64_t ramp_later(int64_t at, int64_t by);          /* at + by, and below NO_DEADLINE whatever happens: a guest can sleep for centuries */

#endif
