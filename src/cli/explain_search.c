/* explain_search.c: group testing for inputs that act alone, then a search for those that act together.
 *
 * Alone: a set in which nothing differs is put aside with one build, whatever its size; others are halved. A half is not built when the
 * other half shows nothing: then the difference is its work. Small sets are built one by one, which also is what the answer rests on.
 * Together: the shortest prefix of the set with which the difference is there ends with an input that is needed; it stays changed, and
 * the search goes on before it, until the needed ones suffice (Junker, QuickXplain, 2004, for a linear order). Each step halves. */
#include "cli/explain_search.h"

enum { FEW = 3 }; /* a set of so many is not worth halving: with more than one cause the halves would cost more than its inputs */

size_t input_set_size(input_set s)
{
	return (size_t)__builtin_popcount(s);
}

/* The first n inputs of s. */
static input_set first(input_set s, size_t n)
{
	input_set ret = 0;

	for (; n > 0 && s; n--) {
		input_set lowest = s & -s;
		ret |= lowest;
		s &= ~lowest;
	}
	return ret;
}

static int build_each(const struct search_lab *lab, input_set s, struct error *e)
{
	input_set sets[FEW];
	size_t n = 0;

	for (; s; s &= s - 1)
		sets[n++] = s & -s;
	return lab->build(lab->ctx, sets, n, e);
}

int search_single(const struct search_lab *lab, input_set all, struct error *e)
{
	input_set likely = first(all, (input_set_size(all) + 1) / 2), rest = all & ~likely;
	int r;

	if (input_set_size(all) <= FEW)
		return build_each(lab, all, e);
	r = lab->build(lab->ctx, &rest, 1, e);
	if (r < 0)
		return r;
	if (!lab->changed(lab->ctx, rest))
		return search_single(lab, likely, e);
	r = search_single(lab, rest, e);
	if (r == 0)
		r = lab->build(lab->ctx, &likely, 1, e);
	return r == 0 && lab->changed(lab->ctx, likely) ? search_single(lab, likely, e) : r;
}

/* The least n for which u shows with `with` and the first n of `before` changed. It shows with all of them, and not without. */
static int least_prefix(const struct search_lab *lab, input_set with, input_set before, size_t u, size_t *ret, struct error *e)
{
	size_t without = 0, enough = input_set_size(before);

	while (enough - without > 1) {
		size_t middle = without + (enough - without) / 2;
		input_set set = with | first(before, middle);
		int r = lab->build(lab->ctx, &set, 1, e);

		if (r < 0)
			return r;
		if (lab->shows(lab->ctx, set, u))
			enough = middle;
		else
			without = middle;
	}
	*ret = enough;
	return 0;
}

int search_joint(const struct search_lab *lab, input_set from, size_t u, input_set *ret, struct error *e)
{
	input_set needed = 0;

	while (from) {
		size_t n = 0;
		int r = least_prefix(lab, needed, from, u, &n, e);

		if (r < 0)
			return r;
		needed |= first(from, n) & ~first(from, n - 1);
		from = first(from, n - 1);
		r = lab->build(lab->ctx, &needed, 1, e);
		if (r < 0)
			return r;
		if (lab->shows(lab->ctx, needed, u))
			break;
	}
	*ret = needed;
	return 0;
}
