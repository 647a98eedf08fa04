/* layout.c: see layout.h. First fit from above below the base; from below in the legacy layout, for MAP_32BIT, and when nothing fits. */
#include "model/layout.h"

uint64_t layout_base(uint64_t stack_limit)
{
	const uint64_t least = UINT64_C(128) << 20, most = LAYOUT_TOP / 6 * 5;
	uint64_t gap = stack_limit;

	if (stack_limit == UINT64_MAX)
		return LAYOUT_LEGACY_BASE;
	if (gap + LAYOUT_GUARD > gap)
		gap += LAYOUT_GUARD;
	gap = gap < least ? least : gap > most ? most : gap;
	return (LAYOUT_TOP - gap + LAYOUT_PAGE - 1) & ~(uint64_t)(LAYOUT_PAGE - 1);
}

/* Where the span begins, with its guard gap. */
static uint64_t start_of(const struct span *s)
{
	if (!s->grows_down)
		return s->from;
	return s->from > LAYOUT_GUARD ? s->from - LAYOUT_GUARD : 0;
}

/* No span overlaps [at, at + len). */
static bool is_free(const struct span *spans, size_t n, uint64_t at, uint64_t len)
{
	for (size_t i = 0; i < n; i++)
		if (spans[i].to > at)
			return at + len <= start_of(&spans[i]);
	return true;
}

static uint64_t from_above(const struct span *spans, size_t n, uint64_t len, uint64_t low, uint64_t high)
{
	uint64_t end = high;

	for (size_t i = n; i-- > 0;) {
		if (spans[i].to < end && end - spans[i].to >= len)
			return end - len;
		if (start_of(&spans[i]) < end)
			end = start_of(&spans[i]);
		if (end < low + len)
			return LAYOUT_NOWHERE;
	}
	return end >= low + len ? end - len : LAYOUT_NOWHERE;
}

static uint64_t from_below(const struct span *spans, size_t n, uint64_t len, uint64_t low, uint64_t high)
{
	uint64_t at = low;

	for (size_t i = 0; i < n; i++) {
		if (spans[i].to <= at)
			continue;
		if (start_of(&spans[i]) >= at && start_of(&spans[i]) - at >= len)
			break;
		at = spans[i].to;
	}
	return at <= high && high - at >= len ? at : LAYOUT_NOWHERE;
}

uint64_t layout_find(const struct span *spans, size_t n, const struct layout_request *r)
{
	const uint64_t low_from = 0x40000000, low_to = 0x80000000, lowest = 65536; /* vm.mmap_min_addr */
	bool upwards = r->low || r->base == LAYOUT_LEGACY_BASE;
	uint64_t hint = r->hint & ~(uint64_t)(LAYOUT_PAGE - 1), end = r->low ? low_to : LAYOUT_TOP, at;

	if (r->len > LAYOUT_TOP)
		return LAYOUT_NOWHERE;
	if (hint && hint < lowest)
		hint = lowest;
	if (hint && r->len <= end && hint <= end - r->len && is_free(spans, n, hint, r->len))
		return hint;
	if (!upwards) {
		at = from_above(spans, n, r->len, lowest, r->base);
		if (at != LAYOUT_NOWHERE)
			return at;
	}
	return from_below(spans, n, r->len, r->low ? low_from : LAYOUT_LEGACY_BASE, end);
}

size_t layout_add(struct span *spans, size_t n, const struct span *s)
{
	if (n && spans[n - 1].to == s->from && !s->grows_down) {
		spans[n - 1].to = s->to;
		return n;
	}
	spans[n] = *s;
	return n + 1;
}
