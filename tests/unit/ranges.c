/* Unit tests of model/ranges.c: against a bitmap of the same addresses. */
#include "model/ranges.h"

#include <string.h>

#include "test.h"

enum { SPACE = 200 };

static bool in_order(const struct ranges *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->list[i].from >= r->list[i].to || (i && r->list[i - 1].to >= r->list[i].from))
			return false;
	return r->n <= RANGES_MOST;
}

static bool equal(const struct ranges *r, const bool *has)
{
	for (uint64_t a = 0; a < SPACE; a++)
		if (ranges_have(r, a) != has[a])
			return false;
	return in_order(r);
}

static void test_random(void)
{
	uint64_t state = 7;
	struct ranges r = { 0 };
	bool has[SPACE] = { false }, right = true;
	int refused = 0;

	for (int n = 0; n < 20000 && right; n++) {
		state = state * UINT64_C(6364136223846793005) + 1;
		uint64_t from = (state >> 33) % SPACE, to = from + (state >> 45) % 12;
		bool add = (state >> 60) % 3 != 0;

		to = to < SPACE ? to : SPACE;
		if (add && !ranges_add(&r, from, to)) {
			refused++;
			right = r.n == RANGES_MOST && equal(&r, has);
			continue;
		}
		if (!add && r.n == RANGES_MOST)
			continue; /* what then goes is tested below */
		if (!add)
			ranges_remove(&r, from, to);
		if (from < to)
			memset(has + from, add, to - from);
		right = equal(&r, has);
		if (n % 500 == 499) {
			ranges_remove(&r, 0, SPACE);
			memset(has, 0, sizeof(has));
		}
	}
	test_ok(right, "20,000 changes, as in a bitmap");
	test_ok(refused > 0, "and some that found no room");
}

int main(void)
{
	struct ranges r = { 0 };

	test_random();
	memset(&r, 0, sizeof(r));
	for (uint64_t i = 0; i < RANGES_MOST; i++)
		ranges_add(&r, i * 10, i * 10 + 5);
	test_ok(!ranges_add(&r, 1000, 1001) && r.n == RANGES_MOST && !ranges_have(&r, 1000), "one too many");
	test_ok(ranges_add(&r, 5, 10) && r.n == RANGES_MOST - 1, "one that joins two");
	ranges_add(&r, 1000, 1001);
	ranges_remove(&r, 21, 22);
	test_ok(ranges_have(&r, 20) && !ranges_have(&r, 21) && !ranges_have(&r, 23) && in_order(&r), "cut in two without room: the upper part goes");
	test_ok(ranges_add(&r, 7, 7) && ranges_add(&r, 9, 3), "empty ones change nothing");
	return test_end();
}
