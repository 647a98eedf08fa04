/* ramp.h: the price of looking at the clock: a thread's row of reads. Pure, for the agent as well; here, because a program may look very often. See clock.c, K3.
 *
 * A read pays at once, so that the value it shows includes the price; the event that follows it sees by `reads` having grown that it was a
 * read, and costs nothing more. */
#ifndef DETBUILD_MODEL_RAMP_H
#define DETBUILD_MODEL_RAMP_H

#include <stdint.h>

enum {
	CLOCK_EVENT_NS = 5000,      /* an ordered event, with what is computed until the next one (ADR 0005) */
	RAMP_READ_NS = 1000,        /* a read of a clock */
	RAMP_FLAT = 8,              /* reads at the plain price */
	RAMP_MAX_NS = 1000000000,
	RAMP_MAX_SHIFT = 20,        /* RAMP_READ_NS << 20 is more than RAMP_MAX_NS */
};

struct ramp {
	uint32_t reads;             /* consecutive clock reads with nothing between */
	uint32_t reads_seen;        /* how many of them ramp_event() knows: more now means that the event was a read */
	uint64_t places[2];         /* the last two places that read the clock */
};

/* The clock is read: what that costs, in ns. */
static inline int64_t ramp_read(struct ramp *r, uint64_t place)
{
	uint32_t shift;

	if (place != r->places[0] && place != r->places[1]) {
		r->places[1] = r->places[0];
		r->places[0] = place;
		r->reads = r->reads_seen = 0;
	}
	if (r->reads < UINT32_MAX / 2)
		r->reads++;
	else
		r->reads_seen--; /* far up the ramp only the difference matters */
	shift = r->reads > RAMP_FLAT ? r->reads - RAMP_FLAT : 0;
	return shift >= RAMP_MAX_SHIFT ? RAMP_MAX_NS : (int64_t)RAMP_READ_NS << shift;
}

/* An ordered event is over: what it costs, in ns. */
static inline int64_t ramp_event(struct ramp *r)
{
	if (r->reads != r->reads_seen) {
		r->reads_seen = r->reads;
		return 0;
	}
	r->reads = r->reads_seen = 0;
	return CLOCK_EVENT_NS;
}

/* at + by, and below NO_DEADLINE whatever happens: a guest can sleep for centuries. */
static inline int64_t ramp_later(int64_t at, int64_t by)
{
	return at > INT64_MAX - 2 - by ? INT64_MAX - 1 : at + by;
}

#endif
