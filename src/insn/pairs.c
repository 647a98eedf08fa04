/* pairs.c: two bytes in a row, sixteen places at once: the searches look through all code of a build. */
#include "insn/insn.h"

#include <emmintrin.h>

enum { PLACES = 16 };

struct wanted { __m128i first, second[INSN_PAIRS], other, behind_other; };

static bool is_pair(const uint8_t *at, const struct insn_pairs *p)
{
	bool found = false;

	for (size_t k = 0; k < INSN_PAIRS; k++)
		found |= at[1] == p->second[k];
	return (found && at[0] == p->first) || (at[0] == p->other && at[1] == p->behind_other);
}

/* A bit for each place from `at` on where such a pair begins. PLACES + 1 bytes are read. */
static unsigned pairs_at(const uint8_t *at, const struct wanted *w)
{
	const __m128i here = _mm_loadu_si128((const __m128i *)(const void *)at), behind = _mm_loadu_si128((const __m128i *)(const void *)(at + 1));
	__m128i any = _mm_cmpeq_epi8(behind, w->second[0]);

	for (size_t k = 1; k < INSN_PAIRS; k++)
		any = _mm_or_si128(any, _mm_cmpeq_epi8(behind, w->second[k]));
	any = _mm_and_si128(any, _mm_cmpeq_epi8(here, w->first));
	any = _mm_or_si128(any, _mm_and_si128(_mm_cmpeq_epi8(here, w->other), _mm_cmpeq_epi8(behind, w->behind_other)));
	return (unsigned)_mm_movemask_epi8(any);
}

size_t insn_next_pair(const uint8_t *code, size_t n, size_t from, const struct insn_pairs *p)
{
	struct wanted w = { .first = _mm_set1_epi8((char)p->first), .other = _mm_set1_epi8((char)p->other), .behind_other = _mm_set1_epi8((char)p->behind_other) };

	for (size_t k = 0; k < INSN_PAIRS; k++)
		w.second[k] = _mm_set1_epi8((char)p->second[k]);
	for (; from < n && n - from > PLACES; from += PLACES) {
		unsigned bits = pairs_at(code + from, &w);

		if (bits)
			return from + (unsigned)__builtin_ctz(bits);
	}
	for (; from < n && n - from > 1; from++)
		if (is_pair(code + from, p))
			return from;
	return n;
}
