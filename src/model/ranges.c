/* ranges.c: a sorted array. Freestanding. */
#include "model/ranges.h"

#include <string.h>

static void insert(struct ranges *r, uint32_t at, uint64_t from, uint64_t to)
{
	memmove(&r->list[at + 1], &r->list[at], (r->n - at) * sizeof(r->list[0]));
	r->list[at].from = from;
	r->list[at].to = to;
	r->n++;
}

static void erase(struct ranges *r, uint32_t at)
{
	r->n--;
	memmove(&r->list[at], &r->list[at + 1], (r->n - at) * sizeof(r->list[0]));
}

bool ranges_add(struct ranges *r, uint64_t from, uint64_t to)
{
	uint32_t at = 0;

	if (from >= to)
		return true;
	while (at < r->n && r->list[at].to < from)
		at++;
	if (at == r->n || r->list[at].from > to) { /* it touches none */
		if (r->n == RANGES_MOST)
			return false;
		insert(r, at, from, to);
		return true;
	}
	if (r->list[at].from > from)
		r->list[at].from = from;
	if (r->list[at].to < to)
		r->list[at].to = to;
	while (at + 1 < r->n && r->list[at + 1].from <= r->list[at].to) {
		if (r->list[at + 1].to > r->list[at].to)
			r->list[at].to = r->list[at + 1].to;
		erase(r, at + 1);
	}
	return true;
}

void ranges_remove(struct ranges *r, uint64_t from, uint64_t to)
{
	for (uint32_t i = 0; i < r->n && from < to;) {
		uint64_t first = r->list[i].from, last = r->list[i].to;

		if (last <= from || first >= to) {
			i++;
		} else if (first >= from && last <= to) {
			erase(r, i);
		} else if (first >= from) {
			r->list[i++].from = to;
		} else {
			r->list[i++].to = from;
			if (last > to && r->n < RANGES_MOST)
				insert(r, i++, to, last);
		}
	}
}

bool ranges_have(const struct ranges *r, uint64_t at)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (at >= r->list[i].from && at < r->list[i].to)
			return true;
	return false;
}
