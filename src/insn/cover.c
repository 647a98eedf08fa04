/* cover.c: which instructions may hold a byte, told from the few bytes before it. Compilers' code is full of bytes that look like an instruction inside of
 * another's constant, and to read every function from its begin up to each of them was three quarters of the search of a large program. */
#include "insn/insn.h"

/* An instruction has INSN_MOST bytes at most, and what is none is passed over by one: whatever is read from further before begins an instruction at one of
 * INSN_MOST places in a row. From all of these it is read on; most meet soon. */
unsigned insn_may_cover(const uint8_t *code, size_t n, size_t at)
{
	const uint8_t *begin = code + at - INSN_WINDOW;
	const size_t size = n - (at - INSN_WINDOW);
	bool seen[INSN_WINDOW] = { false };
	unsigned ret = 0;

	for (size_t from = 0; from < INSN_MOST; from++)
		for (size_t i = from, len; i < INSN_WINDOW && !seen[i]; i += len) {
			seen[i] = true;
			insn_decode(begin + i, size - i < INSN_MOST ? size - i : INSN_MOST, &len);
			len += !len;
			if (i + len >= INSN_WINDOW)
				ret |= i + len > INSN_WINDOW ? 1U << (INSN_WINDOW - i) : 1;
		}
	return ret;
}
