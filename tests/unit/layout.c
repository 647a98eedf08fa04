/* The choice of addresses: first fit as Linux 6.1 does it. */
#include "model/layout.h"
#include "test.h"

#define BASE UINT64_C(0x7ffff7fff000)
#define N(a) (sizeof(a) / sizeof((a)[0]))
#define HEX(got, want, what) test_ok((got) == (want), what)

static void test_base(void)
{
	HEX(layout_base(8 << 20), BASE, "8 MiB of stack: 128 MiB are kept");
	HEX(layout_base(0), BASE, "no stack at all: the same");
	HEX(layout_base(UINT64_C(1) << 30), LAYOUT_TOP - (UINT64_C(1) << 30) - LAYOUT_GUARD, "1 GiB and its guard");
	HEX(layout_base(UINT64_MAX - 1), (LAYOUT_TOP - LAYOUT_TOP / 6 * 5 + 4095) & ~UINT64_C(4095), "at most five sixths");
	HEX(layout_base(UINT64_MAX), LAYOUT_LEGACY_BASE, "unlimited: from below");
}

static void test_find(void)
{
	const struct span s[] = { { 0x400000, 0x500000, false }, { BASE - 0x900000, BASE - 0x800000, false }, { BASE - 0x300000, BASE - 0x1000, false },
		{ LAYOUT_TOP - 0x21000, LAYOUT_TOP, true } };
	struct layout_request r = { .len = 0x200000, .base = BASE };

	HEX(layout_find(s, 0, &r), BASE - 0x200000, "an empty space: at the base");
	HEX(layout_find(s, N(s), &r), BASE - 0x500000, "below the lowest that leaves no room above");
	r.len = 0x500000;
	HEX(layout_find(s, N(s), &r), BASE - 0x800000, "a gap of exactly that size");
	r.len = 0x501000;
	HEX(layout_find(s, N(s), &r), BASE - 0x900000 - 0x501000, "a page too much for it");
	r.len = 0x1000;
	HEX(layout_find(s, N(s), &r), BASE - 0x1000, "a page");
	r = (struct layout_request){ .len = 0x200000, .base = BASE, .hint = 0x10000123 };
	HEX(layout_find(s, N(s), &r), 0x10000000, "a hint, rounded down");
	r.hint = 0x300000;
	HEX(layout_find(s, N(s), &r), BASE - 0x500000, "a hint that is taken");
	r.hint = 0x1001;
	HEX(layout_find(s, N(s), &r), 0x10000, "a hint below the lowest address");
	r.hint = LAYOUT_TOP - 0x1000;
	HEX(layout_find(s, N(s), &r), BASE - 0x500000, "a hint that reaches beyond the top");
	r.hint = LAYOUT_TOP - 0x21000 - 0x200000;
	HEX(layout_find(s, N(s), &r), BASE - 0x500000, "a hint in the guard below the stack");
	r = (struct layout_request){ .len = LAYOUT_TOP + 4096, .base = BASE };
	HEX(layout_find(s, N(s), &r), LAYOUT_NOWHERE, "more than there is");
	r.len = LAYOUT_TOP - 0x600000;
	HEX(layout_find(s, N(s), &r), LAYOUT_NOWHERE, "more than is free");
}

static void test_from_below(void)
{
	const struct span s[] = { { 0x40001000, 0x40002000, false }, { LAYOUT_LEGACY_BASE, LAYOUT_LEGACY_BASE + 0x1000, false },
		{ LAYOUT_LEGACY_BASE + 0x202000, LAYOUT_LEGACY_BASE + 0x203000, true } };
	struct layout_request r = { .len = 0x200000, .base = LAYOUT_LEGACY_BASE };

	HEX(layout_find(s, N(s), &r), LAYOUT_LEGACY_BASE + 0x203000, "above one that needs a guard");
	HEX(layout_find(s, 2, &r), LAYOUT_LEGACY_BASE + 0x1000, "above the first");
	r.base = BASE, r.low = true;
	HEX(layout_find(s, N(s), &r), 0x40002000, "MAP_32BIT");
	r.len = 0x1000;
	HEX(layout_find(s, N(s), &r), 0x40000000, "MAP_32BIT, a page");
	r.len = 0x40000000;
	HEX(layout_find(s, N(s), &r), LAYOUT_NOWHERE, "MAP_32BIT, no room");
}

/* Whatever the spans are, what is found is free. */
static void test_random(void)
{
	uint64_t x = 88172645463325252u;
	int wrong = 0, found = 0;

	for (int round = 0; round < 20000; round++) {
		struct span s[12];
		uint64_t at = 0x10000, got;
		struct layout_request r = { .base = round & 1 ? BASE : LAYOUT_LEGACY_BASE };
		size_t n = 0;

		for (; n < N(s); n++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			s[n].from = at + (x >> 20 & 0x7ffffff000);
			if (n == N(s) / 2)
				s[n].from += 0x700000000000;
			s[n].to = at = s[n].from + 0x1000 + (x & 0xff000);
			s[n].grows_down = !(x >> 60);
			if (at >= LAYOUT_TOP)
				break;
		}
		r.len = 0x1000 + (x >> 8 & 0xfffff000);
		r.hint = x >> 63 ? x & 0x7ffffffff000 : 0;
		got = layout_find(s, n, &r);
		if (got == LAYOUT_NOWHERE)
			continue;
		found++;
		wrong += (got & 4095) != 0 || got + r.len > LAYOUT_TOP;
		for (size_t i = 0; i < n; i++)
			wrong += got < s[i].to && got + r.len > s[i].from - (s[i].grows_down && s[i].to > got ? LAYOUT_GUARD : 0);
	}
	test_ok(found > 19000, "nearly always there is room");
	test_int(wrong, 0, "what was found is free");
}

int main(void)
{
	test_base();
	test_find();
	test_from_below();
	test_random();
	return test_end();
}
