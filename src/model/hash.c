/* hash.c: SplitMix64 itself: names and table places made of two numbers, and a stream's words. The streams' states are rng.c's and, in the
 * guest, the agent's. */
#include "model/world.h"

static const uint64_t GOLDEN = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t rng_hash(uint64_t a, uint64_t b)
{
	return mix(mix(a + GOLDEN) ^ (b * GOLDEN + 1));
}

uint64_t rng_step(uint64_t *state)
{
	*state += GOLDEN;
	return mix(*state);
}

void rng_fill(struct world *w, uint32_t task, void *buf, size_t n)
{
	unsigned char *to = buf;
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++, word >>= 8) {
		if (i % 8 == 0)
			word = rng_next(w, task);
		to[i] = (unsigned char)word;
	}
}
