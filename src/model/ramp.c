/* ramp.c: what reads of the clock and other events cost a thread. See clock.c, K3; pure, and linked by the agent as well.
 *
 * A read pays at once, so that the value it shows includes the price; the event that follows it sees by `reads` having grown that it was a
 * read, and costs nothing more. */
#include "model/ramp.h"

enum {
	READ_NS = 1000,             /* a read of a clock */
	RAMP_FLAT = 8,              /* reads at the plain price */
	RAMP_MAX_NS = 1000000000,
	RAMP_MAX_SHIFT = 20,        /* READ_NS << 20 is more than RAMP_MAX_NS */
};

static int64_t read_cost(uint32_t k)
{
	uint32_t shift = k > RAMP_FLAT ? k - RAMP_FLAT : 0;

	if (shift >= RAMP_MAX_SHIFT)
		return RAMP_MAX_NS;
	return (int64_t)READ_NS << shift;
}

int64_t ramp_read(struct ramp *r, uint64_t place)
{
	if (place != r->places[0] && place != r->places[1]) {
		r->places[1] = r->places[0];
		r->places[0] = place;
		r->reads = r->reads_seen = 0;
	}
	if (r->reads < UINT32_MAX / 2)
		r->reads++;
	else
		r->reads_seen--; /* far up the ramp only the difference matters */
	return read_cost(r->reads);
}

int64_t ramp_event(struct ramp *r)
{
	if (r->reads != r->reads_seen) {
		r->reads_seen = r->reads;
		return 0;
	}
	r->reads = r->reads_seen = 0;
	return CLOCK_EVENT_NS;
}

int64_t ramp_later(int64_t at, int64_t by)
{
	return at > INT64_MAX - 2 - by ? INT64_MAX - 1 : at + by;
}
