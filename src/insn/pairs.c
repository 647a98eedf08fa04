/* pairs.c: two bytes in a row, sixteen places at once: the searches look through all code of a build. */
#include "insn/insn.h"

#include <emmintrin.h>

enum { PLACES = 16 };

static bool is_pair(const uint8_t *p, uint8_t first, const uint8_t second[INSN_PAIRS])
{
	bool found = false;

	for (size_t k = 0; k < INSN_PAIRS; k++)
		found |= p[1] == second[k];
	return found && p[0] == first;
}

/* A bit for each place from p on where such a pair begins. PLACES + 1 bytes are read. */
static unsigned pairs_at(const uint8_t *p, __m128i first, const __m128i second[INSN_PAIRS])
{
	const __m128i here = _mm_loadu_si128((const __m128i *)(const void *)p), behind = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
	__m128i any = _mm_cmpeq_epi8(behind, second[0]);

	for (size_t k = 1; k < INSN_PAIRS; k++)
		any = _mm_or_si128(any, _mm_cmpeq_epi8(behind, second[k]));
	return (unsigned)_mm_movemask_epi8(_mm_and_si128(any, _mm_cmpeq_epi8(here, first)));
}

size_t insn_next_pair(const uint8_t *code, size_t n, size_t from, uint8_t first, const uint8_t second[INSN_PAIRS])
{
	const __m128i f = _mm_set1_epi8((char)first);
	__m128i s[INSN_PAIRS];

	for (size_t k = 0; k < INSN_PAIRS; k++)
		s[k] = _mm_set1_epi8((char)second[k]);
	for (; from < n && n - from > PLACES; from += PLACES) {
		unsigned bits = pairs_at(code + from, f, s);

		if (bits)
			return from + (unsigned)__builtin_ctz(bits);
	}
	for (; from < n && n - from > 1; from++)
		if (is_pair(code + from, first, second))
			return from;
	return n;
}
