/* rng.c: the guest's randomness: one SplitMix64 stream per thread (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, 2014). Not secret and not meant to be: the same seed must give the same bytes.
 *
 * Invariants
 *  R1. A stream's start depends on the run's seed, the name of the process (its parent's and which child it is), its
 *      execs, and how many streams the process has begun since the last exec; never on what other processes do.
 *  R2. Bytes are little-endian words in order; the rest of a last word is thrown away, so that a stream's position counts
 *      words.
 */
#include "model/world.h"

uint64_t rng_next(struct world *w, uint32_t task)
{
	return rng_step(&w->tasks[task].rng);
}

void rng_reseed(struct world *w, uint32_t task)
{
	struct proc *p = world_proc(w, task);

	if (p->seeded_execs != p->execs) {
		p->seeded_execs = p->execs;
		p->streams = 0;
	}
	w->tasks[task].rng = rng_hash(rng_hash(rng_hash(w->seed, p->identity), p->execs), p->streams++);
}
