/* The guest's randomness: the same for the same seed, different for everything else. */
#include <stdlib.h>

#include "model/world.h"
#include "test.h"

static struct world *start(uint64_t seed)
{
	struct world_config c = { .seed = seed, .epoch_ns = 1, .cpus = 1 };
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	world_init(w, &c);
	return w;
}

/* First words of: process 0, a second thread of it, a child, another child, the child after exec, and 0's second word. */
enum { WORDS = 6 };
static void words(uint64_t seed, uint64_t ret[WORDS])
{
	struct world *w = start(seed);
	uint32_t a = world_new_task(w, NO_INDEX, true, true), b, p, q;

	rng_reseed(w, a);
	b = world_new_task(w, a, false, false);
	rng_reseed(w, b);
	p = world_new_task(w, a, true, true);
	rng_reseed(w, p);
	q = world_new_task(w, a, true, true);
	rng_reseed(w, q);
	ret[0] = rng_next(w, a);
	ret[1] = rng_next(w, b);
	ret[2] = rng_next(w, p);
	ret[3] = rng_next(w, q);
	world_proc(w, p)->execs++;
	rng_reseed(w, p);
	ret[4] = rng_next(w, p);
	ret[5] = rng_next(w, a);
	free(w);
}

static void test_streams(void)
{
	uint64_t one[WORDS], again[WORDS], other[WORDS];
	bool distinct = true;

	words(42, one);
	words(42, again);
	words(43, other);
	test_ok(!memcmp(one, again, sizeof(one)), "the same seed gives the same words");
	for (int i = 0; i < WORDS; i++)
		for (int k = 0; k < WORDS; k++)
			distinct = distinct && one[i] != other[k] && (i == k || one[i] != one[k]);
	test_ok(distinct, "another seed, process, thread or exec gives others");
}

static void test_independence(void)
{
	uint64_t first[2];

	for (int extra = 0; extra < 2; extra++) {
		struct world *w = start(7);
		uint32_t a = world_new_task(w, NO_INDEX, true, true), p = world_new_task(w, a, true, true), q;

		if (extra) { /* a grandchild that the other run has not */
			q = world_new_task(w, p, true, true);
			rng_reseed(w, q);
			rng_next(w, q);
		}
		q = world_new_task(w, a, true, true);
		rng_reseed(w, q);
		first[extra] = rng_next(w, q);
		free(w);
	}
	test_ok(first[0] == first[1], "what other processes do changes nothing");
}

static void test_fill(void)
{
	struct world *w = start(9);
	uint32_t a = world_new_task(w, NO_INDEX, true, true);
	unsigned char long_one[32], parts[32], seen[256] = { 0 };
	uint64_t at = w->tasks[a].rng, word;
	int ones = 0;

	rng_fill(w, a, long_one, 32);
	w->tasks[a].rng = at;
	word = rng_next(w, a);
	test_int(long_one[0] | long_one[1] << 8, word & 0xffff, "bytes are little-endian words");
	w->tasks[a].rng = at;
	for (int i = 0; i < 4; i++)
		rng_fill(w, a, parts + 8 * i, 8);
	test_ok(!memcmp(long_one, parts, 32), "whole words join without a seam");
	memset(parts, 0xaa, sizeof(parts));
	rng_fill(w, a, parts, 5);
	test_ok(parts[5] == 0xaa, "no byte beyond what was asked for");
	for (int i = 0; i < 4096; i++) {
		rng_fill(w, a, parts, 1);
		seen[parts[0]] = 1;
		ones += __builtin_popcount(parts[0]);
	}
	test_ok(!memchr(seen, 0, sizeof(seen)), "every byte occurs");
	test_ok(ones > 4096 * 4 - 400 && ones < 4096 * 4 + 400, "as many ones as zeros, nearly");
	free(w);
}

int main(void)
{
	test_streams();
	test_independence();
	test_fill();
	return test_end();
}
