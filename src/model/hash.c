/* hash.c: names and table places made of two numbers. A file of its own because the agent links it, and no stream (rng.c). */
#include "model/mix.h"
#include "model/world.h"

uint64_t rng_hash(uint64_t a, uint64_t b)
{
	return mix(mix(a + MIX_GOLDEN) ^ (b * MIX_GOLDEN + 1));
}
